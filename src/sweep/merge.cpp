#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "descent/analysis/analyse.hpp"
#include "descent/core/error.hpp"
#include "descent/core/text.hpp"
#include "descent/sweep/sweep.hpp"

namespace descent {
namespace {

std::string configured(const Report& report, const std::string& name) {
  const auto found = report.context.configuration.find(name);
  return found == report.context.configuration.end() ? "" : found->second;
}

[[noreturn]] void conflict(const std::string& what, const std::string& found, const std::string& expected) {
  throw InputError(
      fmt::format("cannot merge: {}: found {}, expected {} as in an earlier report", what, found, expected));
}

void expect_equal(const std::string& what, const std::string& found, const std::string& expected) {
  if (found != expected) conflict(what, found, expected);
}
void expect_equal(const std::string& what, double found, double expected) {
  if (found != expected) conflict(what, shortest(found), shortest(expected));
}
void expect_equal(const std::string& what, const Real& found, const Real& expected) {
  if (found != expected)
    conflict(what, found ? shortest(*found) : "nothing", expected ? shortest(*expected) : "nothing");
}

/// (I, N) of a shard's report; (1, 1) of a whole one.
std::pair<int, int> shard_of(const Report& report) {
  const std::string text = configured(report, "shard");
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) return {1, 1};
  return {static_cast<int>(parse_integer(text.substr(0, slash)).value_or(1)),
          static_cast<int>(parse_integer(text.substr(slash + 1)).value_or(1))};
}

class Merging {
 public:
  explicit Merging(const Report& first) {
    merged_.context = first.context;
    merged_.context.configuration.erase("shard");
    merged_.context.configuration["shard-what"] = "all";
  }

  void add(const Report& report) {
    for (const auto& [name, value] : report.context.arithmetic)
      expect_equal("arithmetic " + name, value, merged_.context.arithmetic[name]);
    expect_equal("target", configured(report, "target"), configured(merged_, "target"));
    for (const DatasetRecord& dataset : report.datasets) add(dataset);
    for (const Workload& workload : report.workloads) add(workload);
    for (const Series& series : report.series) add(series, report);
    for (const Trajectory& trajectory : report.trajectories) add(trajectory);
    for (const Moment& moment : report.moments) add(moment);
    add_timings(report);
    for (const Spent& spent : report.spent) add(spent);
  }

  Report take() { return std::move(merged_); }

 private:
  void add(const DatasetRecord& dataset) {
    for (const DatasetRecord& known : merged_.datasets) {
      if (known.id != dataset.id) continue;
      expect_equal("data set " + dataset.id + ": content_hash", dataset.content_hash, known.content_hash);
      expect_equal("data set " + dataset.id + ": validation_hash", dataset.validation_hash, known.validation_hash);
      return;
    }
    merged_.datasets.push_back(dataset);
  }

  void add(const Workload& workload) {
    for (const Workload& known : merged_.workloads) {
      if (known.id != workload.id) continue;
      expect_equal("workload " + workload.id + ": f0", workload.f0, known.f0);
      expect_equal("workload " + workload.id + ": optimum_value", workload.optimum_value, known.optimum_value);
      return;
    }
    merged_.workloads.push_back(workload);
  }

  /// With its tunings: all of a search or none of it.
  void add(const Series& series, const Report& report) {
    std::vector<Tuning> tunings, known_tunings;
    const auto of_series = [&](const Tuning& tuning) { return tuning.series == series.id; };
    std::copy_if(report.tunings.begin(), report.tunings.end(), std::back_inserter(tunings), of_series);
    for (Series& known : merged_.series) {
      if (known.id != series.id) continue;
      if (known.chosen_lr != 0 && series.chosen_lr != 0)
        expect_equal("series " + series.id + ": chosen_lr", series.chosen_lr, known.chosen_lr);
      std::copy_if(merged_.tunings.begin(), merged_.tunings.end(), std::back_inserter(known_tunings), of_series);
      for (std::size_t i = 0; i < std::min(tunings.size(), known_tunings.size()); ++i) {
        const std::string what =
            fmt::format("series {}: trial at lr {} seed {}", series.id, shortest(tunings[i].lr), tunings[i].seed);
        expect_equal(what + ": lr", tunings[i].lr, known_tunings[i].lr);
        expect_equal(what + ": steps", static_cast<double>(tunings[i].steps),
                     static_cast<double>(known_tunings[i].steps));
      }
      if (tunings.size() > known_tunings.size()) {
        std::erase_if(merged_.tunings, of_series);
        merged_.tunings.insert(merged_.tunings.end(), tunings.begin(), tunings.end());
      }
      if (known.status != "completed") known = series;
      return;
    }
    merged_.series.push_back(series);
    merged_.tunings.insert(merged_.tunings.end(), tunings.begin(), tunings.end());
  }

  void add(const Trajectory& trajectory) {
    const auto [at, fresh] = trajectory_at_.try_emplace(trajectory.id, merged_.trajectories.size());
    if (fresh) {
      merged_.trajectories.push_back(trajectory);
      return;
    }
    Trajectory& known = merged_.trajectories[at->second];
    if (trajectory.status == "not_run") return;
    if (known.status == "not_run") {
      known = trajectory;
      return;
    }
    const std::string what = "trajectory " + trajectory.id;
    expect_equal(what + ": lr", trajectory.lr, known.lr);
    expect_equal(what + ": steps", static_cast<double>(trajectory.steps), static_cast<double>(known.steps));
    expect_equal(what + ": weights_hash", trajectory.weights_hash, known.weights_hash);
  }

  void add(const Moment& moment) {
    for (const Moment& known : merged_.moments) {
      if (known.workload != moment.workload || known.checkpoint != moment.checkpoint || known.batch != moment.batch ||
          known.sampling != moment.sampling)
        continue;
      const std::string what =
          fmt::format("moments of {} at {}, batch {}", moment.workload, moment.checkpoint, moment.batch);
      expect_equal(what + ": trace_covariance", moment.trace_covariance, known.trace_covariance);
      expect_equal(what + ": gradient_norm_squared", moment.gradient_norm_squared, known.gradient_norm_squared);
      return;
    }
    merged_.moments.push_back(moment);
  }

  void add_timings(const Report& report) {
    if (report.timings.empty() && report.roofs.empty() && report.checks.empty()) return;
    const auto model = [](const Context& context) {
      const auto found = context.machine.find("model");
      return found == context.machine.end() ? std::string() : found->second;
    };
    if (!timed_on_) {
      timed_on_ = report.context;
      const std::map<std::string, std::string> configuration = merged_.context.configuration;
      merged_.context = report.context;  // the machine that the times are of
      merged_.context.configuration = configuration;
    }
    expect_equal("machine of the timings: host", report.context.host_name, timed_on_->host_name);
    expect_equal("machine of the timings: model", model(report.context), model(*timed_on_));
    for (const Roof& roof : report.roofs)
      if (std::none_of(merged_.roofs.begin(), merged_.roofs.end(),
                       [&](const Roof& r) { return r.threads == roof.threads; }))
        merged_.roofs.push_back(roof);
    // Processes count on over the reports; one that is there already came from the same report given twice.
    std::map<int, int> number;
    for (const Invocation& invocation : report.invocations) {
      if (!dates_.insert({invocation.date, invocation.id}).second) continue;
      Invocation renumbered = invocation;
      renumbered.id = number[invocation.id] = report.invocations.size() == 1 && merged_.invocations.empty()
                                                  ? invocation.id
                                                  : static_cast<int>(merged_.invocations.size()) + 1;
      merged_.invocations.push_back(renumbered);
    }
    for (Sentinel sentinel : report.sentinels) {
      if (!number.contains(sentinel.invocation)) continue;
      sentinel.invocation = number[sentinel.invocation];
      merged_.sentinels.push_back(sentinel);
    }
    for (Timing timing : report.timings) {
      if (!number.contains(timing.invocation)) continue;
      timing.invocation = number[timing.invocation];
      merged_.timings.push_back(timing);
    }
    for (const Check& check : report.checks)
      if (std::none_of(merged_.checks.begin(), merged_.checks.end(),
                       [&](const Check& c) { return c.kind == check.kind && c.subject == check.subject; }))
        merged_.checks.push_back(check);
  }

  void add(const Spent& spent) {
    for (Spent& known : merged_.spent)
      if (known.what == spent.what) {
        known.seconds += spent.seconds;
        return;
      }
    merged_.spent.push_back(spent);
  }

  Report merged_;
  std::map<std::string, std::size_t> trajectory_at_;
  std::set<std::pair<std::string, int>> dates_;
  std::optional<Context> timed_on_;
};

/// Of one kind of work, statistics or timings, all shards of N are there, or none.
bool covers(const std::vector<const Report*>& reports, const std::string& what) {
  std::set<int> shards, of;
  for (const Report* report : reports) {
    const std::string done = configured(*report, "shard-what");
    if ((done == "statistics" || done == "timings") && done != what) continue;
    const auto [index, count] = shard_of(*report);
    shards.insert(index);
    of.insert(count);
  }
  return of.empty() || (of.size() == 1 && static_cast<int>(shards.size()) == *of.begin());
}

/// No shard is missing, and nothing in them was left out.
bool is_whole(const std::vector<const Report*>& reports, const Report& merged) {
  return covers(reports, "statistics") && covers(reports, "timings") &&
         std::none_of(merged.trajectories.begin(), merged.trajectories.end(),
                      [](const Trajectory& trajectory) { return trajectory.status == "not_run"; }) &&
         !has_failed_check(merged);
}

}  // namespace

Report merge_reports(std::span<const Report> reports) {
  if (reports.empty()) throw InputError("cannot merge: found no reports; expected one or more");
  std::vector<const Report*> order;
  for (const Report& report : reports) order.push_back(&report);
  // Shards hold consecutive series: in their order the tables come out as one run would write them.
  std::stable_sort(order.begin(), order.end(),
                   [](const Report* a, const Report* b) { return shard_of(*a) < shard_of(*b); });
  Merging merging(*order.front());
  for (const Report* report : order) merging.add(*report);
  Report merged = merging.take();
  merged.status = is_whole(order, merged) ? "complete" : "partial";
  return analyse(std::move(merged));
}

}  // namespace descent
