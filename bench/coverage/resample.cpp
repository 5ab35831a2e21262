// Intervals of steps on runs that are drawn with replacement from those of a report, so that no distribution is
// assumed. The true value is what all runs of the report give.
#include <fmt/format.h>

#include <map>

#include "descent/analysis/analyse.hpp"
#include "descent/record/find.hpp"
#include "made_up.hpp"
#include "settings.hpp"

namespace descent::bench {
namespace {

/// A report of some runs, with only the parts that matter for steps.
record::Report without_times(record::Report report) {
  report.timings.clear(), report.moments.clear(), report.floors.clear(), report.checks.clear();
  report.tunings.clear(), report.sentinels.clear();
  return report;
}

using RunsOfSeries = std::map<std::string, std::vector<record::Trajectory>>;

record::Report drawn(const record::Report& empty, const RunsOfSeries& runs, int count, int trial) {
  record::Report report = empty;
  core::CounterRandom random = random_of(trial, 2);
  for (const record::Series& series : report.series) {
    const auto found = runs.find(series.id);
    if (found == runs.end()) continue;
    const std::vector<record::Trajectory>& all = found->second;
    const int copies = series.stochastic ? count : 1;
    for (int i = 0; i < copies; ++i) {
      record::Trajectory run = all[series.stochastic ? random.next_below(static_cast<std::uint32_t>(all.size())) : 0];
      run.seed = static_cast<std::uint64_t>(i + 1);
      run.id = series.id + "/" + std::to_string(i + 1);
      report.trajectories.push_back(std::move(run));
    }
  }
  return analysis::analyse(std::move(report));
}

/// Tallies of one kind of interval, by its workload and target.
class Group {
 public:
  Group(std::string procedure, int seeds) : procedure_(std::move(procedure)), seeds_(seeds) {}
  Tally& of(const std::string& workload, record::TargetKind kind, double value) {
    const std::string name = fmt::format("{}, {} {}, {} seeds", workload, to_text(kind), value, seeds_);
    return tallies_.try_emplace(name, procedure_, name).first->second;
  }
  void print(const Print& print) const {
    for (const auto& [name, tally] : tallies_) print(tally);
  }

 private:
  std::string procedure_;
  int seeds_;
  std::map<std::string, Tally> tallies_;
};

void compare(const record::Report& all, const record::Report& some, Group& mean, Group& median, Group& gain,
             Group& half) {
  for (std::size_t i = 0; i < some.convergence.size(); ++i) {
    const record::Convergence &truth = all.convergence[i], &row = some.convergence[i];
    if (row.deterministic) continue;
    const std::string workload = find_series(some, row.series)->workload;
    if (truth.ert_steps)
      mean.of(workload, row.target_kind, row.target_value).interval(row.mean_low, row.mean_high, *truth.ert_steps);
    if (truth.median_steps)
      median.of(workload, row.target_kind, row.target_value)
          .interval(row.median_low, row.median_high, *truth.median_steps);
  }
  const auto same = [](const auto& a, const auto& b) {
    return a.workload == b.workload && a.optimizer == b.optimizer && a.target_kind == b.target_kind &&
           a.target_value == b.target_value;
  };
  for (const record::Doubling& truth : all.doublings)
    for (const record::Doubling& row : some.doublings)
      if (truth.step_gain && same(truth, row) && truth.batch == row.batch)
        gain.of(row.workload, row.target_kind, row.target_value)
            .interval(row.step_gain_low, row.step_gain_high, *truth.step_gain);
  for (const record::Returns& truth : all.returns)
    for (const record::Returns& row : some.returns)
      if (truth.half_efficiency_batch && same(truth, row) && truth.lr_rule == row.lr_rule)
        half.of(row.workload, row.target_kind, row.target_value)
            .interval(row.half_low, row.half_high, *truth.half_efficiency_batch);
}

}  // namespace

void resample(const Settings& settings, const record::Report& report, const Print& print) {
  record::Report empty = without_times(report);
  const record::Report all = analysis::analyse(empty);
  RunsOfSeries runs;
  for (const record::Trajectory& run : report.trajectories)
    if (run.status != record::RunStatus::not_run) runs[run.series].push_back(run);
  empty.trajectories.clear();
  for (const int seeds : settings.seeds) {
    Group mean("expected steps", seeds), median("median steps", seeds), gain("doublings", seeds),
        half("half_efficiency_batch", seeds);
    for (int trial = 0; trial < settings.trials; ++trial)
      compare(all, drawn(empty, runs, seeds, trial), mean, median, gain, half);
    for (const Group* group : {&mean, &median, &gain, &half}) group->print(print);
  }
}

}  // namespace descent::bench
