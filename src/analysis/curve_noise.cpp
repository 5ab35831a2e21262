#include <algorithm>
#include <cmath>

#include "analysis/passage.hpp"
#include "analysis/tables.hpp"
#include "descent/stats/binomial.hpp"
#include "descent/stats/interval.hpp"
#include "descent/stats/steady_state.hpp"
#include "descent/stats/summary.hpp"

namespace descent {
namespace {

constexpr std::size_t kHalfWidth = 4;  // grid points: half an octave of steps each way
constexpr std::size_t kEnoughPoints = 5;
constexpr double kNear = 3;              // factor in δ around a checkpoint that still counts as near
constexpr std::int64_t kEpochEnds = 16;  // within a sixteenth of an epoch is near its end
constexpr double kLevel = 0.8;           // last third over first third: what falls more is no floor

/// One run of a series on the evaluation grid.
struct Run {
  const Trajectory* record;
  std::vector<double> delta;          // up to the first point that is missing
  std::optional<std::size_t> steady;  // first point after the burn-in
};

std::vector<Run> runs_of(const Report& report, const Series& series, const Workload& workload) {
  std::vector<Run> runs;
  for (const Trajectory& record : report.trajectories) {
    if (record.series != series.id || record.status != "completed") continue;
    Run run{&record, progress_of(record.curve, workload, {"suboptimality", 0}), {}};
    run.delta.resize(std::min({run.delta.size(), record.curve.step.size(), record.curve.loss.size()}));
    // A run that stopped at its target was still on its way.
    if (run.delta.size() > 1 && record.stop != "target") run.steady = stats::burn_in(run.delta);
    runs.push_back(std::move(run));
  }
  return runs;
}

/// Of the workload's checkpoints the one whose δ is nearest to `wanted` in ln δ; what is read from it is the same for
/// all its batches.
const Moment* moment_near(const Report& report, const Series& series, double wanted) {
  const Moment* found = nullptr;
  const auto away = [&](const Moment& moment) { return std::abs(std::log(*moment.delta / wanted)); };
  for (const Moment& moment : report.moments) {
    if (moment.workload != series.workload || !moment.delta || !(*moment.delta > 0)) continue;
    if (found == nullptr || away(moment) < away(*found)) found = &moment;
  }
  return found;
}

/// Batch loss against full loss at the same weights, near a checkpoint where Var_i(ℓ_i) is known; and the chance that
/// the next batch loss is higher: their difference is normal about the expected change, with twice that variance.
void add_evaluation_noise(const Report& report, const Series& series, const Workload& workload,
                          const std::vector<Run>& runs, double wanted, CurveNoise& row) {
  const Moment* const moment = moment_near(report, series, wanted);
  const double level = moment != nullptr ? *moment->delta : wanted;
  double squares = 0, count = 0;
  for (const Run& run : runs)
    for (std::size_t i = 0; i < run.delta.size() && i < run.record->curve.batch_loss.size(); ++i) {
      const Real &batch = run.record->curve.batch_loss[i], &full = run.record->curve.loss[i];
      if (!batch || !full || run.delta[i] > kNear * level || run.delta[i] * kNear < level) continue;
      squares += (*batch - *full) * (*batch - *full), ++count;
    }
  if (count >= kEnoughPoints) row.evaluation_sd_measured = std::sqrt(squares / count);
  if (moment == nullptr || !moment->loss_variance || series.optimizer == "gd") return;
  const double factor = variance_factor(series.sampling, rows_of(report, workload), series.batch);
  row.evaluation_sd_predicted = std::sqrt(factor * std::max(0.0, *moment->loss_variance));
  if (!(*row.evaluation_sd_predicted > 0) || !moment->curvature_gradient || !moment->curvature_covariance ||
      series.schedule != "constant" || !(series.chosen_lr > 0))
    return;
  const double rate = series.chosen_lr, bend = *moment->curvature_gradient + factor * *moment->curvature_covariance;
  const double change = -rate * moment->gradient_norm_squared + rate * rate / 2 * bend;
  row.uphill_predicted = stats::normal_below(change / (std::sqrt(2.0) * *row.evaluation_sd_predicted));
}

/// Counts rises between successive grid points that are both there.
struct Rises {
  double up = 0, pairs = 0;
  void add(const Real& before, const Real& after) {
    if (before && after) up += *after > *before, ++pairs;
  }
  Real share() const { return pairs > 0 ? Real(up / pairs) : Real(); }
};

void add_uphill(const std::vector<Run>& runs, CurveNoise& row) {
  Rises full, full_transient, full_steady, batch_transient, batch_steady;
  std::vector<double> batch;
  for (const Run& run : runs) {
    if (run.record->batch_uphill_fraction) batch.push_back(*run.record->batch_uphill_fraction);
    const Curve& curve = run.record->curve;
    for (std::size_t i = 0; i + 1 < run.delta.size(); ++i) {
      const bool steady = run.steady && i >= *run.steady;
      full.add(curve.loss[i], curve.loss[i + 1]);
      (steady ? full_steady : full_transient).add(curve.loss[i], curve.loss[i + 1]);
      if (i + 1 < curve.batch_loss.size())
        (steady ? batch_steady : batch_transient).add(curve.batch_loss[i], curve.batch_loss[i + 1]);
    }
  }
  row.uphill_full = full.share();
  if (!batch.empty()) row.uphill_batch = stats::mean(batch);
  row.uphill_full_transient = full_transient.share(), row.uphill_full_steady = full_steady.share();
  row.uphill_batch_transient = batch_transient.share(), row.uphill_batch_steady = batch_steady.share();
}

/// Deviation of ln δ about its own local trend in ln step; and from successive differences where there is no trend any
/// more.
void add_residuals(const std::vector<Run>& runs, CurveNoise& row) {
  double squares = 0, count = 0, neumann = 0, weight = 0;
  for (const Run& run : runs) {
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

/// f − f* where a constant rate leaves it: per run the mean after the burn-in, over runs by t, within one run by batch
/// means.
void add_floor(const Series& series, const Workload& workload, const std::vector<Run>& runs, CurveNoise& row) {
  row.floor_status = "none";
  if (series.optimizer == "gd" || runs.empty()) return;
  row.floor_status = "not_constant_rate";
  if (series.schedule != "constant") return;
  const double start = workload.f0 - workload.optimum_value.value_or(workload.f0);
  bool all_stopped = true;
  std::vector<double> floors;
  std::optional<stats::Interval> within;
  for (const Run& run : runs) {
    all_stopped &= run.record->stop == "target";
    if (!run.steady) continue;
    const auto rest = std::span<const double>(run.delta).subspan(*run.steady);
    const std::size_t third = rest.size() / 3;
    if (third < kEnoughPoints || stats::mean(rest.last(third)) < kLevel * stats::mean(rest.first(third))) continue;
    floors.push_back(start * stats::mean(rest));
    within = stats::batch_means_interval(rest, 5);
  }
  row.floor_status = all_stopped ? "stopped_at_target" : "not_reached";
  if (2 * floors.size() <= runs.size()) return;  // a floor that most runs have not seen is no floor of the series
  row.floor_status = "ok";
  row.floor = stats::mean(floors);
  if (const auto interval = stats::t_interval(floors))
    row.floor_low = std::max(0.0, interval->low), row.floor_high = interval->high;
  else if (within)
    row.floor_low = std::max(0.0, start * within->low), row.floor_high = start * within->high;
}

/// Shuffled epochs cancel most of their noise by their end, and all of a floor's mean may be from within: the same mean
/// over points near the ends of epochs alone, a run counting by its own.
void add_epoch_end_floor(const Report& report, const Series& series, const Workload& workload,
                         const std::vector<Run>& runs, CurveNoise& row) {
  if (row.floor_status != "ok" || series.sampling != "reshuffle" || series.batch <= 0) return;
  const std::int64_t epoch = rows_of(report, workload) / series.batch;  // steps
  if (epoch < 2) return;
  const double start = workload.f0 - *workload.optimum_value;
  std::vector<double> floors;
  for (const Run& run : runs) {
    if (!run.steady) continue;
    double sum = 0, count = 0;
    for (std::size_t i = *run.steady; i < run.delta.size(); ++i) {
      const std::int64_t into = run.record->curve.step[i] % epoch, away = std::min(into, epoch - into);
      if (kEpochEnds * away <= epoch) sum += run.delta[i], ++count;
    }
    if (count > 0) floors.push_back(start * sum / count);
  }
  if (floors.empty()) return;
  row.floor_epoch_end = stats::mean(floors);
  if (const auto interval = stats::t_interval(floors))
    row.floor_epoch_end_low = std::max(0.0, interval->low), row.floor_epoch_end_high = interval->high;
}

void add_predicted_floor(const Report& report, const Series& series, CurveNoise& row) {
  // Epochs of a shuffled order cancel much of the noise: the prediction is for batches drawn independently.
  if (series.sampling != "iid_replace" && series.sampling != "iid_distinct") return;
  for (const Moment& moment : report.moments) {
    if (moment.workload != series.workload || moment.checkpoint != "end" || moment.batch != series.batch ||
        moment.sampling != series.sampling || !moment.lr || *moment.lr != series.chosen_lr)
      continue;
    row.floor_predicted_lyapunov = moment.lyapunov_floor;
    row.floor_predicted_simple = moment.simple_floor;
  }
}

/// Deviation of ln steps to the headline target between seeds; a censored run leaves it unknown.
void add_seed_deviation(const Report& report, const Series& series, const Workload& workload, const Target& headline,
                        CurveNoise& row) {
  std::vector<double> logs;
  const SeriesRuns runs = runs_to_target(report, series, workload, headline);
  for (const stats::Duration& run : runs.runs)
    if (run.reached && run.time > 0) logs.push_back(std::log(run.time));
  if (logs.size() != runs.runs.size() || logs.size() < 2) return;
  row.seed_sd = std::sqrt(stats::variance(logs));
  const auto interval = stats::deviation_interval(logs);
  row.seed_sd_low = interval->low, row.seed_sd_high = interval->high;
}

}  // namespace

void derive_curve_noise(Report& report) {
  report.curve_noise.clear();
  const std::optional<Target> headline = headline_of(report);
  for (const Series& series : report.series) {
    const Workload* const workload = find_workload(report, series.workload);
    if (workload == nullptr) continue;
    const std::vector<Run> runs = runs_of(report, series, *workload);
    if (runs.empty()) continue;
    CurveNoise row;
    row.series = series.id;
    if (headline && headline->value > 0) {
      add_evaluation_noise(report, series, *workload, runs, headline->value, row);
      if (series.optimizer != "gd") add_seed_deviation(report, series, *workload, *headline, row);
    }
    add_uphill(runs, row);
    add_residuals(runs, row);
    add_floor(series, *workload, runs, row);
    add_epoch_end_floor(report, series, *workload, runs, row);
    add_predicted_floor(report, series, row);
    report.curve_noise.push_back(std::move(row));
  }
}

}  // namespace descent
