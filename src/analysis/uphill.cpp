#include "analysis/uphill.hpp"

#include <cmath>

#include "analysis/tables.hpp"
#include "descent/stats/binomial.hpp"
#include "descent/stats/summary.hpp"

namespace descent::analysis {
namespace {

/// Counts rises of the full loss between points that are some steps apart.
struct FullRises {
  double up = 0;
  std::vector<double> spacings;
  void add(const record::Real& before, const record::Real& after, std::int64_t steps) {
    if (before && after) up += *after > *before, spacings.push_back(static_cast<double>(steps));
  }
  record::Real share() const {
    return spacings.empty() ? record::Real() : record::Real(up / static_cast<double>(spacings.size()));
  }
  record::Real spacing() const { return spacings.empty() ? record::Real() : record::Real(stats::median(spacings)); }
};

/// Variance of the difference of the mean losses of two successive batches, relative to that of one row. For
/// independently drawn batches: 2 c_B. Batches of a shuffled epoch share no row, so their rows are correlated by
/// −1/(N−1): 2 N/(B(N−1)).
double difference_factor(record::Sampling sampling, std::int64_t n, std::int64_t batch) {
  if (sampling != record::Sampling::reshuffle || n <= 1 || batch <= 0 || batch >= n)
    return 2 * variance_factor(sampling, n, batch);
  return 2 * static_cast<double>(n) / (static_cast<double>(batch) * static_cast<double>(n - 1));
}

/// The chance that the next batch loss is higher than this one, at a checkpoint: their difference is normal about the
/// expected change of the loss by one step. `squared_norm` is |G|² on the series' own path: at the same δ, the path of
/// gradient descent, where the checkpoint was measured, lies in flatter directions. From the checkpoint's curvature
/// only the ratio GᵀHG/|G|² is used.
record::Real chance_of_rise(const record::Moment& moment, double squared_norm, double rate, double factor,
                            double difference) {
  if (!moment.loss_variance || !moment.curvature_gradient || !moment.curvature_covariance) return {};
  const double deviation = std::sqrt(difference * std::max(0.0, *moment.loss_variance));
  if (!(deviation > 0)) return {};
  const double along =
      moment.gradient_norm_squared > 0 ? *moment.curvature_gradient / moment.gradient_norm_squared * squared_norm : 0;
  const double bend = along + factor * *moment.curvature_covariance;
  const double change = -rate * squared_norm + rate * rate / 2 * bend;
  return stats::normal_below(change / deviation);
}

/// Counts rises of batch losses from step to step, on the way down or at the floor.
class BatchRises {
 public:
  BatchRises(const record::Report& report, const record::Series& series, const record::Workload& workload)
      : report_(report),
        series_(series),
        factor_(variance_factor(series.sampling, rows_of(report, workload), series.batch)),
        difference_(difference_factor(series.sampling, rows_of(report, workload), series.batch)) {}

  /// Adds `up` rises among `pairs` pairs near `delta`; `squared_norm` is |G|² of the series' own run there, if known.
  void add(double up, double pairs, double delta, const record::Real& squared_norm) {
    if (!(pairs > 0)) return;
    up_ += up, pairs_ += pairs;
    const record::Moment* const moment = checkpoint_near(report_, series_.workload, delta);
    if (moment == nullptr) return;
    near_ = true;
    const record::Real chance = chance_of_rise(*moment, squared_norm.value_or(moment->gradient_norm_squared),
                                               series_.chosen_lr, factor_, difference_);
    if (!chance) return;
    near_up_ += up, near_pairs_ += pairs, chances_ += pairs * *chance;
  }

  record::Real share() const { return pairs_ > 0 ? record::Real(up_ / pairs_) : record::Real(); }
  double up() const { return up_; }
  double pairs() const { return pairs_; }

  /// At a floor the loss does not change on average, so that, whatever the loss and the steps, half of the batch losses
  /// are above the one before.
  record::UphillStatus predict_steady(record::Real& observed, record::Real& predicted) const {
    if (!series_.stochastic || !(pairs_ > 0) || !(factor_ > 0)) return record::UphillStatus::none;
    observed = up_ / pairs_;
    predicted = 0.5;
    return record::UphillStatus::ok;
  }

  record::UphillStatus predict(record::Real& observed, record::Real& predicted) const {
    using record::UphillStatus;
    if (!series_.stochastic || !(pairs_ > 0) || !(factor_ > 0)) return UphillStatus::none;
    if (!series_.plain_step) return UphillStatus::not_plain;
    if (series_.schedule != record::RateSchedule::constant || !(series_.chosen_lr > 0))
      return UphillStatus::not_constant_rate;
    if (!near_) return UphillStatus::no_checkpoint;
    if (!(near_pairs_ > 0)) return UphillStatus::no_curvature;
    observed = near_up_ / near_pairs_;
    predicted = chances_ / near_pairs_;
    return UphillStatus::ok;
  }

 private:
  const record::Report& report_;
  const record::Series& series_;
  double factor_, difference_;
  double up_ = 0, pairs_ = 0, near_up_ = 0, near_pairs_ = 0, chances_ = 0;
  bool near_ = false;
};

/// |G|² between two points of a curve, if both have one: their geometric mean.
record::Real squared_norm_between(const record::Curve& curve, std::size_t i) {
  if (i >= curve.gradient_norm.size() || !curve.gradient_norm[i - 1] || !curve.gradient_norm[i]) return {};
  return *curve.gradient_norm[i - 1] * *curve.gradient_norm[i];
}

}  // namespace

const record::Moment* checkpoint_near(const record::Report& report, std::string_view workload, double delta) {
  const record::Moment* found = nullptr;
  if (!(delta > 0)) return found;
  double least = std::log(kNear);
  for (const record::Moment& moment : report.moments) {
    if (moment.workload != workload || !moment.delta || !(*moment.delta > 0)) continue;
    const double away = std::abs(std::log(*moment.delta / delta));
    if (away < least || (found == nullptr && away <= least)) found = &moment, least = away;
  }
  return found;
}

void add_uphill(const record::Report& report, const record::Series& series, const record::Workload& workload,
                const std::vector<CurveRun>& runs, const SteadyState& floor, record::CurveNoise& row) {
  FullRises single, full_transient, full_steady;
  BatchRises transient(report, series, workload), steady(report, series, workload);
  for (const CurveRun& run : runs) {
    const record::Curve& curve = run.record->curve;
    for (std::size_t i = 1; i < run.delta.size(); ++i) {
      const bool at_floor = run.steady && i > *run.steady;
      const std::int64_t steps = curve.step[i] - curve.step[i - 1];
      (at_floor ? full_steady : full_transient).add(curve.loss[i - 1], curve.loss[i], steps);
      if (steps == 1) single.add(curve.loss[i - 1], curve.loss[i], steps);
      if (i >= curve.batch_rises.size()) continue;
      // The first batch loss of a run has none before it.
      const double pairs = static_cast<double>(steps) - (i == 1 ? 1 : 0);
      const double delta = std::sqrt(std::max(0.0, run.delta[i - 1]) * std::max(0.0, run.delta[i]));
      (at_floor ? steady : transient)
          .add(static_cast<double>(curve.batch_rises[i]), pairs, delta, squared_norm_between(curve, i));
    }
  }
  if (floor.from) {
    const record::FloorRun& run = *floor.run;
    for (std::size_t i = *floor.from + 1; i < std::min(run.loss.size(), run.rises.size()); ++i) {
      full_steady.add(run.loss[i - 1], run.loss[i], run.spacing);
      if (run.spacing == 1) single.add(run.loss[i - 1], run.loss[i], 1);
      steady.add(static_cast<double>(run.rises[i]), static_cast<double>(run.spacing), floor.delta, {});
    }
  }
  row.uphill_full = single.share();
  row.uphill_full_transient = full_transient.share(), row.uphill_full_steady = full_steady.share();
  row.uphill_spacing_transient = full_transient.spacing(), row.uphill_spacing_steady = full_steady.spacing();
  row.uphill_batch_transient = transient.share(), row.uphill_batch_steady = steady.share();
  if (const double pairs = transient.pairs() + steady.pairs(); pairs > 0)
    row.uphill_batch = (transient.up() + steady.up()) / pairs;
  row.uphill_transient_status = transient.predict(row.uphill_near_transient, row.uphill_predicted_transient);
  row.uphill_steady_status = steady.predict_steady(row.uphill_near_steady, row.uphill_predicted_steady);
}

}  // namespace descent::analysis
