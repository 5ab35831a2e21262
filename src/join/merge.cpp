#include "descent/join/merge.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include "descent/analysis/analyse.hpp"
#include "join/merging.hpp"

namespace descent::join {
namespace {

/// (I, N) of a shard's report; (1, 1) of a whole one.
std::pair<int, int> shard_of(const record::Report& report) { return {report.context.shard, report.context.shards}; }

/// Are all N shards there, and among those with timings, all or none?
bool covers(const std::vector<const record::Report*>& reports, bool with_timings) {
  std::set<int> shards, of;
  for (const record::Report* report : reports) {
    if (with_timings && report->context.shard_what == record::ShardWork::statistics) continue;
    const auto [index, count] = shard_of(*report);
    shards.insert(index);
    of.insert(count);
  }
  return of.empty() || (of.size() == 1 && static_cast<int>(shards.size()) == *of.begin());
}

/// Is no shard missing, and was nothing left out?
bool is_whole(const std::vector<const record::Report*>& reports, const record::Report& merged) {
  return covers(reports, false) && covers(reports, true) &&
         std::none_of(
             merged.trajectories.begin(), merged.trajectories.end(),
             [](const record::Trajectory& trajectory) { return trajectory.status == record::RunStatus::not_run; }) &&
         !has_failed_check(merged);
}

}  // namespace

bool has_failed_check(const record::Report& report) {
  return std::any_of(report.checks.begin(), report.checks.end(),
                     [](const record::Check& check) { return check.verdict == record::Verdict::failed; });
}

record::Report merge_reports(std::span<const record::Report> reports) {
  if (reports.empty()) throw core::InputError("cannot merge: found no reports; expected one or more");
  std::vector<const record::Report*> order;
  for (const record::Report& report : reports) order.push_back(&report);
  // Shards hold consecutive series: merged in order, they give the tables that one run would write.
  std::stable_sort(order.begin(), order.end(),
                   [](const record::Report* a, const record::Report* b) { return shard_of(*a) < shard_of(*b); });
  Merging merging(*order.front());
  for (const record::Report* report : order) merging.add(*report);
  record::Report merged = merging.take();
  merged.status = is_whole(order, merged) ? record::ReportStatus::complete : record::ReportStatus::partial;
  return analysis::analyse(std::move(merged));
}

}  // namespace descent::join
