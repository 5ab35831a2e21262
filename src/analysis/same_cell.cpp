#include "analysis/same_cell.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "analysis/times.hpp"
#include "descent/stats/binomial.hpp"
#include "descent/stats/summary.hpp"

namespace descent::analysis {
namespace {

struct Pair {
  std::map<int, double> a, b;  // mean seconds per step by invocation; origins count alike
  double seconds = 0;          // duration of their samples
};

std::map<std::string, Pair> pairs_of(const std::vector<record::Timing>& timings) {
  std::map<std::string, Pair> pairs;  // by cell
  for (const record::Timing& timing : timings) {
    if (timing.twin == record::Twin::none || timing.seconds_per_step.empty()) continue;
    Pair& pair = pairs[timing.cell];
    (timing.twin == record::Twin::a ? pair.a : pair.b)[timing.invocation] = invocation_times(timing).mean({});
    for (std::size_t i = 0; i < std::min(timing.seconds_per_step.size(), timing.steps_per_sample.size()); ++i)
      pair.seconds += timing.seconds_per_step[i] * static_cast<double>(timing.steps_per_sample[i]);
  }
  return pairs;
}

/// The ratio of b to a, process by process, in the form of a cell's seconds.
CellTimes ratio_of(const Pair& pair) {
  CellTimes ratio;
  for (const auto& [invocation, a] : pair.a)
    if (const auto b = pair.b.find(invocation); b != pair.b.end() && a > 0) ratio.means.push_back(b->second / a);
  return ratio;
}

}  // namespace

std::vector<record::Check> compare_with_itself(const std::vector<record::Timing>& timings,
                                               const std::vector<record::Invocation>& invocations) {
  int comparisons = 0, rejected = 0;
  std::vector<double> widths, seconds, processes;
  for (const auto& [name, pair] : pairs_of(timings)) {
    const CellTimes ratio = ratio_of(pair);
    if (ratio.means.size() < kLeastProcesses) continue;
    const auto interval = ratio.interval(static_cast<std::uint64_t>(comparisons));
    if (!interval || !(interval->low > 0)) continue;
    ++comparisons;
    rejected += interval->low > 1 || interval->high < 1;
    widths.push_back(std::expm1(0.5 * std::log(interval->high / interval->low)));
    seconds.push_back(pair.seconds);
    processes.push_back(static_cast<double>(ratio.means.size()));
  }
  if (comparisons == 0) return {};
  double whole = 0;
  for (const record::Invocation& invocation : invocations) whole += invocation.seconds;
  const auto [low, high] = stats::binomial_interval(rejected, comparisons);
  const record::Check rate{
      record::CheckKind::aa,
      "false positives",
      low <= 0.05 ? record::Verdict::ok : record::Verdict::suspect,
      static_cast<double>(rejected) / comparisons,
      low,
      high,
      fmt::format("{} of {} cells timed under two names differ from themselves at the 5 % level; the "
                  "interval takes them to be independent, but they share their processes",
                  rejected, comparisons)};
  const record::Check difference{
      record::CheckKind::aa,
      "smallest difference",
      record::Verdict::ok,
      stats::median(widths),
      std::nullopt,
      std::nullopt,
      fmt::format("half-width of the interval of two cells' ratio, in the median; each pair from {:.0f} processes and "
                  "{:.2g} s of samples, all timings in {:.3g} s",
                  stats::median(processes), stats::median(seconds), whole)};
  return {rate, difference};
}

}  // namespace descent::analysis
