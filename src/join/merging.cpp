#include "join/merging.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "descent/analysis/timing_checks.hpp"
#include "descent/core/text.hpp"
#include "descent/record/json.hpp"

namespace descent::join {
namespace {

int badness(const record::Check& check) {
  return check.verdict == record::Verdict::failed ? 2 : check.verdict == record::Verdict::suspect ? 1 : 0;
}

/// The context of all parts together.
void make_whole(record::Context& context) {
  context.configuration.erase("shard");
  context.configuration["shard-what"] = "all";
  context.shard = context.shards = 1;
  context.shard_what = record::ShardWork::all;
}

}  // namespace

Merging::Merging(const record::Report& first) : first_(first) {
  merged_.context = first.context;
  make_whole(merged_.context);
}

template <class T, class Key>
void Merging::add(const T& record, std::vector<T>& known_records, const std::string& what, Key&& key) {
  const auto known = std::find_if(known_records.begin(), known_records.end(),
                                  [&](const T& other) { return key(other) == key(record); });
  if (known == known_records.end())
    known_records.push_back(record);
  else
    expect_equal(what, without_seconds(record), without_seconds(*known));
}

void Merging::add(const record::Report& report) {
  expect_equal("arithmetic", Json(report.context.arithmetic), Json(first_.context.arithmetic));
  for (const record::DatasetRecord& dataset : report.datasets)
    add(dataset, merged_.datasets, "data set " + dataset.id,
        [](const record::DatasetRecord& record) { return record.id; });
  compare_configurations(report, first_);
  for (const record::Workload& workload : report.workloads)
    add(workload, merged_.workloads, "workload " + workload.id,
        [](const record::Workload& record) { return record.id; });
  if (merged_.loss_shapes.empty()) merged_.loss_shapes = report.loss_shapes;
  for (const record::LandscapeGrid& grid : report.landscapes)
    add(grid, merged_.landscapes, "landscape of " + grid.workload,
        [](const record::LandscapeGrid& record) { return record.workload; });
  for (const record::Target& target : report.targets) add(target);
  for (const record::Series& series : report.series) add(series, report);
  for (const record::Trajectory& trajectory : report.trajectories) add(trajectory);
  const auto key = [](const record::Moment& moment) {
    return fmt::format("{} at {}, batch {} {}", moment.workload, moment.checkpoint, moment.batch,
                       record::to_text(moment.sampling));
  };
  for (const record::Moment& moment : report.moments) add(moment, merged_.moments, "moments of " + key(moment), key);
  const auto curvature_key = [](const record::Curvature& curvature) {
    return fmt::format("{} at {}", curvature.series, curvature.checkpoint);
  };
  for (const record::Curvature& curvature : report.curvatures)
    add(curvature, merged_.curvatures, "curvature of " + curvature_key(curvature), curvature_key);
  const auto demonstration_key = [](const record::Demonstration& run) {
    return fmt::format("{} at lr {}", run.series, core::shortest(run.lr));
  };
  for (const record::Demonstration& run : report.demonstrations)
    add(run, merged_.demonstrations, "demonstration of " + demonstration_key(run), demonstration_key);
  for (const record::FloorRun& floor : report.floors) add(floor);
  add_timings(report);
  for (const record::Check& check : report.checks) add(check);
  for (const record::Spent& spent : report.spent) add(spent);
}

record::Report Merging::take() {
  for (const record::Check& check : analysis::check_timings(merged_)) merged_.checks.push_back(check);
  return std::move(merged_);
}

void Merging::add(const record::Target& target) {
  std::vector<record::Target>& targets = merged_.targets;
  if (std::find(targets.begin(), targets.end(), target) != targets.end()) return;
  targets.push_back(target);
  std::stable_sort(targets.begin(), targets.end(), [](const record::Target& a, const record::Target& b) {
    return a.kind != b.kind ? a.kind < b.kind : a.value > b.value;
  });
}

void Merging::add(const record::Series& series, const record::Report& report) {
  add_tunings(series, report);
  const auto known = std::find_if(merged_.series.begin(), merged_.series.end(),
                                  [&](const record::Series& other) { return other.id == series.id; });
  if (known == merged_.series.end()) {
    merged_.series.push_back(series);
    return;
  }
  Json found = record::to_json(series), expected = record::to_json(*known);
  if (series.status != known->status || series.chosen_lr == 0 || known->chosen_lr == 0)
    for (Json* json : {&found, &expected})  // one of the two was not finished
      for (const char* name : {"status", "lr_at_edge"}) json->erase(name);
  if (series.chosen_lr == 0 || known->chosen_lr == 0)
    for (Json* json : {&found, &expected}) json->erase("chosen_lr");
  expect_equal("series " + series.id, found, expected);
  if (known->status != record::SeriesStatus::completed) *known = series;
}

void Merging::add_tunings(const record::Series& series, const record::Report& report) {
  std::vector<record::Tuning> tunings, known;
  const auto of_series = [&](const record::Tuning& tuning) { return tuning.series == series.id; };
  std::copy_if(report.tunings.begin(), report.tunings.end(), std::back_inserter(tunings), of_series);
  std::copy_if(merged_.tunings.begin(), merged_.tunings.end(), std::back_inserter(known), of_series);
  for (std::size_t i = 0; i < std::min(tunings.size(), known.size()); ++i)
    expect_equal(
        fmt::format("series {}: trial {} at lr {} seed {}", series.id, i, core::shortest(known[i].lr), known[i].seed),
        without_seconds(tunings[i]), without_seconds(known[i]));
  if (tunings.size() <= known.size()) return;
  std::erase_if(merged_.tunings, of_series);
  merged_.tunings.insert(merged_.tunings.end(), tunings.begin(), tunings.end());
}

void Merging::add(const record::Trajectory& trajectory) {
  const auto [at, fresh] = trajectory_at_.try_emplace(trajectory.id, merged_.trajectories.size());
  if (fresh) {
    merged_.trajectories.push_back(trajectory);
    return;
  }
  record::Trajectory& known = merged_.trajectories[at->second];
  if (trajectory.status == record::RunStatus::not_run) return;
  if (known.status == record::RunStatus::not_run)
    known = trajectory;
  else
    expect_equal("trajectory " + trajectory.id, without_seconds(trajectory), without_seconds(known));
}

void Merging::add(const record::FloorRun& floor) {
  for (record::FloorRun& known : merged_.floors) {
    if (known.series != floor.series) continue;
    if (known.status == record::FloorStatus::not_run) known = floor;
    if (floor.status != record::FloorStatus::not_run)
      expect_equal("floor run of " + floor.series, to_text(floor.status), to_text(known.status));
    return;
  }
  merged_.floors.push_back(floor);
}

void Merging::add_timings(const record::Report& report) {
  if (report.timings.empty() && report.roofs.empty() && report.invocations.empty()) return;
  if (!timed_on_) {
    timed_on_ = report.context;
    const std::map<std::string, std::string> configuration = merged_.context.configuration;
    merged_.context = report.context;  // the machine on which the times were measured
    merged_.context.configuration = configuration;
    make_whole(merged_.context);
  }
  compare_machines(report.context, *timed_on_);
  for (const record::Roof& roof : report.roofs)
    if (std::none_of(merged_.roofs.begin(), merged_.roofs.end(),
                     [&](const record::Roof& r) { return r.threads == roof.threads; }))
      merged_.roofs.push_back(roof);
  for (const record::Cell& cell : report.cells)
    add(cell, merged_.cells, "cell " + cell.id, [](const record::Cell& record) { return record.id; });
  for (const record::Invocation& invocation : report.invocations) add(invocation, report);
}

void Merging::add(record::Invocation invocation, const record::Report& report) {
  const int old_id = invocation.id;
  invocation.id = 0;
  std::vector<record::Timing> timings;
  std::vector<record::Sentinel> sentinels;
  Json content{{"invocation", record::to_json(invocation)}, {"timings", Json::array()}, {"sentinels", Json::array()}};
  for (record::Timing timing : report.timings) {
    if (timing.invocation != old_id) continue;
    timing.invocation = 0;
    content["timings"].push_back(record::to_json(timing));
    timings.push_back(std::move(timing));
  }
  for (record::Sentinel sentinel : report.sentinels) {
    if (sentinel.invocation != old_id) continue;
    sentinel.invocation = 0;
    content["sentinels"].push_back(record::to_json(sentinel));
    sentinels.push_back(sentinel);
  }
  if (!invocation.process.empty()) {
    const auto [known, fresh] = processes_.try_emplace(invocation.process, content);
    if (!fresh) return expect_equal("timing process " + invocation.process, content, known->second);
  }
  const bool alone = report.invocations.size() == 1 && merged_.invocations.empty();
  invocation.id = alone ? old_id : static_cast<int>(merged_.invocations.size()) + 1;
  merged_.invocations.push_back(invocation);
  for (record::Timing& timing : timings) {
    timing.invocation = invocation.id;
    merged_.timings.push_back(std::move(timing));
  }
  for (record::Sentinel& sentinel : sentinels) {
    sentinel.invocation = invocation.id;
    merged_.sentinels.push_back(sentinel);
  }
}

void Merging::add(const record::Check& check) {
  if (check.kind == record::CheckKind::aa || check.kind == record::CheckKind::disturbance ||
      check.kind == record::CheckKind::precision)
    return;
  for (record::Check& known : merged_.checks)
    if (known.kind == check.kind && known.subject == check.subject) {
      if (badness(check) > badness(known)) known = check;
      return;
    }
  merged_.checks.push_back(check);
}

void Merging::add(const record::Spent& spent) {
  for (record::Spent& known : merged_.spent)
    if (known.what == spent.what) {
      known.seconds += spent.seconds;
      return;
    }
  merged_.spent.push_back(spent);
}

}  // namespace descent::join
