#include <algorithm>
#include <cmath>

#include "analysis/floor.hpp"
#include "analysis/passage.hpp"
#include "analysis/tables.hpp"
#include "analysis/uphill.hpp"
#include "descent/stats/interval.hpp"
#include "descent/stats/steady_state.hpp"
#include "descent/stats/summary.hpp"

namespace descent::analysis {
namespace {

constexpr std::size_t kHalfWidth = 4;  // grid points: half an octave of steps each way
constexpr std::size_t kEnoughPoints = 5;
constexpr double kAtFloor = 1.25;  // times the floor: a run is steady once δ is below this

std::vector<CurveRun> runs_of(const record::Report& report, const record::Series& series,
                              const record::Workload& workload, const SteadyState& floor) {
  std::vector<CurveRun> runs;
  for (const record::Trajectory& record : report.trajectories) {
    if (record.series != series.id || record.status != record::RunStatus::completed) continue;
    CurveRun run{&record, progress_of(record, workload, {record::TargetKind::suboptimality, 0}), {}};
    run.delta.resize(std::min({run.delta.size(), record.curve.step.size(), record.curve.loss.size()}));
    if (floor.from) {
      const auto at = std::find_if(run.delta.begin(), run.delta.end(),
                                   [&](double delta) { return delta <= kAtFloor * floor.delta; });
      if (at != run.delta.end()) run.steady = static_cast<std::size_t>(at - run.delta.begin());
    }
    runs.push_back(std::move(run));
  }
  return runs;
}

/// Batch loss against full loss at the same weights, near the checkpoint that is nearest to the headline target, where
/// Var_i(ℓ_i) is known.
void add_evaluation_noise(const record::Report& report, const record::Series& series, const record::Workload& workload,
                          const std::vector<CurveRun>& runs, double wanted, record::CurveNoise& row) {
  const record::Moment* const moment = checkpoint_near(report, series.workload, wanted);
  const double level = moment != nullptr ? *moment->delta : wanted;
  double squares = 0, count = 0;
  for (const CurveRun& run : runs)
    for (std::size_t i = 0; i < run.delta.size() && i < run.record->curve.batch_loss.size(); ++i) {
      const record::Real &batch = run.record->curve.batch_loss[i], &full = run.record->curve.loss[i];
      if (!batch || !full || run.delta[i] > kNear * level || run.delta[i] * kNear < level) continue;
      squares += (*batch - *full) * (*batch - *full), ++count;
    }
  if (count >= kEnoughPoints) row.evaluation_sd_measured = std::sqrt(squares / count);
  if (moment == nullptr || !moment->loss_variance || !series.stochastic) return;
  const double factor = variance_factor(series.sampling, rows_of(report, workload), series.batch);
  row.evaluation_sd_predicted = std::sqrt(factor * std::max(0.0, *moment->loss_variance));
}

/// Standard deviation of ln δ about its local trend in ln step; and from successive differences once there is no trend.
void add_residuals(const std::vector<CurveRun>& runs, record::CurveNoise& row) {
  double squares = 0, count = 0, neumann = 0, weight = 0;
  for (const CurveRun& run : runs) {
    std::vector<double> x, y, steady;
    for (std::size_t i = 1; i < run.delta.size(); ++i) {
      if (!(run.delta[i] > 0) || run.record->curve.step[i] <= 0) continue;
      x.push_back(std::log(static_cast<double>(run.record->curve.step[i]))), y.push_back(std::log(run.delta[i]));
      if (run.steady && i >= *run.steady) steady.push_back(y.back());
    }
    for (const double residual : stats::detrend(x, y, kHalfWidth)) squares += residual * residual, ++count;
    if (steady.size() < 2 * kEnoughPoints) continue;
    const double sd = stats::von_neumann_sd(steady), pairs = static_cast<double>(steady.size() - 1);
    neumann += pairs * sd * sd, weight += pairs;
  }
  if (count > 0) row.residual_sd = std::sqrt(squares / count);
  if (weight > 0) row.von_neumann_sd = std::sqrt(neumann / weight);
}

/// Standard deviation of ln steps to the headline target between seeds; unknown if a run is censored.
void add_seed_deviation(const record::Report& report, const record::Series& series, const record::Workload& workload,
                        const Target& headline, record::CurveNoise& row) {
  if (no_optimum(workload)) {
    row.seed_sd_status = record::SpreadStatus::no_optimum;
    return;
  }
  std::vector<double> logs;
  const SeriesRuns runs = runs_to_target(report, series, workload, headline);
  for (const stats::Duration& run : runs.runs)
    if (run.reached && run.time > 0) logs.push_back(std::log(run.time));
  row.seed_sd_status = logs.size() != runs.runs.size() ? record::SpreadStatus::censored
                       : logs.size() < 2               ? record::SpreadStatus::too_few
                                                       : record::SpreadStatus::ok;
  if (row.seed_sd_status != record::SpreadStatus::ok) return;
  row.seed_sd = std::sqrt(stats::variance(logs));
  const auto interval = stats::deviation_interval(logs);
  row.seed_sd_low = interval->low, row.seed_sd_high = interval->high;
}

}  // namespace

void derive_curve_noise(record::Report& report) {
  report.curve_noise.clear();
  const std::optional<Target> headline = headline_of(report);
  for (const record::Series& series : report.series) {
    const record::Workload* const workload = find_workload(report, series.workload);
    if (workload == nullptr) continue;
    record::CurveNoise row;
    row.series = series.id;
    const SteadyState floor = add_floor(report, series, *workload, row);
    hold_against_target(report, series, *workload, row);
    const std::vector<CurveRun> runs = runs_of(report, series, *workload, floor);
    if (runs.empty()) continue;
    if (headline && headline->value > 0) {
      add_evaluation_noise(report, series, *workload, runs, headline->value, row);
      if (series.stochastic) add_seed_deviation(report, series, *workload, *headline, row);
    }
    add_uphill(report, series, *workload, runs, floor, row);
    add_residuals(runs, row);
    report.curve_noise.push_back(std::move(row));
  }
}

}  // namespace descent::analysis
