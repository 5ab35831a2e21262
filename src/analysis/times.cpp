#include "analysis/times.hpp"

#include <set>

#include "descent/stats/interval.hpp"
#include "descent/stats/summary.hpp"

namespace descent {
namespace {

bool belongs(const Timing& timing, const Series& series) {
  return timing.series.empty() ? timing.workload == series.workload && timing.batch == series.batch
                               : timing.series == series.id;
}

}  // namespace

std::optional<double> CellTimes::centre() const {
  std::vector<double> means;
  for (const auto& samples : invocations) means.push_back(stats::mean(samples));
  if (means.empty()) return {};
  return stats::median(means);
}

std::optional<double> CellTimes::resampled(CounterRandom& random) const {
  if (invocations.empty()) return {};
  CellTimes replicate;
  if (invocations.size() == 1) {
    replicate.invocations.emplace_back();
    for (const std::size_t i : stats::resample(random, invocations[0].size()))
      replicate.invocations[0].push_back(invocations[0][i]);
  } else {
    for (const std::size_t i : stats::resample(random, invocations.size())) replicate.invocations.push_back(invocations[i]);
  }
  return replicate.centre();
}

CellTimes cell_times(const Report& report, const Series& series, const std::string& engine, int threads) {
  CellTimes times;
  for (const Timing& timing : report.timings) {
    if (!belongs(timing, series) || timing.engine != engine || timing.threads != threads) continue;
    if (timing.seconds_per_step.empty()) continue;
    times.invocations.push_back(timing.seconds_per_step);
    times.flops = timing.flops, times.bytes = timing.bytes, times.schedule = timing.schedule;
    times.suspect |= timing.suspect;
  }
  return times;
}

std::vector<CellKey> timed_cells(const Report& report, const Series& series) {
  std::set<CellKey> keys;
  for (const Timing& timing : report.timings)
    if (belongs(timing, series)) keys.insert({timing.engine, timing.threads});
  return {keys.begin(), keys.end()};
}

}  // namespace descent
