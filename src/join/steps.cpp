#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "descent/core/text.hpp"
#include "descent/record/find.hpp"
#include "join/compare.hpp"
#include "join/comparing.hpp"

namespace descent::join {
namespace {

/// Options on which no weight, step or rate depends: where and how long cells are timed. If any other option differs,
/// runs may differ for that reason, so only runs of equal rate and length are compared.
const std::set<std::string> kTimingOptions{"threads",      "oversubscribe", "pin",         "placement",
                                           "engine",       "precision",     "invocations", "aa-cells",
                                           "roof-seconds", "sharing",       "counters",    "preset"};

void add_change(const std::string& what, const Place& place, Comparison& comparison) {
  comparison.steps = StepsVerdict::changed;
  comparison.differences.push_back({Fingerprint::steps, place.path.empty() ? what : what + ": " + place.path,
                                    place.expected, place.found, "the arithmetic is the same: these have to be equal"});
}

/// The first record that both have (by its key) and that differs.
template <class T, class Key>
bool find_change(const std::vector<T>& base, const std::vector<T>& found, Key&& key, const char* what,
                 Comparison& comparison) {
  std::map<std::string, const T*> known;
  for (const T& record : base) known[key(record)] = &record;
  for (const T& record : found) {
    const auto other = known.find(key(record));
    if (other == known.end()) continue;
    if (const auto place = first_difference(without_seconds(record), without_seconds(*other->second))) {
      add_change(fmt::format("{} {}", what, key(record)), *place, comparison);
      return true;
    }
  }
  return false;
}

bool was_run(const record::Trajectory& run) { return run.status != record::RunStatus::not_run; }

/// Series whose weights depend on the threads that trained them, so that two runs need not be equal.
std::set<std::string> unordered_series(const record::Report& base, const record::Report& found) {
  std::set<std::string> series;
  for (const record::Report* report : {&base, &found})
    for (const record::Trajectory& run : report->trajectories)
      if (run.threads) series.insert(run.series);
  return series;
}

std::vector<record::Trajectory> runs_of(const record::Report& report, const std::set<std::string>& without) {
  std::vector<record::Trajectory> runs;
  for (const record::Trajectory& run : report.trajectories)
    if (was_run(run) && !without.contains(run.series)) runs.push_back(run);
  return runs;
}

/// What solve::solve_optimum() notes of an optimum whose solver had no more time.
constexpr const char* kStopped = "stopped before the gap asked for";

void add_clock(const std::string& id, const std::string& column, const std::string& base, const std::string& found,
               Comparison& comparison) {
  comparison.differences.push_back(
      {Fingerprint::clock, id + ": " + column, base, found, "a solver ran out of time, so that this is not compared"});
}

/// Workloads as they are compared: without what a solver may lack where it ran out of time, in one report or in both.
/// Such columns depend on the clock. `stopped` gets those whose optimum itself does, and with it where runs end.
struct Clocked {
  std::vector<record::Workload> base, found;
  std::set<std::string> stopped;
};
Clocked without_clock(const record::Report& base, const record::Report& found, Comparison& comparison) {
  Clocked result;
  for (record::Workload a : base.workloads) {
    const record::Workload* const other = record::find_workload(found, a.id);
    if (other == nullptr) continue;
    record::Workload b = *other;
    if (a.curvature_kind != b.curvature_kind) {
      add_clock(a.id, "curvature_kind", record::to_text(a.curvature_kind), record::to_text(b.curvature_kind),
                comparison);
      for (record::Workload* side : {&a, &b})
        side->curvature_least = side->curvature_most = std::nullopt, side->curvature_kind = {};
    }
    if (a.optimum_value != b.optimum_value && (a.note == kStopped || b.note == kStopped)) {
      add_clock(a.id, "optimum_value", a.optimum_value ? core::shortest(*a.optimum_value) : "nothing",
                b.optimum_value ? core::shortest(*b.optimum_value) : "nothing", comparison);
      result.stopped.insert(a.id);
      continue;
    }
    result.base.push_back(std::move(a)), result.found.push_back(std::move(b));
  }
  return result;
}

/// Every deterministic column of what both have.
void compare_all(const record::Report& base, const record::Report& found, std::set<std::string> without,
                 Comparison& comparison) {
  const Clocked workloads = without_clock(base, found, comparison);
  for (const record::Series& series : base.series)
    if (workloads.stopped.contains(series.workload)) without.insert(series.id);
  const auto id = [](const auto& record) { return record.id; };
  const auto finished = [&](const record::Report& report) {
    std::vector<record::Series> series;
    for (const record::Series& one : report.series)
      if (one.status == record::SeriesStatus::completed && !without.contains(one.id)) series.push_back(one);
    return series;
  };
  const auto place_of = [](const record::Moment& moment) {
    return fmt::format("{} at {}, batch {} {}", moment.workload, moment.checkpoint, moment.batch,
                       record::to_text(moment.sampling));
  };
  if (find_change(workloads.base, workloads.found, id, "workload", comparison)) return;
  if (find_change(finished(base), finished(found), id, "series", comparison)) return;
  if (find_change(runs_of(base, without), runs_of(found, without), id, "run", comparison)) return;
  const auto comparable = [&](std::vector<record::Moment> moments) {
    std::erase_if(moments, [&](const record::Moment& moment) { return workloads.stopped.contains(moment.workload); });
    return moments;
  };
  find_change(comparable(base.moments), comparable(found.moments), place_of, "moments of", comparison);
}

/// Reports of different options, or whose runs need not be as long: runs of one rate and length alone.
void compare_hashes(const record::Report& base, const record::Report& found, const std::set<std::string>& without,
                    Comparison& comparison) {
  std::map<std::string, const record::Trajectory*> known;
  for (const record::Trajectory& run : base.trajectories)
    if (was_run(run) && !without.contains(run.series)) known[run.id] = &run;
  for (const record::Trajectory& run : found.trajectories) {
    const auto other = known.find(run.id);
    if (!was_run(run) || other == known.end() || run.lr != other->second->lr || run.steps != other->second->steps ||
        run.weights_hash == other->second->weights_hash)
      continue;
    return add_change("run " + run.id, {"weights_hash", run.weights_hash, other->second->weights_hash}, comparison);
  }
}

/// With other arithmetic, rounding may change the steps by this share, whatever their interval.
constexpr double kRounding = 0.01;

/// Do the expected steps lie within BASE's interval?
bool agrees(const record::Convergence& base, const record::Convergence& found) {
  if (!base.ert_steps || !found.ert_steps) return base.ert_steps.has_value() == found.ert_steps.has_value();
  const double least = std::min(base.mean_low.value_or(*base.ert_steps), *base.ert_steps) * (1 - kRounding);
  const double most =
      base.mean_low && !base.mean_high ? *found.ert_steps : base.mean_high.value_or(*base.ert_steps) * (1 + kRounding);
  return *found.ert_steps >= least && *found.ert_steps <= std::max(most, *base.ert_steps);
}

void compare_intervals(const record::Report& base, const record::Report& found, Comparison& comparison) {
  for (const record::Convergence& row : base.convergence)
    for (const record::Convergence& other : found.convergence) {
      if (other.series != row.series || other.target_kind != row.target_kind ||
          other.target_value != row.target_value || row.status == record::PassageStatus::not_run ||
          other.status == record::PassageStatus::not_run)
        continue;
      if (comparison.steps == StepsVerdict::not_compared) comparison.steps = StepsVerdict::within;
      if (agrees(row, other)) continue;
      comparison.steps = StepsVerdict::changed;
      const auto text = [](const Real& steps) { return steps ? core::shortest(*steps) : "nothing"; };
      comparison.differences.push_back({Fingerprint::steps,
                                        fmt::format("series {}: steps to {} {}", row.series, to_text(row.target_kind),
                                                    core::shortest(row.target_value)),
                                        text(row.ert_steps), text(other.ert_steps),
                                        fmt::format("outside the interval of {}", comparison.base.label)});
      return;
    }
}

}  // namespace

void compare_steps(const record::Report& base, const record::Report& found, Comparison& comparison) {
  if (!comparison.same_arithmetic) return compare_intervals(base, found, comparison);
  const bool common =
      std::any_of(base.trajectories.begin(), base.trajectories.end(), [&](const record::Trajectory& run) {
        return was_run(run) && std::any_of(found.trajectories.begin(), found.trajectories.end(),
                                           [&](const auto& other) { return was_run(other) && other.id == run.id; });
      });
  if (!common) return;
  comparison.steps = StepsVerdict::equal;
  const bool same_options =
      std::none_of(comparison.differences.begin(), comparison.differences.end(), [](const Difference& difference) {
        return difference.kind == Fingerprint::options && !kTimingOptions.contains(difference.place);
      });
  const std::set<std::string> unordered = unordered_series(base, found);
  if (same_options) compare_all(base, found, unordered, comparison);
  if (comparison.steps == StepsVerdict::equal) compare_hashes(base, found, unordered, comparison);
}

}  // namespace descent::join
