#include "analysis/floor.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/passage.hpp"
#include "analysis/tables.hpp"
#include "descent/stats/interval.hpp"
#include "descent/stats/steady_state.hpp"
#include "descent/stats/summary.hpp"

namespace descent::analysis {
namespace {

constexpr std::size_t kEnoughEpochs = 10;

/// The values before the first missing one, minus `zero`.
std::vector<double> present(const std::vector<record::Real>& values, double zero) {
  std::vector<double> result;
  for (const record::Real& value : values) {
    if (!value) break;
    result.push_back(*value - zero);
  }
  return result;
}

/// Mean of a correlated sequence with the interval of its batch means.
void describe(std::span<const double> y, record::Real& mean, record::Real& low, record::Real& high) {
  mean = stats::mean(y);
  if (const auto interval = stats::batch_means_interval(y)) low = std::max(0.0, interval->low), high = interval->high;
}

/// Adds the floor at the ends of shuffled epochs, where most of the noise has cancelled.
void add_epoch_ends(const record::FloorRun& run, double optimum, std::size_t burn_in, record::CurveNoise& row) {
  if (run.steps_per_epoch <= 0) {
    row.floor_epoch_end_status = record::FloorStatus::too_few;
    return;
  }
  const auto skipped = static_cast<std::size_t>(
      (static_cast<std::int64_t>(burn_in) * run.spacing + run.steps_per_epoch - 1) / run.steps_per_epoch);
  const std::vector<double> ends = present(run.epoch_end_loss, optimum),
                            distances = present(run.epoch_end_distance_squared, 0);
  row.floor_epoch_end_status = record::FloorStatus::too_few;
  if (ends.size() < skipped + kEnoughEpochs) return;
  row.floor_epoch_end_status = record::FloorStatus::ok;
  describe(std::span(ends).subspan(skipped), row.floor_epoch_end, row.floor_epoch_end_low, row.floor_epoch_end_high);
  if (distances.size() == ends.size())
    describe(std::span(distances).subspan(skipped), row.epoch_end_variance, row.epoch_end_variance_low,
             row.epoch_end_variance_high);
}

/// Adds the predicted floors. They are for independently drawn batches; in shuffled epochs much of the noise cancels.
void add_predictions(const record::Report& report, const record::Series& series, record::CurveNoise& row) {
  row.lyapunov_status = record::LyapunovStatus::none;
  if (!series.stochastic) return;
  row.lyapunov_status = record::LyapunovStatus::not_plain;
  if (!series.plain_step) return;
  row.lyapunov_status = record::LyapunovStatus::not_constant_rate;
  if (series.schedule != record::RateSchedule::constant) return;
  row.lyapunov_status = record::LyapunovStatus::not_independent;
  if (series.sampling != record::Sampling::iid_replace && series.sampling != record::Sampling::iid_distinct) return;
  row.lyapunov_status = record::LyapunovStatus::none;
  for (const record::Moment& moment : report.moments) {
    if (moment.workload != series.workload || moment.checkpoint != "optimum" || moment.batch != series.batch ||
        moment.sampling != series.sampling)
      continue;
    const std::int64_t n = rows_of(report, *find_workload(report, series.workload));
    row.floor_predicted_simple =
        series.chosen_lr / 4 * variance_factor(series.sampling, n, series.batch) * moment.trace_covariance;
    if (!moment.lr || *moment.lr != series.chosen_lr) continue;
    row.floor_predicted_lyapunov = moment.lyapunov_floor;
    row.lyapunov_status = moment.lyapunov_status;
  }
}

}  // namespace

SteadyState add_floor(const record::Report& report, const record::Series& series, const record::Workload& workload,
                      record::CurveNoise& row) {
  add_predictions(report, series, row);
  SteadyState found;
  row.floor_status = series.stochastic ? record::FloorStatus::not_run : record::FloorStatus::none;
  for (const record::FloorRun& run : report.floors)
    if (run.series == series.id) found.run = &run;
  if (found.run == nullptr) return found;
  row.floor_status = found.run->status;
  if (series.sampling == record::Sampling::reshuffle) row.floor_epoch_end_status = row.floor_status;
  const std::optional<double> f0 = start_of(report, series);
  if (row.floor_status != record::FloorStatus::ok || !workload.optimum_value || !f0) return found;
  const std::vector<double> y = present(found.run->loss, *workload.optimum_value),
                            distances = present(found.run->distance_squared, 0);
  const std::optional<stats::SteadyMean> steady = stats::steady_mean(y);
  if (!steady) {
    row.floor_status = record::FloorStatus::not_reached;
    if (series.sampling == record::Sampling::reshuffle) row.floor_epoch_end_status = record::FloorStatus::not_reached;
    return found;
  }
  found.from = steady->from;
  row.floor = steady->mean;
  if (steady->interval) row.floor_low = std::max(0.0, steady->interval->low), row.floor_high = steady->interval->high;
  if (distances.size() == y.size()) row.weight_variance = stats::mean(std::span(distances).subspan(*found.from));
  found.delta = *row.floor / (*f0 - *workload.optimum_value);
  if (series.sampling == record::Sampling::reshuffle)
    add_epoch_ends(*found.run, *workload.optimum_value, *found.from, row);
  return found;
}

void hold_against_target(const record::Report& report, const record::Series& series, const record::Workload& workload,
                         record::CurveNoise& row) {
  const std::optional<Target> headline = headline_of(report);
  const double target = series.tuned_for ? *series.tuned_for : headline ? headline->value : 0;
  if (!(target > 0) || row.floor_status == record::FloorStatus::none) return;
  row.floor_target_status = record::FloorTargetStatus::not_known;
  const std::optional<double> f0 = start_of(report, series);
  if (!row.floor || !f0) return;
  const double start = *f0 - *workload.optimum_value;
  row.floor_over_target = *row.floor / (target * start);
  if (!row.floor_high) return;
  row.floor_over_target_high = *row.floor_high / (target * start);
  row.floor_target_status =
      *row.floor_over_target_high < 1 ? record::FloorTargetStatus::below : record::FloorTargetStatus::not_below;
}

}  // namespace descent::analysis
