#include "descent/sweep/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "descent/analysis/analyse.hpp"
#include "descent/engine/sgemm_probe.hpp"
#include "descent/machine/team.hpp"
#include "descent/solve/spectrum.hpp"
#include "descent/sweep/load_options.hpp"
#include "descent/train/landscape.hpp"
#include "sweep/command.hpp"
#include "sweep/journal/identity.hpp"
#include "sweep/journal/piece.hpp"
#include "sweep/plan/check_memory.hpp"
#include "sweep/plan/estimate.hpp"
#include "sweep/stages/landscape_grid.hpp"
#include "sweep/stages/loss_shapes.hpp"

namespace descent::sweep {
namespace {

record::DatasetRecord describe(const SweepOptions& options, const data::Split& data) {
  const data::Dataset& training = data.training;
  record::DatasetRecord record;
  record.id = training.name;
  record.uri = options.data;
  record.n = static_cast<std::int64_t>(training.rows());
  record.validation_n = static_cast<std::int64_t>(data.validation.rows());
  record.d = static_cast<std::int64_t>(training.width());
  record.classes = training.classes;
  record.bias = training.has_bias;
  record.preprocess = options.preprocess.empty() ? "default" : options.preprocess;
  record.content_hash = training.content_hash;
  record.validation_hash = data.validation.content_hash;
  record.label_column = data.label_column;
  record.label_names = training.label_names;
  record.notes = data.notes;
  if (const std::span<const std::int32_t> labels = data.validation.labels; !labels.empty()) {
    std::map<std::int32_t, int> counts;
    int most = 0;
    for (const std::int32_t label : labels) most = std::max(most, ++counts[label]);
    record.validation_largest_class = most / static_cast<double>(labels.size());
  }
  if (training.rows() == 0) {  // a landscape
    record.preprocess = "none";
    return record;
  }
  record.lambda1 = solve::largest_eigenvalue(training).value;
  record.max_row_norm_squared = solve::max_row_norm_squared(training);
  return record;
}

record::Trajectory not_run(const SeriesState& series, std::uint64_t seed) {
  record::Trajectory record;
  record.id = fmt::format("{}/{}", series.record.id, seed);
  record.series = series.record.id;
  record.workload = series.record.workload;
  record.optimizer = series.plan.optimizer;
  record.batch = series.plan.batch;
  record.seed = seed;
  record.lr = series.record.chosen_lr;
  return record;
}

/// The targets of the options, plus validation accuracy if it is known at an optimum, since losses can only be compared
/// by accuracy.
std::vector<record::Target> reported_targets(const SweepState& state) {
  std::vector<record::Target> targets = targets_of(state.options);
  if (std::any_of(state.workloads.begin(), state.workloads.end(), [](const WorkloadState& workload) {
        return workload.record.optimum_validation_accuracy.has_value();
      }))
    targets.push_back({record::TargetKind::accuracy, kAccuracyTolerance, false});
  return targets;
}

/// Copies the raw tables that were filled in any order into the report, in the order of the plan.
void assemble(const SweepState& state, record::Report& report) {
  report.targets = reported_targets(state);
  if (state.data.training.rows() > 0) report.loss_shapes = loss_shapes();
  const std::string landscape = train::landscape_of(state.options.data);
  for (const WorkloadState& workload : state.workloads) {
    if (!workload.wanted) continue;
    report.workloads.push_back(workload.record);
    if (!landscape.empty()) report.landscapes.push_back(landscape_grid(landscape, workload.record.id));
  }
  for (const SeriesState& series : state.series) {
    if (!series.plan.owned) continue;
    report.series.push_back(series.record);
    report.tunings.insert(report.tunings.end(), series.tunings.begin(), series.tunings.end());
    for (const std::uint64_t seed : series.plan.seeds) {
      const auto found = series.trajectories.find(seed);
      report.trajectories.push_back(found == series.trajectories.end() ? not_run(series, seed) : found->second);
    }
  }
}

/// Runs the stages one after the other; each returns early when there is no more time.
void run_stages(SweepState& state) {
  calibrate(state);
  find_optima(state);
  run_statistics(state);
  run_moments(state);
  run_curvatures(state);
  run_demonstrations(state);
  assemble(state, state.report);
  run_timings(state);
  if (state.cancel) return;
  state.report = analysis::analyse(std::move(state.report));  // the checks begin with the best cell, which this finds
  run_checks(state);
}

}  // namespace

record::Report run_sweep(const SweepOptions& options, const std::vector<std::string>& command, SweepObserver& observer,
                         const std::atomic<bool>& cancel) {
  const SweepState::Clock::time_point begin = SweepState::Clock::now();  // the budget is for the whole command
  check_options(options);
  const data::Split data = load_inputs(options.data, load_options(options));
  // Checks that need the data come before anything is written.
  expect_engines_accept(options, data);
  check_memory(options, data.training);
  if (options.shard_what != "statistics") {  // roofs are measured
    const int most = *std::max_element(options.threads.begin(), options.threads.end());
    engine::prepare_openblas(most);
    if (options.invocations > 0) machine::expect_threads(most);  // as many as a process that takes timings has
  }
  const SeriesTable table = plan_series(options, data);
  for (const std::string& note : table.notes) observer.warn(note);
  const record::Context context = make_context(options, command);
  const std::unique_ptr<Journal> journal = open_journal(options, journal_identity(context, data), observer);
  SweepState state(options, data, table, observer, cancel, *journal);
  state.begin = begin;
  state.engine = engine::make_engine(options.trajectory_engine);
  state.report.context = context;
  state.remaining.plan(estimate_plan(options, data, table).estimate_by_stage);
  state.report.datasets.push_back(piece<record::DatasetRecord>(state, "optimum", "dataset", data.training.name, 1,
                                                               [&] { return describe(options, data); }));
  run_stages(state);
  return finish(state);
}

}  // namespace descent::sweep
