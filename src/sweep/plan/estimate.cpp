#include "sweep/plan/estimate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "descent/machine/nominal.hpp"
#include "descent/record/find.hpp"
#include "descent/train/sampler.hpp"
#include "descent/train/train.hpp"
#include "sweep/plan/check_memory.hpp"
#include "sweep/problem.hpp"
#include "sweep/search/search.hpp"
#include "sweep/search/training.hpp"

namespace descent::sweep {

namespace nominal = machine::nominal;

namespace {

// How much work there is; machine/nominal.hpp has the costs.
constexpr double kBeyond = 1.15;      // times the expected steps: a run ends at the second grid point under its target
constexpr double kStepOfGrid = 0.09;  // times gd's steps: those between the two grid points around its target
constexpr double kProbes = 2.35;      // times roof_seconds: the probes, and sgemm besides
constexpr double kSmoothPasses = 400, kKinkedPasses = 1500;  // of the reference solvers on MNIST

/// The number of points of the evaluation grid up to a step.
double grid_points(double steps) {
  std::size_t points = 0;
  while (static_cast<double>(train::grid_step(points)) < steps) ++points;
  return static_cast<double>(points + 1);
}

/// The steps after which a reported run ends.
double run_steps(const SeriesPlan& series, double n, double target) {
  const double most = series.full_batch ? kRateSteps : kMeanSteps;
  return std::min(most * kBeyond * expected_steps(series, n, target), static_cast<double>(series.max_steps));
}

double run_units(const SeriesPlan& series, double n, double target) {
  const double exact = series.full_batch ? std::min(kBeyond * expected_steps(series, n, target) * kStepOfGrid,
                                                    static_cast<double>(train::kMostExactSteps))
                                         : 0;
  const double steps = run_steps(series, n, target), points = grid_points(steps) + exact;
  return steps * (static_cast<double>(series.batch) + nominal::kUpdateRows) + nominal::kEvaluationRow * points * n;
}

double search_units(const SeriesPlan& series, double n) {
  if (series.lr_rule != record::RateRule::tuned) return 0;
  const SearchWork work = expected_search(series, n);
  return work.steps * (static_cast<double>(series.batch) + nominal::kUpdateRows) +
         nominal::kTrialEvaluationRow * work.evaluations * n;
}

/// Seconds for one row through value and gradient on one thread, from a pass over some rows.
double seconds_per_row(const SweepOptions& options, const data::Split& data, const loss::Loss* loss) {
  machine::Team team({1, options.pin, options.placement});
  const auto engine = engine::make_engine(options.trajectory_engine);
  const auto bound = train::bind(*train::make_model(options.model),
                                 make_problem(data.training, data.validation, loss, options.l2), *engine, team);
  engine::Objective& objective = *bound;
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

/// Seconds to draw the number of one row of a batch, off the clock of the steps.
double seconds_per_draw(const SeriesPlan& series, std::size_t n) {
  if (series.full_batch || n == 0) return 0;
  constexpr std::size_t kMostRows = 1'000'000, kDrawn = 1 << 14;
  const auto batch = static_cast<std::size_t>(series.batch);
  const std::size_t drawn_from = std::max(batch, std::min(n, kMostRows));
  train::Sampler sampler(series.sampling, drawn_from, batch, 1);
  const std::size_t steps = std::min(std::max<std::size_t>(1, kDrawn / batch), drawn_from / batch);
  std::vector<std::uint32_t> rows(steps * batch);
  double best = 1e300;
  for (std::uint64_t i = 0; i < 3; ++i) {
    const Stopwatch watch;
    sampler.rows(i * sampler.steps_per_epoch(), steps, rows);  // a shuffle each time
    best = std::min(best, watch.seconds());
  }
  return best / static_cast<double>(series.sampling == record::Sampling::reshuffle ? drawn_from : rows.size());
}

}  // namespace

SearchWork expected_search(const SeriesPlan& series, double n) {
  struct Kind {
    double runs, trials;
  };
  const std::size_t seeds = series.tuning_seeds.size();
  const Kind kind = seeds == 1 ? Kind{14, 13}
                    : seeds > LearningRateSearch::kMostSeeds
                        ? Kind{7.3 * static_cast<double>(seeds), 5.0 * static_cast<double>(seeds)}
                    : series.walking_seeds == 1 ? Kind{66, 54}
                                                : Kind{75, 55};
  const double steps = expected_steps(series, n, series.target);
  // Trials on large data are evaluated only from an eighth of the incumbent's steps on.
  const double skipped = n > 2000 ? grid_points(steps / 8) : 0;
  return {kind.runs * steps, kind.trials * (grid_points(steps) - skipped + 1), kind.trials};
}

double expected_steps(const SeriesPlan& series, double n, double target) {
  constexpr double kLandscapeSteps = 200;
  // a target that is a value of f is expected to take as many steps as this share of the gap
  constexpr double kLikeShare = 1e-2;
  if (!(n > 0)) return std::min(static_cast<double>(series.max_steps), kLandscapeSteps);
  const double batch = static_cast<double>(series.batch);
  // Passes over the data at small batches, as seen on several data sets: about one to reach 1e-1, five to reach 1e-2,
  // then more, since the noise of a constant rate is the limit; three times as many on a few hundred rows. Beyond batch
  // 600 larger batches do not take fewer steps.
  if (series.target_kind != record::TargetKind::suboptimality) target = kLikeShare;
  const double decades = std::max(0.5, -std::log10(target)) - 2;
  const double passes = 5 * std::pow(10, (decades <= 0 ? 0.75 : 0.8) * decades) * (1 + 400 / n);
  return std::min(static_cast<double>(series.max_steps), std::ceil(passes * (1 + batch / 600) * n / batch));
}

double expected_run_units(const SweepState& state, const SeriesPlan& series) {
  const auto n = static_cast<double>(state.data.training.rows());
  const bool has_target = state.workloads[series.workload].value_at(series.aim()).has_value();
  return run_units(series, n, has_target ? series.target : 0.0);
}

double expected_search_units(const SweepState& state, const SeriesPlan& series) {
  return search_units(series, static_cast<double>(state.data.training.rows()));
}

Instalments expected_instalments(const SweepState& state, const SeriesPlan& series) {
  const auto n = static_cast<double>(state.data.training.rows());
  return {search_units(series, n), expected_search(series, n).trials};
}

Plan make_plan(const SweepOptions& options, const data::Split& data) {
  check_memory(options, data.training);
  return estimate_plan(options, data, plan_series(options, data));
}

Plan estimate_plan(const SweepOptions& options, const data::Split& data, const SeriesTable& table) {
  const auto n = static_cast<double>(data.training.rows());
  const double workers =
      std::min(machine::available_cpus(), *std::max_element(options.threads.begin(), options.threads.end()));
  Plan plan;
  plan.notes = table.notes;
  double optimum = 0, search = 0, train = 0, timing = 0, checks = 0;
  std::vector<double> row_seconds, origins;
  for (const WorkloadPlan& workload : table.workloads) {
    if (data.training.rows() == 0) {  // a landscape
      constexpr double kStepSeconds = 1e-7;
      row_seconds.push_back(kStepSeconds);
      origins.push_back(1);
      continue;
    }
    if (workload.loss == kNoLoss) {  // a workload without a loss: its optimum is known in closed form
      row_seconds.push_back(seconds_per_row(options, data, nullptr));
      origins.push_back(1);
      continue;
    }
    const auto loss = loss::make_loss(workload.loss);
    row_seconds.push_back(seconds_per_row(options, data, loss.get()));
    const double work =
        n * static_cast<double>(data.training.width()) * static_cast<double>(loss->outputs(data.training.classes));
    const bool smooth = loss->traits().smooth;
    if (smooth)
      optimum += n * row_seconds.back() * nominal::kSmoothSolverRow * kSmoothPasses / workers;
    else if (work > kSmallWork)
      optimum += n * row_seconds.back() * nominal::kKinkedSolverPart * kKinkedPasses;
    else  // solved to the last digit: 130 passes (a9a) or more
      optimum += n * std::max(row_seconds.back(), nominal::kKinkedSolverRow) * kKinkedPasses;
    origins.push_back(smooth ? 1 : 3);
  }
  constexpr double kRounds = 3, kWarmUps = 4;
  const double processes = std::max(1, options.invocations);
  const double load_seconds =
      nominal::kProcess + n * static_cast<double>(data.training.width()) * 4 * nominal::kLoadedByte;
  double check_runs = 0;
  for (const SeriesPlan& series : table.series) {
    PlannedCell cell{table.workloads[series.workload].loss, series.optimizer, series.sampling, series.batch,
                     static_cast<int>(series.seeds.size()), options.threads,  series.max_steps};
    const double row = row_seconds[series.workload], draw = seconds_per_draw(series, data.training.rows());
    const double drawn = draw * static_cast<double>(series.batch);
    const double run = run_units(series, n, series.target) * row + run_steps(series, n, series.target) * drawn;
    if (series.lr_rule == record::RateRule::tuned) {
      const SearchWork work = expected_search(series, n);
      search += (search_units(series, n) * row + work.steps * drawn + nominal::kPiece * work.trials) / workers;
    }
    if (!series.owned) continue;
    plan.cells.push_back(cell);
    train += (run + nominal::kPiece) * static_cast<double>(series.seeds.size()) / workers;
    // A tenth of the cells is checked, and at least five; short runs are repeated.
    checks += static_cast<double>(options.threads.size()) * run * 1.5, ++check_runs;
    if (!series.headline || record::is_scaled(series.lr_rule)) continue;
    const double cells = static_cast<double>(options.threads.size() * options.engines.size());
    const double sample = std::max(nominal::kTimingSample, static_cast<double>(series.batch) * row) * (1 + draw / row);
    timing +=
        cells * processes * (origins[series.workload] * kRounds * (sample + nominal::kSentinels) + kWarmUps * sample);
  }
  check_runs *= static_cast<double>(options.threads.size());
  if (check_runs > 0)
    checks *=
        std::min(1.0, (std::max(5.0, check_runs / 10) + static_cast<double>(table.workloads.size())) / check_runs);
  const double probe = kProbes * options.roof_seconds * static_cast<double>(options.threads.size());
  const bool timings = options.shard_what != "statistics";
  plan.estimate_by_stage = {{"calibrate", timings ? probe : 0},
                            {"optimum", optimum},
                            {"search", search},
                            {"train", train},
                            {"moments", 0.05 * (search + train)},
                            {"time", timings ? timing + load_seconds * processes : 0},
                            {"check", timings ? checks : 0}};
  for (const auto& [stage, seconds] : plan.estimate_by_stage) plan.estimated_seconds += seconds;
  if (options.budget_seconds) plan.estimated_seconds = std::min(plan.estimated_seconds, *options.budget_seconds);
  return plan;
}

}  // namespace descent::sweep
