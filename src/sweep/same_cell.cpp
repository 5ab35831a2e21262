#include "sweep/same_cell.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "descent/stats/binomial.hpp"
#include "descent/stats/interval.hpp"
#include "descent/stats/summary.hpp"

namespace descent {
namespace {

using CellKey = std::tuple<std::string, std::string, std::int64_t, int, std::string>;

/// ln of the mean of the later half of a process's samples over that of the earlier half, phase by phase so that both
/// halves hold the same work; nothing where there is only one block.
std::optional<double> half_ratio(const Timing& timing) {
  std::map<std::string, std::vector<double>> by_phase;
  for (std::size_t i = 0; i < timing.seconds_per_step.size(); ++i)
    by_phase[timing.phase[i]].push_back(timing.seconds_per_step[i]);
  double first = 0, second = 0;
  for (const auto& [phase, samples] : by_phase) {
    const std::size_t half = samples.size() / 2;
    if (half == 0) return std::nullopt;
    // Halves of an odd number leave out the one in the middle.
    for (std::size_t i = 0; i < half; ++i) first += samples[i], second += samples[samples.size() - 1 - i];
  }
  if (!(first > 0) || !(second > 0)) return std::nullopt;
  return std::log(second / first);
}

}  // namespace

std::vector<Check> compare_with_itself(const std::vector<Timing>& timings) {
  std::map<CellKey, std::vector<double>> ratios;
  for (const Timing& timing : timings)
    if (const std::optional<double> ratio = half_ratio(timing))
      ratios[{timing.workload, timing.series, timing.batch, timing.threads, timing.engine}].push_back(*ratio);
  int comparisons = 0, rejected = 0;
  std::vector<double> widths;
  for (const auto& [cell, values] : ratios) {
    if (values.size() < kLeastProcesses) continue;
    const std::optional<stats::Interval> interval = stats::t_interval(values);
    if (!interval) continue;
    ++comparisons;
    rejected += interval->low > 0 || interval->high < 0;
    widths.push_back(std::expm1(0.5 * (interval->high - interval->low)));
  }
  if (comparisons == 0) return {};
  const auto [low, high] = stats::binomial_interval(rejected, comparisons);
  Check rate{"aa",
             "false positives",
             low <= 0.05 ? "ok" : "suspect",
             static_cast<double>(rejected) / comparisons,
             low,
             high,
             fmt::format("{} of {} cells differ from themselves at the 5 % level", rejected, comparisons)};
  const double smallest = stats::median(widths);
  Check difference{"aa",
                   "smallest difference",
                   "ok",
                   smallest,
                   std::nullopt,
                   std::nullopt,
                   fmt::format("what half of the cells can tell apart in {} processes", ratios.begin()->second.size())};
  return {rate, difference};
}

}  // namespace descent
