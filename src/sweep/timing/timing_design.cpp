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

constexpr double kMostOfCells = 0.8;   // the worst fifth would ask for the most blocks always
constexpr double kHelps = 1.1;         // of what no number of blocks can better
constexpr int kEnoughInvocations = 5;  // for the median, whose error is √(π/2) times the mean's

const record::Timing* timing_of(const TimingResult& result, const TimingCell& cell) {
  const auto found = std::find_if(result.timings.begin(), result.timings.end(),
                                  [&](const record::Timing& timing) { return is_of(timing, cell); });
  return found == result.timings.end() ? nullptr : &*found;
}

/// A process's mean, and the relative variance that one block would leave it with; phases count alike.
struct Spread {
  double mean = 0, block_variance = 0, blocks = 0;
};

Spread spread_of(const record::Timing& timing) {
  std::map<record::TimedFrom, std::vector<double>> by_phase;
  for (std::size_t i = 0; i < timing.seconds_per_step.size(); ++i)
    by_phase[timing.phase[i]].push_back(timing.seconds_per_step[i]);
  Spread spread;
  const auto phases = static_cast<double>(by_phase.size());
  for (const auto& [phase, samples] : by_phase) {
    spread.mean += stats::mean(samples) / phases;
    spread.block_variance += stats::variance(samples) / (phases * phases);
    spread.blocks = static_cast<double>(samples.size());
  }
  if (spread.mean > 0) spread.block_variance /= spread.mean * spread.mean;
  return spread;
}

/// Half-width of the figure of `invocations` processes, relative.
double half_width(double between, double within, double blocks, int invocations) {
  const double n = std::max(2, invocations);
  const double of_median = invocations >= kEnoughInvocations ? std::sqrt(std::numbers::pi / 2) : 1;
  return stats::t_quantile(n - 1) * of_median * std::sqrt((between + within / blocks) / n);
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
  if (first.size() < 2) return analysis::kFirstTimingBlocks;
  for (const record::Timing& timing : first[0].timings) {
    TimingCell cell;
    cell.cell.id = timing.cell, cell.twin = timing.twin;
    const record::Timing* const again = timing_of(first[1], cell);
    if (again == nullptr) continue;
    const Spread one = spread_of(timing), two = spread_of(*again);
    if (!(one.mean > 0 && two.mean > 0) || one.blocks < 2 || two.blocks < 2) continue;
    const double within = 0.5 * (one.block_variance + two.block_variance), step = std::log(two.mean / one.mean);
    const double between = std::max(0.0, 0.5 * step * step - within / one.blocks);
    const double good = std::max(precision, kHelps * half_width(between, 0, 1, invocations));
    int blocks = analysis::kFirstTimingBlocks;
    while (blocks < analysis::kMostTimingBlocks && half_width(between, within, blocks, invocations) > good) ++blocks;
    needed.push_back(blocks);
  }
  return needed.empty() ? analysis::kFirstTimingBlocks
                        : static_cast<int>(std::ceil(stats::quantile(needed, kMostOfCells) - 1e-9));
}

std::vector<TimingCell> suspect_cells(const TimingOrder& order, const std::vector<TimingResult>& results) {
  std::vector<TimingCell> suspects;
  for (const TimingCell& cell : order.cells) {
    std::map<record::TimedFrom, std::vector<double>> by_phase;
    bool disturbed = false;
    for (const TimingResult& result : results) {
      const record::Timing* const timing = timing_of(result, cell);
      if (timing == nullptr) continue;
      disturbed = disturbed || timing->suspect;
      for (std::size_t i = 0; i < timing->seconds_per_step.size(); ++i)
        by_phase[timing->phase[i]].push_back(timing->seconds_per_step[i]);
    }
    const bool odd = std::any_of(by_phase.begin(), by_phase.end(), [](const auto& phase) {
      return stats::drift(phase.second).has_value() || stats::bimodal(phase.second);
    });
    if (disturbed || odd) suspects.push_back(cell);
  }
  return suspects;
}

int further_processes(int done) { return std::max(1, done / 4); }

std::vector<std::uint32_t> turns_of_block(int invocation, int block, std::size_t samples) {
  std::vector<std::uint32_t> turns(samples);
  std::iota(turns.begin(), turns.end(), 0U);
  const auto stream = static_cast<std::uint64_t>(invocation) << 16 | static_cast<std::uint64_t>(block);
  core::shuffle(turns, core::CounterRandom(0, core::Purpose::order, stream));
  return turns;
}

}  // namespace descent::sweep
