#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "descent/analysis/analyse.hpp"
#include "descent/core/hash.hpp"
#include "descent/engine/sgemm_probe.hpp"
#include "descent/join/merge.hpp"
#include "descent/machine/team.hpp"
#include "descent/record/find.hpp"
#include "descent/sweep/load_options.hpp"
#include "descent/sweep/sweep.hpp"
#include "sweep/command.hpp"
#include "sweep/journal/identity.hpp"
#include "sweep/plan/check_memory.hpp"
#include "sweep/plan/estimate.hpp"
#include "sweep/stages/workloads.hpp"

namespace descent::sweep {
namespace {

/// The report whose statistics are used, and its name in messages.
struct Base {
  const record::Report& report;
  const std::string& place;

  [[noreturn]] void refuse(const std::string& what, const std::string& found, const std::string& expected) const {
    throw join::MergeConflict(fmt::format("{}: {}: found {}, expected {}", place, what, found, expected));
  }
};

void expect_whole(const Base& base) {
  const record::Context& context = base.report.context;
  if (context.shards > 1)
    base.refuse("its part of the work", fmt::format("share {} of {}", context.shard, context.shards),
                "a whole sweep; descent merge joins the shares");
  if (base.report.datasets.size() != 1) base.refuse("data sets", std::to_string(base.report.datasets.size()), "one");
  if (base.report.trajectories.empty()) base.refuse("trajectories", "none", "those of a sweep");
}

/// Compares the arithmetic fingerprints: if they are equal, both programs compute the same numbers.
void expect_arithmetic(const Base& base, const record::Context& here) {
  const auto value = [](const std::map<std::string, std::string>& texts, const std::string& name) {
    const auto found = texts.find(name);
    return found == texts.end() ? "nothing" : found->second;
  };
  std::set<std::string> names;
  for (const auto* texts : {&base.report.context.arithmetic, &here.arithmetic})
    for (const auto& [name, text] : *texts) names.insert(name);
  for (const std::string& name : names)
    if (const std::string found = value(base.report.context.arithmetic, name), expected = value(here.arithmetic, name);
        found != expected)
      base.refuse("arithmetic: " + name, found, expected + " as this program has it on this machine");
}

/// Compares the data; validation rows too, if some target is an accuracy.
void expect_data(const Base& base, const data::Split& data) {
  const record::DatasetRecord& there = base.report.datasets.front();
  const auto compare = [&](const std::string& what, const std::string& found, const std::string& expected) {
    if (found != expected)
      base.refuse(fmt::format("hash of the {} rows", what), found,
                  fmt::format("{}, that of {}", expected.empty() ? "none" : expected, data.training.source));
  };
  compare("training", there.content_hash, data.training.content_hash);
  const bool accuracy =
      std::any_of(base.report.targets.begin(), base.report.targets.end(),
                  [](const record::Target& target) { return target.kind == record::TargetKind::accuracy; });
  if (accuracy) compare("validation", there.validation_hash, data.validation.content_hash);
}

/// Hash of everything in the report that does not depend on the speed of a machine.
std::string hash_of_statistics(const record::Report& base) {
  record::Report statistics;
  statistics.context.arithmetic = base.context.arithmetic;
  statistics.datasets = base.datasets, statistics.workloads = base.workloads, statistics.targets = base.targets;
  statistics.series = base.series, statistics.trajectories = base.trajectories;
  std::ostringstream text;
  record::write_report(text, statistics);
  core::Sha256 hash;
  hash.update_values(std::span(text.view()));
  return hash.hex();
}

/// Which machine and program trained the steps. If the report itself took them from another report, that one's origin.
std::map<std::string, std::string> origin_of(const record::Context& context) {
  if (!context.statistics_from.empty()) return context.statistics_from;
  std::map<std::string, std::string> origin{{"date", context.date}, {"host", context.host_name}};
  for (const char* name : {"model", "cores"})
    if (const auto found = context.machine.find(name); found != context.machine.end()) origin.insert(*found);
  if (const auto commit = context.build.find("git_commit"); commit != context.build.end()) origin.insert(*commit);
  return origin;
}

/// Copies the statistics of `base` into this report.
void take_statistics(const record::Report& base, const SweepOptions& options, record::Report& report) {
  report.context.statistics_from = origin_of(base.context);
  report.datasets = base.datasets;
  report.datasets.front().uri = options.data;
  report.workloads = base.workloads, report.targets = base.targets, report.series = base.series;
  report.tunings = base.tunings, report.trajectories = base.trajectories;
  report.moments = base.moments, report.floors = base.floors, report.loss_shapes = base.loss_shapes;
  report.landscapes = base.landscapes, report.demonstrations = base.demonstrations;
}

/// Estimated seconds of the remaining stages. Training is estimated from the time that the report's runs took.
std::vector<std::pair<std::string, double>> estimate(const record::Report& base, const Plan& sweep, double workers) {
  std::vector<std::pair<std::string, double>> stages;
  for (const auto& [stage, seconds] : sweep.estimate_by_stage) {
    if (stage == "calibrate" || stage == "time" || stage == "check") stages.emplace_back(stage, seconds);
    if (stage != "train") continue;
    double runs = 0;
    for (const record::Trajectory& run : base.trajectories)
      if (!run.kept.empty() && run.steps > 0)
        runs += run.train_seconds * static_cast<double>(run.kept.back().step) / static_cast<double>(run.steps);
    stages.emplace_back(stage, runs / workers);
  }
  return stages;
}

/// Opens the plan's workloads and series that the report has.
void open_series(SweepState& state, const Base& base) {
  const int most = *std::max_element(state.options.threads.begin(), state.options.threads.end());
  machine::Team team({std::min(machine::available_cpus(), most), state.options.pin, state.options.placement});
  for (const WorkloadPlan& plan : state.table.workloads) {
    WorkloadState& workload = state.workloads.emplace_back();
    const record::Workload* const known = record::find_workload(base.report, plan.id);
    workload.record.id = plan.id;
    workload.wanted = known != nullptr;
    if (known == nullptr) continue;
    workload.record = *known;
    workload.loss = loss_of(plan.loss);
    complete(state, workload, team);
  }
  for (const SeriesPlan& plan : state.table.series) {
    if (!state.workloads[plan.workload].wanted) continue;
    std::optional<SeriesState> series = make_series(state, plan);
    const record::Series* const known = series ? record::find_series(base.report, series->record.id) : nullptr;
    if (known == nullptr) continue;
    series->record = *known;
    for (const record::Trajectory& run : base.report.trajectories)
      if (run.series == known->id && run.status != record::RunStatus::not_run)
        series->trajectories.emplace(run.seed, run);
    if (!series->trajectories.empty()) {
      const record::Trajectory& first = series->trajectories.begin()->second;
      if (first.kept.empty())
        base.refuse("run " + first.id, "no weights that were kept on the way", "those that its steps are timed from");
      for (const record::KeptWeights& kept : first.kept) series->snapshots.push_back({kept.label, kept.step, {}});
    }
    state.series.push_back(std::move(*series));
  }
  for (const record::Series& series : base.report.series)
    if (std::none_of(state.series.begin(), state.series.end(),
                     [&](const SeriesState& known) { return known.record.id == series.id; }))
      base.refuse("series " + series.id, "it in the report", "one that this program plans for its configuration");
}

}  // namespace

record::Report time_report(const record::Report& base_report, const std::string& base_place,
                           const SweepOptions& options, const std::vector<std::string>& command,
                           SweepObserver& observer, const std::atomic<bool>& cancel) {
  const SweepState::Clock::time_point begin = SweepState::Clock::now();  // the budget is of the whole command
  const Base base{base_report, base_place};
  expect_whole(base);
  check_options(options);
  const record::Context context = make_context(options, command);
  expect_arithmetic(base, context);
  data::Split data = load_inputs(options.data, load_options(options));
  expect_data(base, data);
  // ids begin with the data set's name in the report, whatever the files are called here
  data.training.name = base.report.datasets.front().id;
  expect_engines_accept(options, data);
  check_memory(options, data.training);
  const int most = *std::max_element(options.threads.begin(), options.threads.end());
  engine::prepare_openblas(most);
  if (options.invocations > 0) machine::expect_threads(most);  // as many as a process that takes timings has
  const SeriesTable table = plan_series(options, data);
  const std::unique_ptr<Journal> journal =
      open_journal(options, journal_identity(context, data, hash_of_statistics(base.report)), observer);

  SweepState state(options, data, table, observer, cancel, *journal);
  state.begin = begin;
  state.retraces = true;
  state.engine = engine::make_engine(options.trajectory_engine);
  state.report.context = context;
  state.remaining.plan(estimate(base.report, estimate_plan(options, data, table), machine::available_cpus()));
  take_statistics(base.report, options, state.report);
  open_series(state, base);
  calibrate(state);
  retrace(state);
  run_timings(state);
  if (!state.cancel) {
    state.report = analysis::analyse(std::move(state.report));  // names the best cell, which the checks take first
    run_checks(state);
  }
  return finish(state);
}

}  // namespace descent::sweep
