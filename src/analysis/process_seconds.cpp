#include "descent/analysis/process_seconds.hpp"

#include <algorithm>
#include <set>

#include "analysis/passage.hpp"
#include "analysis/times.hpp"
#include "descent/record/find.hpp"

namespace descent::analysis {
namespace {

std::vector<InvocationTimes> times_of(const record::Report& report, const std::string& cell) {
  std::vector<InvocationTimes> times;
  for (const record::Timing& timing : report.timings)
    if (timing.cell == cell && !timing.seconds_per_step.empty() && timing.twin != record::Twin::b)
      times.push_back(invocation_times(timing));
  return times;
}

std::set<record::TimedFrom> origins_of(const std::vector<InvocationTimes>& times) {
  std::set<record::TimedFrom> origins;
  for (const InvocationTimes& process : times)
    for (const auto& [origin, samples] : process.origins) origins.insert(origin);
  return origins;
}

/// The mean of each process over these origins; a process that lacks one of them is left out.
std::vector<ProcessSeconds> means_of(std::vector<InvocationTimes> times, const std::set<record::TimedFrom>& origins,
                                     const OriginShares& shares) {
  std::vector<ProcessSeconds> means;
  for (InvocationTimes& process : times) {
    std::erase_if(process.origins, [&](const auto& entry) { return !origins.contains(entry.first); });
    if (process.origins.size() != origins.size()) continue;
    const double seconds = process.mean(shares);
    if (seconds > 0) means.push_back({process.id, seconds});
  }
  return means;
}

}  // namespace

SecondsOfBoth process_seconds(const record::Report& base, const record::Report& found, const record::Series& series,
                              const record::Cell& cell, const std::optional<record::Target>& target) {
  const std::vector<InvocationTimes> of_base = times_of(base, cell.id), of_found = times_of(found, cell.id);
  const std::set<record::TimedFrom> in_base = origins_of(of_base), in_found = origins_of(of_found);
  std::set<record::TimedFrom> origins;
  std::set_intersection(in_base.begin(), in_base.end(), in_found.begin(), in_found.end(),
                        std::inserter(origins, origins.end()));
  if (origins.empty()) return {};
  const record::Workload* const workload = record::find_workload(base, series.workload);
  const OriginShares shares =
      workload == nullptr || !target
          ? OriginShares()
          : shares_of(steps_to_level(base, series, *workload, *target, level_of(*workload, *target)), origins);
  return {means_of(of_base, origins, shares), means_of(of_found, origins, shares)};
}

}  // namespace descent::analysis
