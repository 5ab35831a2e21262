#include "descent/join/merge.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "descent/analysis/analyse.hpp"
#include "descent/analysis/timing_checks.hpp"
#include "descent/core/text.hpp"
#include "descent/record/json.hpp"

namespace descent::join {
namespace {

using Json = nlohmann::json;

std::string value_of(const std::map<std::string, std::string>& values, const std::string& name) {
  const auto found = values.find(name);
  return found == values.end() ? "nothing" : found->second;
}

void expect_equal(const std::string& what, const std::string& found, const std::string& expected) {
  if (found != expected)
    throw join::MergeConflict(
        fmt::format("cannot merge: {}: found {}, expected {} as in an earlier report", what, found, expected));
}

std::string text_at(const Json& json, const Json::json_pointer& place) {
  if (!json.contains(place)) return "nothing";
  const Json& value = json.at(place);
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// Two records of one thing, all columns; the first that differs is named by its path.
void expect_equal(const std::string& what, const Json& found, const Json& expected) {
  if (found == expected) return;
  const Json::json_pointer place(Json::diff(expected, found).at(0).at("path").get<std::string>());
  const std::string path = place.to_string().substr(1);
  expect_equal(what + ": " + path, text_at(found, place), text_at(expected, place));
  throw join::MergeConflict(fmt::format("cannot merge: {}: {}: differs from an earlier report", what, path));
}

// What a record holds beyond the seconds that it took, and the place where its file lies.
Json without_seconds(const record::DatasetRecord& record) {
  Json json = record::to_json(record);
  json.erase("uri");
  return json;
}
Json without_seconds(record::Workload record) {
  for (record::SolverPoint& point : record.optimum_passage) point.seconds = 0;
  return record::to_json(record);
}
Json without_seconds(record::Trajectory record) {
  record.train_seconds = record.evaluate_seconds = 0;
  return record::to_json(record);
}
Json without_seconds(record::Tuning record) {
  record.seconds = 0;
  return record::to_json(record);
}
Json without_seconds(const record::Moment& record) { return record::to_json(record); }
Json without_seconds(const record::Cell& record) { return record::to_json(record); }

/// (I, N) of a shard's report; (1, 1) of a whole one.
std::pair<int, int> shard_of(const record::Report& report) { return {report.context.shard, report.context.shards}; }

/// What may differ between the parts of one sweep: who did what, where to and for how long; data are compared by hash.
const std::set<std::string> kOwnOptions{"shard", "shard-what", "out", "budget", "resume", "quiet", "data"};

void compare_configurations(const record::Report& found, const record::Report& expected) {
  std::set<std::string> names;
  for (const record::Report* report : {&found, &expected})
    for (const auto& [name, value] : report->context.configuration)
      if (!kOwnOptions.contains(name)) names.insert(name);
  for (const std::string& name : names)
    expect_equal("option " + name, sorted_list(value_of(found.context.configuration, name)),
                 sorted_list(value_of(expected.context.configuration, name)));
}

/// One machine, one boot, one build: what timings may be put beside each other.
void compare_machines(const record::Context& found, const record::Context& expected) {
  const auto compare = [](const std::string& what, const std::map<std::string, std::string>& a,
                          const std::map<std::string, std::string>& b, const std::vector<std::string>& names) {
    for (const std::string& name : names) expect_equal(what + name, value_of(a, name), value_of(b, name));
  };
  const auto all_names = [](const std::map<std::string, std::string>& a, const std::map<std::string, std::string>& b) {
    std::vector<std::string> names;
    for (const auto* values : {&a, &b})
      for (const auto& [name, value] : *values) names.push_back(name);
    return names;
  };
  expect_equal("machine of the timings: host", found.host_name, expected.host_name);
  expect_equal("machine of the timings: num_cpus", std::to_string(found.num_cpus), std::to_string(expected.num_cpus));
  compare("machine of the timings: ", found.machine, expected.machine,
          {"model", "machine_id_hash", "boot_id", "cores", "logical_cpus", "cpuset", "quota", "governor", "turbo"});
  compare("build of the timings: ", found.build, expected.build, all_names(found.build, expected.build));
  compare("libraries of the timings: ", found.libraries, expected.libraries,
          all_names(found.libraries, expected.libraries));
}

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

class Merging {
 public:
  explicit Merging(const record::Report& first) : first_(first) {
    merged_.context = first.context;
    make_whole(merged_.context);
  }

  void add(const record::Report& report) {
    expect_equal("arithmetic", Json(report.context.arithmetic), Json(first_.context.arithmetic));
    for (const record::DatasetRecord& dataset : report.datasets)
      add(dataset, merged_.datasets, "data set " + dataset.id,
          [](const record::DatasetRecord& record) { return record.id; });
    compare_configurations(report, first_);
    for (const record::Workload& workload : report.workloads)
      add(workload, merged_.workloads, "workload " + workload.id,
          [](const record::Workload& record) { return record.id; });
    for (const record::Target& target : report.targets) add(target);
    for (const record::Series& series : report.series) add(series, report);
    for (const record::Trajectory& trajectory : report.trajectories) add(trajectory);
    const auto key = [](const record::Moment& moment) {
      return fmt::format("{} at {}, batch {} {}", moment.workload, moment.checkpoint, moment.batch,
                         record::to_text(moment.sampling));
    };
    for (const record::Moment& moment : report.moments) add(moment, merged_.moments, "moments of " + key(moment), key);
    for (const record::FloorRun& floor : report.floors) add(floor);
    add_timings(report);
    for (const record::Check& check : report.checks) add(check);
    for (const record::Spent& spent : report.spent) add(spent);
  }

  record::Report take() {
    for (const record::Check& check : analysis::check_timings(merged_)) merged_.checks.push_back(check);
    return std::move(merged_);
  }

 private:
  template <class T, class Key>
  void add(const T& record, std::vector<T>& known_records, const std::string& what, Key&& key) {
    const auto known = std::find_if(known_records.begin(), known_records.end(),
                                    [&](const T& other) { return key(other) == key(record); });
    if (known == known_records.end())
      known_records.push_back(record);
    else
      expect_equal(what, without_seconds(record), without_seconds(*known));
  }

  /// A part without an optimum in it knows no target of accuracy. Suboptimality stands first, the easiest before.
  void add(const record::Target& target) {
    std::vector<record::Target>& targets = merged_.targets;
    if (std::find(targets.begin(), targets.end(), target) != targets.end()) return;
    targets.push_back(target);
    std::stable_sort(targets.begin(), targets.end(), [](const record::Target& a, const record::Target& b) {
      return a.kind != b.kind ? a.kind < b.kind : a.value > b.value;
    });
  }

  /// With its tunings: all of a search or none of it.
  void add(const record::Series& series, const record::Report& report) {
    std::vector<record::Tuning> tunings, known_tunings;
    const auto of_series = [&](const record::Tuning& tuning) { return tuning.series == series.id; };
    std::copy_if(report.tunings.begin(), report.tunings.end(), std::back_inserter(tunings), of_series);
    const auto known = std::find_if(merged_.series.begin(), merged_.series.end(),
                                    [&](const record::Series& other) { return other.id == series.id; });
    if (known == merged_.series.end()) {
      merged_.series.push_back(series);
      merged_.tunings.insert(merged_.tunings.end(), tunings.begin(), tunings.end());
      return;
    }
    std::copy_if(merged_.tunings.begin(), merged_.tunings.end(), std::back_inserter(known_tunings), of_series);
    for (std::size_t i = 0; i < std::min(tunings.size(), known_tunings.size()); ++i)
      expect_equal(fmt::format("series {}: trial {} at lr {} seed {}", series.id, i,
                               core::shortest(known_tunings[i].lr), known_tunings[i].seed),
                   without_seconds(tunings[i]), without_seconds(known_tunings[i]));
    if (tunings.size() > known_tunings.size()) {
      std::erase_if(merged_.tunings, of_series);
      merged_.tunings.insert(merged_.tunings.end(), tunings.begin(), tunings.end());
    }
    Json found = record::to_json(series), expected = record::to_json(*known);
    if (series.status != known->status || series.chosen_lr == 0 || known->chosen_lr == 0)
      for (Json* json : {&found, &expected})  // one of them was not finished
        for (const char* name : {"status", "lr_at_edge"}) json->erase(name);
    if (series.chosen_lr == 0 || known->chosen_lr == 0)
      for (Json* json : {&found, &expected}) json->erase("chosen_lr");
    expect_equal("series " + series.id, found, expected);
    if (known->status != record::SeriesStatus::completed) *known = series;
  }

  void add(const record::Trajectory& trajectory) {
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

  void add(const record::FloorRun& floor) {
    for (record::FloorRun& known : merged_.floors) {
      if (known.series != floor.series) continue;
      if (known.status == record::FloorStatus::not_run) known = floor;
      if (floor.status != record::FloorStatus::not_run)
        expect_equal("floor run of " + floor.series, to_text(floor.status), to_text(known.status));
      return;
    }
    merged_.floors.push_back(floor);
  }

  void add_timings(const record::Report& report) {
    if (report.timings.empty() && report.roofs.empty() && report.invocations.empty()) return;
    if (!timed_on_) {
      timed_on_ = report.context;
      const std::map<std::string, std::string> configuration = merged_.context.configuration;
      merged_.context = report.context;  // the machine that the times are of
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

  /// Processes count on over the reports. One that is there already came from the same report given twice, or from two
  /// that were merged from it: it has to hold the same.
  void add(record::Invocation invocation, const record::Report& report) {
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

  /// Of two of one thing the worse; those of the timings are made anew from all timings.
  void add(const record::Check& check) {
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

  void add(const record::Spent& spent) {
    for (record::Spent& known : merged_.spent)
      if (known.what == spent.what) {
        known.seconds += spent.seconds;
        return;
      }
    merged_.spent.push_back(spent);
  }

  const record::Report& first_;
  record::Report merged_;
  std::map<std::string, std::size_t> trajectory_at_;
  std::map<std::string, Json> processes_;
  std::optional<record::Context> timed_on_;
};

/// Of one kind of work, statistics or timings, all shards of N are there, or none.
bool covers(const std::vector<const record::Report*>& reports, record::ShardWork what) {
  std::set<int> shards, of;
  for (const record::Report* report : reports) {
    const record::ShardWork done = report->context.shard_what;
    if (done != record::ShardWork::all && done != what) continue;
    const auto [index, count] = shard_of(*report);
    shards.insert(index);
    of.insert(count);
  }
  return of.empty() || (of.size() == 1 && static_cast<int>(shards.size()) == *of.begin());
}

/// No shard is missing, and nothing in them was left out.
bool is_whole(const std::vector<const record::Report*>& reports, const record::Report& merged) {
  return covers(reports, record::ShardWork::statistics) && covers(reports, record::ShardWork::timings) &&
         std::none_of(
             merged.trajectories.begin(), merged.trajectories.end(),
             [](const record::Trajectory& trajectory) { return trajectory.status == record::RunStatus::not_run; }) &&
         !join::has_failed_check(merged);
}

}  // namespace

std::string sorted_list(const std::string& text) {
  std::vector<std::string> parts = core::split_outside_brackets(text, ',');
  std::sort(parts.begin(), parts.end());
  return fmt::format("{}", fmt::join(parts, ","));
}

bool has_failed_check(const record::Report& report) {
  return std::any_of(report.checks.begin(), report.checks.end(),
                     [](const record::Check& check) { return check.verdict == record::Verdict::failed; });
}

record::Report merge_reports(std::span<const record::Report> reports) {
  if (reports.empty()) throw core::InputError("cannot merge: found no reports; expected one or more");
  std::vector<const record::Report*> order;
  for (const record::Report& report : reports) order.push_back(&report);
  // Shards hold consecutive series: in their order the tables come out as one run would write them.
  std::stable_sort(order.begin(), order.end(),
                   [](const record::Report* a, const record::Report* b) { return shard_of(*a) < shard_of(*b); });
  Merging merging(*order.front());
  for (const record::Report* report : order) merging.add(*report);
  record::Report merged = merging.take();
  merged.status = is_whole(order, merged) ? record::ReportStatus::complete : record::ReportStatus::partial;
  return analysis::analyse(std::move(merged));
}

}  // namespace descent::join
