#include <algorithm>
#include <cmath>

#include "analysis/passage.hpp"
#include "analysis/tables.hpp"

namespace descent::analysis {
namespace {

record::Real root(const record::Real& variance) {
  return variance && *variance >= 0 ? record::Real(std::sqrt(*variance)) : record::Real();
}

/// How the sweep drew its batches; a single batch of a shuffled epoch counts as distinct rows.
std::optional<record::Sampling> sampling_of(const record::Report& report, const std::string& workload) {
  for (const record::Series& series : report.series)
    if (series.workload == workload && series.stochastic)
      return series.sampling == record::Sampling::reshuffle ? record::Sampling::iid_distinct : series.sampling;
  return std::nullopt;
}

void add_step_gain(const record::Report& report, const std::optional<Target>& headline, record::BatchNoise& row) {
  row.step_gain_status = record::StepGainStatus::not_trained;
  if (!headline || row.sampling != sampling_of(report, row.workload)) return;
  for (const record::Doubling& doubling : report.doublings)
    if (doubling.workload == row.workload && doubling.target_kind == headline->kind &&
        doubling.target_value == headline->value && doubling.batch == row.batch) {
      row.step_gain = doubling.step_gain;
      row.step_gain_status = doubling.step_gain ? record::StepGainStatus::ok : record::StepGainStatus::not_reached;
      return;
    }
}

/// The predicted standard deviation √(c_B trΣ).
double deviation(const record::Noise& noise, std::int64_t n, std::int64_t batch) {
  return std::sqrt(variance_factor(noise.sampling, n, batch) * noise.trace_covariance.value_or(0));
}

void add_gains(const record::Report& report, const record::Noise& noise, std::int64_t n, record::BatchNoise& row) {
  if (2 * noise.batch > n) return;  // no such batch
  const double here = deviation(noise, n, noise.batch), twice = deviation(noise, n, 2 * noise.batch);
  row.absolute_gain = here - twice;
  if (here > 0) row.relative_gain = 1 - twice / here;
  for (const record::Noise& other : report.noise) {
    if (other.workload != noise.workload || other.checkpoint != noise.checkpoint || other.sampling != noise.sampling ||
        other.batch != 2 * noise.batch)
      continue;
    const record::Real measured = root(other.measured_variance);
    if (!row.measured_sd || !measured) continue;
    row.measured_absolute_gain = *row.measured_sd - *measured;
    if (*row.measured_sd > 0) row.measured_relative_gain = 1 - *measured / *row.measured_sd;
  }
}

}  // namespace

void derive_batch_noise(record::Report& report) {
  report.batch_noise.clear();
  const std::optional<Target> headline = headline_of(report);
  for (const record::Noise& noise : report.noise) {
    const record::Workload* const workload = find_workload(report, noise.workload);
    if (workload == nullptr) continue;
    record::BatchNoise row;
    row.workload = noise.workload, row.checkpoint = noise.checkpoint, row.sampling = noise.sampling;
    row.batch = noise.batch, row.delta = noise.delta, row.samples = noise.samples;
    row.predicted_sd = root(noise.predicted_variance);
    row.measured_sd = root(noise.measured_variance);
    row.measured_low = root(noise.measured_low), row.measured_high = root(noise.measured_high);
    if (row.predicted_sd && noise.noise_scale_status == record::ScaleStatus::ok && noise.gradient_norm_squared)
      row.relative_sd = *row.predicted_sd / std::sqrt(*noise.gradient_norm_squared);
    add_gains(report, noise, rows_of(report, *workload), row);
    add_step_gain(report, headline, row);
    report.batch_noise.push_back(std::move(row));
  }
}

}  // namespace descent::analysis
