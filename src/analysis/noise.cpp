#include <algorithm>
#include <cmath>

#include "analysis/tables.hpp"
#include "descent/stats/interval.hpp"
#include "descent/stats/line_fit.hpp"
#include "descent/stats/summary.hpp"

namespace descent {
namespace {

constexpr int kReplicates = 500;
constexpr std::size_t kEnoughSamples = 4;

std::uint64_t seed_for(const Moment& moment, const char* what) {
  return seed_of(moment.workload + moment.checkpoint + moment.sampling + std::to_string(moment.batch) + what);
}

double mean_of_resample(CounterRandom& random, const std::vector<double>& x) {
  double sum = 0;
  for (const std::size_t i : stats::resample(random, x.size())) sum += x[i];
  return sum / static_cast<double>(x.size());
}

/// The other records of the same checkpoint and sampling.
std::vector<const Moment*> siblings_of(const Report& report, const Moment& moment) {
  std::vector<const Moment*> result;
  for (const Moment& other : report.moments)
    if (other.workload == moment.workload && other.checkpoint == moment.checkpoint && other.sampling == moment.sampling)
      result.push_back(&other);
  return result;
}

/// Slope of ln V on ln c_B: 1 by the law. Batch n is left out; a batch counts by its number of samples, since the
/// relative variance of one squared length hardly depends on the batch.
void add_law(const Report& report, const Moment& moment, std::int64_t n, Noise& row) {
  std::vector<double> x, y, weights;
  std::vector<const Moment*> used;
  for (const Moment* other : siblings_of(report, moment)) {
    const double factor = variance_factor(other->sampling, n, other->batch);
    if (other->batch >= n || !(factor > 0) || other->sampled.size() < kEnoughSamples) continue;
    const double measured = stats::mean(other->sampled);
    if (!(measured > 0)) continue;
    x.push_back(std::log(factor)), y.push_back(std::log(measured));
    weights.push_back(static_cast<double>(other->sampled.size()));
    used.push_back(other);
  }
  const auto fit = stats::fit_line(x, y, weights);
  if (!fit || x.size() < 3) return;
  row.law_slope = fit->slope;
  const auto interval = stats::bootstrap(seed_of(moment.workload + moment.checkpoint + moment.sampling), kReplicates,
                                         [&](CounterRandom& random) -> std::optional<double> {
                                           std::vector<double> drawn;
                                           for (const Moment* other : used)
                                             drawn.push_back(std::log(mean_of_resample(random, other->sampled)));
                                           const auto again = stats::fit_line(x, drawn, weights);
                                           if (!again) return {};
                                           return again->slope;
                                         });
  if (interval) row.law_slope_low = interval->low, row.law_slope_high = interval->high;
}

/// trΣ/|G|² from squared lengths of sampled gradients alone, each of the two averaged before they are divided
/// (McCandlish, Kaplan, Amodei et al. 2018, appendix A, with c_B in place of 1/B). The partner is the largest batch
/// under n that has enough samples.
void add_two_batch(const Report& report, const Moment& moment, std::int64_t n, Noise& row) {
  const Moment* partner = nullptr;
  for (const Moment* other : siblings_of(report, moment))
    if (other->batch > moment.batch && other->batch < n && other->sampled_norm_squared.size() >= 2 * kEnoughSamples &&
        (partner == nullptr || other->batch > partner->batch))
      partner = other;
  if (partner == nullptr || moment.sampled_norm_squared.size() < kEnoughSamples) return;
  const double small = variance_factor(moment.sampling, n, moment.batch),
               large = variance_factor(partner->sampling, n, partner->batch);
  if (!(small > large)) return;
  const auto ratio = [&](double norm_small, double norm_large) -> Real {
    const double signal = (small * norm_large - large * norm_small) / (small - large),
                 noise = (norm_small - norm_large) / (small - large);
    return signal > 0 ? Real(std::max(0.0, noise) / signal) : Real();
  };
  row.noise_scale_two_batch =
      ratio(stats::mean(moment.sampled_norm_squared), stats::mean(partner->sampled_norm_squared));
  int unresolved = 0;
  const auto interval = stats::bootstrap(seed_for(moment, "two"), kReplicates, [&](CounterRandom& random) {
    const double norm_small = mean_of_resample(random, moment.sampled_norm_squared);
    const auto drawn = ratio(norm_small, mean_of_resample(random, partner->sampled_norm_squared));
    unresolved += !drawn;
    return drawn;
  });
  // |G|² that is not above zero in so many replicates cannot be told from it: the upper end would be infinite.
  if (!row.noise_scale_two_batch || unresolved > kReplicates * (1 - stats::kConfidence) / 2) {
    row.noise_scale_status = "unresolved";
    row.noise_scale_two_batch.reset();
  } else if (interval) {
    row.noise_scale_two_batch_low = interval->low, row.noise_scale_two_batch_high = interval->high;
  }
}

Noise describe(const Report& report, const Moment& moment, std::int64_t n) {
  Noise row;
  row.workload = moment.workload;
  row.checkpoint = moment.checkpoint;
  row.sampling = moment.sampling;
  row.batch = moment.batch;
  row.delta = moment.delta;
  row.trace_covariance = moment.trace_covariance;
  row.gradient_norm_squared = moment.gradient_norm_squared;
  row.noise_scale_status = "ok";
  const double factor = variance_factor(moment.sampling, n, moment.batch), variance = factor * moment.trace_covariance;
  row.predicted_variance = variance;
  if (moment.gradient_norm_squared > 0)
    row.noise_scale = moment.trace_covariance / moment.gradient_norm_squared;
  else
    row.noise_scale_status = "unresolved";
  if (moment.curvature_gradient && moment.curvature_covariance && *moment.curvature_gradient > 0)
    row.noise_scale_curvature = *moment.curvature_covariance / *moment.curvature_gradient;
  if (variance > 0) row.signal_to_noise = moment.gradient_norm_squared / variance;
  if (moment.curvature_gradient && moment.curvature_covariance) {
    const double bend = *moment.curvature_gradient + factor * *moment.curvature_covariance;
    if (bend > 0) row.uphill_threshold_lr = 2 * moment.gradient_norm_squared / bend;
  }
  if (!moment.sampled.empty()) {
    row.measured_variance = stats::mean(moment.sampled);
    if (const auto interval = stats::studentised_interval(seed_for(moment, "variance"), kReplicates, moment.sampled)) {
      row.measured_low = std::max(0.0, interval->low);
      row.measured_high = interval->high;
    }
  }
  add_two_batch(report, moment, n, row);
  return row;
}

}  // namespace

double variance_factor(std::string_view sampling, std::int64_t n, std::int64_t batch) noexcept {
  const auto count = static_cast<double>(n), b = static_cast<double>(batch);
  if (batch <= 0) return 0;
  if (sampling == "iid_replace" || n <= 1) return 1 / b;
  return std::max(0.0, (count - b) / (b * (count - 1)));
}

std::int64_t rows_of(const Report& report, const Workload& workload) noexcept {
  for (const DatasetRecord& data : report.datasets)
    if (data.id == workload.dataset) return data.n;
  return 0;
}

void derive_noise(Report& report) {
  report.noise.clear();
  for (const Moment& moment : report.moments) {
    const Workload* const workload = find_workload(report, moment.workload);
    if (workload == nullptr) continue;
    const std::int64_t n = rows_of(report, *workload);
    Noise row = describe(report, moment, n);
    // One law a checkpoint and sampling: its rows share it.
    const auto same = std::find_if(report.noise.begin(), report.noise.end(), [&](const Noise& other) {
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

}  // namespace descent
