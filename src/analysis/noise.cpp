#include <algorithm>
#include <cmath>

#include "analysis/tables.hpp"
#include "descent/stats/binomial.hpp"
#include "descent/stats/gamma_mean.hpp"
#include "descent/stats/interval.hpp"
#include "descent/stats/line_fit.hpp"
#include "descent/stats/noise_scale.hpp"
#include "descent/stats/summary.hpp"

namespace descent::analysis {
namespace {

constexpr std::size_t kEnoughSamples = 4;

/// The other records of the same checkpoint and sampling.
std::vector<const record::Moment*> siblings_of(const record::Report& report, const record::Moment& moment) {
  std::vector<const record::Moment*> result;
  for (const record::Moment& other : report.moments)
    if (other.workload == moment.workload && other.checkpoint == moment.checkpoint && other.sampling == moment.sampling)
      result.push_back(&other);
  return result;
}

/// The slope of ln V on ln c_B, which theory says is 1. Batch n is left out. The relative variance of one squared
/// length hardly depends on the batch, so a batch is weighted by its number of samples, and the pooled relative
/// variance is used for the slope's interval and for the bias of the logarithm (the mean of ln V is lower than ln of
/// the mean by half of V's relative variance).
void add_law(const record::Report& report, const record::Moment& moment, std::int64_t n, record::Noise& row) {
  std::vector<double> x, y, weights;
  double relative = 0, freedom = 0;
  for (const record::Moment* other : siblings_of(report, moment)) {
    const double factor = variance_factor(other->sampling, n, other->batch);
    if (other->batch >= n || !(factor > 0) || other->sampled.size() < kEnoughSamples) continue;
    const double measured = stats::mean(other->sampled);
    if (!(measured > 0)) continue;
    x.push_back(std::log(factor)), y.push_back(std::log(measured));
    weights.push_back(static_cast<double>(other->sampled.size()));
    relative += (weights.back() - 1) * stats::relative_variance(other->sampled), freedom += weights.back() - 1;
  }
  if (x.size() < 3) return;
  relative /= freedom;
  for (std::size_t i = 0; i < y.size(); ++i) y[i] += relative / (2 * weights[i]);
  const auto fit = stats::fit_line(x, y, weights);
  if (!fit) return;
  row.law_slope = fit->slope;
  double total = 0, centre = 0, squares = 0;
  for (std::size_t i = 0; i < x.size(); ++i) total += weights[i], centre += weights[i] * x[i];
  centre /= total;
  for (std::size_t i = 0; i < x.size(); ++i) squares += weights[i] * (x[i] - centre) * (x[i] - centre);
  const double half = stats::t_quantile(freedom) * std::sqrt(relative / squares);
  row.law_slope_low = fit->slope - half, row.law_slope_high = fit->slope + half;
}

/// |G|² and trΣ from squared lengths of sampled gradients alone; both are averaged before they are divided. The second
/// batch size is the largest below n that has enough samples.
void add_two_batch(const record::Report& report, const record::Moment& moment, std::int64_t n, record::Noise& row) {
  const record::Moment* partner = nullptr;
  for (const record::Moment* other : siblings_of(report, moment))
    if (other->batch > moment.batch && other->batch < n && other->sampled_norm_squared.size() >= 2 * kEnoughSamples &&
        (partner == nullptr || other->batch > partner->batch))
      partner = other;
  row.two_batch_status = record::TwoBatchStatus::too_few;
  if (moment.sampled_norm_squared.size() < kEnoughSamples) return;
  row.two_batch_status = record::TwoBatchStatus::no_partner;
  if (partner == nullptr) return;
  const double small = variance_factor(moment.sampling, n, moment.batch),
               large = variance_factor(partner->sampling, n, partner->batch);
  if (!(small > large)) return;
  const stats::TwoBatch found = stats::two_batch(stats::mean(moment.sampled_norm_squared),
                                                 stats::mean(partner->sampled_norm_squared), small, large);
  row.two_batch_signal = found.signal, row.two_batch_noise = found.noise;
  const stats::OpenInterval scale =
      stats::two_batch_scale_interval(moment.sampled_norm_squared, partner->sampled_norm_squared, small, large);
  row.two_batch_low = scale.low, row.two_batch_high = scale.high;
  // Without an upper end, |G|² cannot be told from zero: only the lower end of the scale is known.
  row.two_batch_status = record::TwoBatchStatus::unresolved;
  if (!found.scale() || !scale.high) return;
  row.two_batch_status = record::TwoBatchStatus::ok;
  row.two_batch_noise_scale = found.scale();
}

/// Is |G|² more than rounding error? Weights are float32, so each row's gradient has about that relative error: a mean
/// gradient that is shorter than this share of the rows' gradients is only rounding. At the optimum it is zero.
bool resolved(const record::Moment& moment) {
  constexpr double kFloat = 0x1p-24;
  const double rows = moment.trace_covariance + moment.gradient_norm_squared;
  return moment.checkpoint != "optimum" && moment.gradient_norm_squared > kFloat * kFloat * rows;
}

void add_scales(const record::Moment& moment, double factor, record::Noise& row) {
  row.curvature_status = moment.curvature_status;
  row.noise_scale_status = resolved(moment) ? record::ScaleStatus::ok : record::ScaleStatus::unresolved;
  if (row.noise_scale_status != record::ScaleStatus::ok) {
    if (row.curvature_status == record::CurvatureStatus::ok) row.curvature_status = record::CurvatureStatus::unresolved;
    return;
  }
  row.noise_scale = moment.trace_covariance / moment.gradient_norm_squared;
  if (!moment.curvature_gradient || !moment.curvature_covariance) return;
  const double bend = *moment.curvature_gradient + factor * *moment.curvature_covariance;
  if (bend > 0) row.uphill_threshold_lr = 2 * moment.gradient_norm_squared / bend;
  if (!(*moment.curvature_gradient > 0)) {
    row.curvature_status = record::CurvatureStatus::unresolved;
    return;
  }
  row.noise_scale_curvature = *moment.curvature_covariance / *moment.curvature_gradient;
  if (!moment.curvature_covariance_error) return;
  const double half = stats::normal_quantile(0.5 + stats::kConfidence / 2) * *moment.curvature_covariance_error /
                      *moment.curvature_gradient;
  row.noise_scale_curvature_low = std::max(0.0, *row.noise_scale_curvature - half);
  row.noise_scale_curvature_high = *row.noise_scale_curvature + half;
}

record::Noise describe(const record::Report& report, const record::Moment& moment, std::int64_t n) {
  record::Noise row;
  row.workload = moment.workload;
  row.checkpoint = moment.checkpoint;
  row.sampling = moment.sampling;
  row.batch = moment.batch;
  row.delta = moment.delta;
  row.trace_covariance = moment.trace_covariance;
  row.gradient_norm_squared = moment.gradient_norm_squared;
  const double factor = variance_factor(moment.sampling, n, moment.batch), variance = factor * moment.trace_covariance;
  row.predicted_variance = variance;
  add_scales(moment, factor, row);
  if (variance > 0) row.signal_to_noise = moment.gradient_norm_squared / variance;
  row.samples = static_cast<int>(moment.sampled.size());
  if (!moment.sampled.empty()) {
    row.measured_variance = stats::mean(moment.sampled);
    const stats::OpenInterval interval = stats::gamma_mean_interval(moment.sampled);
    row.measured_low = interval.low, row.measured_high = interval.high;
  }
  add_two_batch(report, moment, n, row);
  return row;
}

}  // namespace

double variance_factor(record::Sampling sampling, std::int64_t n, std::int64_t batch) noexcept {
  const auto count = static_cast<double>(n), b = static_cast<double>(batch);
  if (batch <= 0) return 0;
  if (sampling == record::Sampling::iid_replace) return 1 / b;
  return n <= 1 ? 0 : std::max(0.0, (count - b) / (b * (count - 1)));
}

std::int64_t rows_of(const record::Report& report, const record::Workload& workload) noexcept {
  for (const record::DatasetRecord& data : report.datasets)
    if (data.id == workload.dataset) return data.n;
  return 0;
}

void derive_noise(record::Report& report) {
  report.noise.clear();
  for (const record::Moment& moment : report.moments) {
    const record::Workload* const workload = find_workload(report, moment.workload);
    if (workload == nullptr) continue;
    const std::int64_t n = rows_of(report, *workload);
    record::Noise row = describe(report, moment, n);
    // The slope is computed once per checkpoint and sampling, and shared by its rows.
    const auto same = std::find_if(report.noise.begin(), report.noise.end(), [&](const record::Noise& other) {
      return other.workload == row.workload && other.checkpoint == row.checkpoint && other.sampling == row.sampling;
    });
    if (same == report.noise.end()) {
      add_law(report, moment, n, row);
    } else {
      row.law_slope = same->law_slope;
      row.law_slope_low = same->law_slope_low, row.law_slope_high = same->law_slope_high;
    }
    report.noise.push_back(std::move(row));
  }
}

}  // namespace descent::analysis
