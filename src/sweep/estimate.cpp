#include "sweep/estimate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "descent/engine/linear_objective.hpp"
#include "descent/train/train.hpp"

namespace descent {
namespace {

/// Trials of a search, in runs of the winner: about nine rates, most of which stop early.
constexpr double kTrialsPerSeed = 7;

double run_units(const SeriesPlan& series, double n, double target) {
  const double steps = expected_steps(series, n, target);
  std::size_t points = 0;
  while (static_cast<double>(grid_step(points)) < steps) ++points;
  const double update_rows = 1.5;  // what a step costs whatever its batch: the update of all weights
  return steps * (static_cast<double>(series.batch) + update_rows) + static_cast<double>(points + 1) * n;
}

double search_units(const SeriesPlan& series, double n) {
  if (series.lr_rule != "tuned") return 0;
  return kTrialsPerSeed * static_cast<double>(series.walking_seeds) * run_units(series, n, series.target);
}

/// Seconds for one row through value and gradient on one thread, from a pass over some rows.
double seconds_per_row(const SweepOptions& options, const Split& data, const Loss& loss) {
  Team team({1, options.pin, options.placement});
  LinearObjective objective(data, loss, options.l2, *make_engine(options.trajectory_engine), team);
  std::vector<std::uint32_t> rows(std::min<std::size_t>(data.training.rows(), 4096));
  std::iota(rows.begin(), rows.end(), 0U);
  const std::vector<float> w(objective.parameters(), 0.0F);
  std::vector<float> gradient(w.size());
  double best = 1e300;
  for (int i = 0; i < 3; ++i) {
    const Stopwatch watch;
    objective.gradient(w, rows, gradient);
    best = std::min(best, watch.seconds());
  }
  return best / static_cast<double>(rows.size());
}

}  // namespace

double expected_steps(const SeriesPlan& series, double n, double target) {
  const double batch = static_cast<double>(series.batch);
  // Seen on several data sets: a few passes per factor of ten at small batches, and no fewer steps beyond batch 300.
  const double epochs = 2.5 * std::max(0.5, -std::log10(target)) * (1 + batch / 300);
  return std::min(static_cast<double>(series.max_steps), std::ceil(epochs * n / batch));
}

double expected_run_units(const SweepState& state, const SeriesPlan& series) {
  const auto n = static_cast<double>(state.data.training.rows());
  const bool has_target = state.workloads[series.workload].value_at(0.5).has_value();
  return run_units(series, n, has_target ? series.target : 0.0);
}

double expected_search_units(const SweepState& state, const SeriesPlan& series) {
  return search_units(series, static_cast<double>(state.data.training.rows()));
}

Plan make_plan(const SweepOptions& options, const Split& data) {
  const SeriesTable table = plan_series(options, data);
  const auto n = static_cast<double>(data.training.rows());
  const double workers = std::min(available_cpus(), *std::max_element(options.threads.begin(), options.threads.end()));
  Plan plan;
  double optimum = 0, search = 0, train = 0, timing = 0, checks = 0;
  std::vector<double> row_seconds;
  for (const WorkloadPlan& workload : table.workloads) {
    const auto loss = make_loss(workload.loss);
    row_seconds.push_back(seconds_per_row(options, data, *loss));
    // In double: some 150 passes of L-BFGS and Newton-CG, about 1,000 of a dual method.
    optimum += n * row_seconds.back() * 3 / workers * (loss->traits().smooth ? 150 : 1000);
  }
  const double blocks = 2, per_process = 1, processes = std::max(1, options.invocations);
  for (const SeriesPlan& series : table.series) {
    PlannedCell cell{table.workloads[series.workload].loss, series.optimizer, series.sampling, series.batch,
                     static_cast<int>(series.seeds.size()), options.threads,  series.max_steps};
    const double row = row_seconds[series.workload];
    const double run = run_units(series, n, series.target) * row;
    search += search_units(series, n) * row / workers;
    if (!series.owned) continue;
    plan.cells.push_back(cell);
    train += run * static_cast<double>(series.seeds.size()) / workers;
    if (!series.headline || series.lr_rule == "linear" || series.lr_rule == "sqrt") continue;
    const double cells = static_cast<double>(options.threads.size() * options.engines.size());
    timing += cells * processes * (blocks + 1) * (std::max(0.012, static_cast<double>(series.batch) * row) + 0.002);
    checks += 0.1 * cells * run;
  }
  const double probe = (options.preset == "quick" ? 0.5 : 2) * static_cast<double>(options.threads.size());
  const bool statistics = options.shard_what != "timings", timings = options.shard_what != "statistics";
  plan.estimate_by_stage = {{"calibrate", timings ? probe : 0},
                            {"optimum", optimum},
                            {"search", search},
                            {"train", train},
                            {"moments", statistics ? 0.05 * (search + train) : 0},
                            {"time", timings ? timing + per_process * processes : 0},
                            {"check", timings ? checks : 0}};
  for (const auto& [stage, seconds] : plan.estimate_by_stage) plan.estimated_seconds += seconds;
  if (options.budget_seconds) plan.estimated_seconds = std::min(plan.estimated_seconds, *options.budget_seconds);
  return plan;
}

}  // namespace descent
