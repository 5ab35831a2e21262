#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <numeric>

#include "descent/analysis/timing_checks.hpp"
#include "descent/core/random.hpp"
#include "descent/stats/interval.hpp"
#include "descent/stats/stability.hpp"
#include "descent/stats/summary.hpp"
#include "sweep/timing/timing.hpp"

namespace descent::sweep {
namespace {

constexpr double kMostOfCells = 0.8;  // share of cells; the worst fifth would always require the most rounds
constexpr double kHelps = 1.1;        // times the half-width with unlimited rounds
constexpr int kEnoughInvocations = 5;  // from so many on the result is a median, whose error is √(π/2) times the mean's

const record::Timing* timing_of(const TimingResult& result, const TimingCell& cell) {
  const auto found = std::find_if(result.timings.begin(), result.timings.end(),
                                  [&](const record::Timing& timing) { return is_of(timing, cell); });
  return found == result.timings.end() ? nullptr : &*found;
}

/// A process's mean, and the relative variance of that mean after one round; origins have equal weight.
struct Spread {
  double mean = 0, round_variance = 0, rounds = 0;
};

Spread spread_of(const record::Timing& timing) {
  std::map<record::TimedFrom, std::vector<double>> by_origin;
  for (std::size_t i = 0; i < timing.seconds_per_step.size(); ++i)
    by_origin[timing.timed_from[i]].push_back(timing.seconds_per_step[i]);
  Spread spread;
  const auto origins = static_cast<double>(by_origin.size());
  for (const auto& [origin, samples] : by_origin) {
    spread.mean += stats::mean(samples) / origins;
    spread.round_variance += stats::variance(samples) / (origins * origins);
    spread.rounds = static_cast<double>(samples.size());
  }
  if (spread.mean > 0) spread.round_variance /= spread.mean * spread.mean;
  return spread;
}

/// Relative half-width of the result of `invocations` processes.
double half_width(double between, double within, double rounds, int invocations) {
  const double n = std::max(2, invocations);
  const double of_median = invocations >= kEnoughInvocations ? std::sqrt(std::numbers::pi / 2) : 1;
  return stats::t_quantile(n - 1) * of_median * std::sqrt((between + within / rounds) / n);
}

}  // namespace

bool is_of(const record::Timing& timing, const TimingCell& cell) {
  return timing.cell == cell.cell.id && timing.twin == cell.twin;
}

void continue_epochs(const std::vector<TimingResult>& results, TimingOrder& order) {
  for (TimingCell& cell : order.cells)
    for (const TimingResult& result : results)
      if (const record::Timing* const timing = timing_of(result, cell); timing != nullptr && !result.next_steps.empty())
        cell.next_step = result.next_steps[static_cast<std::size_t>(timing - result.timings.data())];
}

int blocks_for(std::span<const TimingResult> first, double precision, int invocations) {
  std::vector<double> needed;
  if (first.size() < 2) return analysis::kFirstTimingRounds;
  for (const record::Timing& timing : first[0].timings) {
    TimingCell cell;
    cell.cell.id = timing.cell, cell.twin = timing.twin;
    const record::Timing* const again = timing_of(first[1], cell);
    if (again == nullptr) continue;
    const Spread one = spread_of(timing), two = spread_of(*again);
    if (!(one.mean > 0 && two.mean > 0) || one.rounds < 2 || two.rounds < 2) continue;
    const double within = 0.5 * (one.round_variance + two.round_variance), step = std::log(two.mean / one.mean);
    const double between = std::max(0.0, 0.5 * step * step - within / one.rounds);
    const double good = std::max(precision, kHelps * half_width(between, 0, 1, invocations));
    int rounds = analysis::kFirstTimingRounds;
    while (rounds < analysis::kMostTimingRounds && half_width(between, within, rounds, invocations) > good) ++rounds;
    needed.push_back(rounds);
  }
  return needed.empty() ? analysis::kFirstTimingRounds
                        : static_cast<int>(std::ceil(stats::quantile(needed, kMostOfCells) - 1e-9));
}

std::vector<TimingCell> suspect_cells(const TimingOrder& order, const std::vector<TimingResult>& results) {
  std::vector<TimingCell> suspects;
  for (const TimingCell& cell : order.cells) {
    std::map<record::TimedFrom, std::vector<double>> by_origin;
    bool disturbed = false;
    for (const TimingResult& result : results) {
      const record::Timing* const timing = timing_of(result, cell);
      if (timing == nullptr) continue;
      disturbed = disturbed || timing->suspect;
      for (std::size_t i = 0; i < timing->seconds_per_step.size(); ++i)
        by_origin[timing->timed_from[i]].push_back(timing->seconds_per_step[i]);
    }
    const bool odd = std::any_of(by_origin.begin(), by_origin.end(), [](const auto& origin) {
      return stats::drift(origin.second).has_value() || stats::bimodal(origin.second);
    });
    if (disturbed || odd) suspects.push_back(cell);
  }
  return suspects;
}

int further_processes(int done) { return std::max(1, done / 4); }

std::vector<std::uint32_t> turns_of_round(int invocation, int round, std::size_t samples) {
  std::vector<std::uint32_t> turns(samples);
  std::iota(turns.begin(), turns.end(), 0U);
  const auto stream = static_cast<std::uint64_t>(invocation) << 16 | static_cast<std::uint64_t>(round);
  core::shuffle(turns, core::CounterRandom(0, core::Purpose::order, stream));
  return turns;
}

}  // namespace descent::sweep
