#include "descent/stats/returns_fit.hpp"

#include <algorithm>
#include <boost/math/distributions/fisher_f.hpp>
#include <cmath>

#include "descent/stats/summary.hpp"

namespace descent::stats {
namespace {

/// ln S made non-increasing in B by pooling adjacent violators.
std::vector<double> monotone_log_steps(std::span<const StepsAtBatch> curve) {
  struct Pool {
    double sum;
    std::size_t count;
  };
  std::vector<Pool> pools;
  for (const StepsAtBatch& point : curve) {
    pools.push_back({std::log(point.steps), 1});
    while (pools.size() > 1) {
      const Pool last = pools.back();
      Pool& before = pools[pools.size() - 2];
      if (before.sum / static_cast<double>(before.count) >= last.sum / static_cast<double>(last.count)) break;
      before.sum += last.sum, before.count += last.count;
      pools.pop_back();
    }
  }
  std::vector<double> result;
  for (const Pool& pool : pools) result.insert(result.end(), pool.count, pool.sum / static_cast<double>(pool.count));
  return result;
}

double interpolate(const std::vector<double>& x, const std::vector<double>& y, double at) {
  const auto above = std::upper_bound(x.begin(), x.end(), at);
  if (above == x.begin()) return y.front();
  if (above == x.end()) return y.back();
  const auto i = static_cast<std::size_t>(above - x.begin());
  return y[i - 1] + (y[i] - y[i - 1]) * (at - x[i - 1]) / (x[i] - x[i - 1]);
}

}  // namespace

std::optional<ReturnsFit> fit_returns(std::span<const StepsAtBatch> curve) {
  if (curve.size() < 3) return {};
  // Start: a from the largest batch's steps, b from the smallest's.
  double log_a = std::log(0.7 * curve.back().steps), log_b = std::log(curve.front().batch * curve.front().steps);
  const auto cost = [&](double la, double lb) {
    double sum = 0;
    for (const StepsAtBatch& p : curve) {
      const double r = std::log(p.steps) - std::log(std::exp(la) + std::exp(lb) / p.batch);
      sum += r * r;
    }
    return sum;
  };
  double now = cost(log_a, log_b), damping = 1e-3;
  for (int iteration = 0; iteration < 500; ++iteration) {
    double aa = 0, ab = 0, bb = 0, ga = 0, gb = 0;
    for (const StepsAtBatch& p : curve) {
      const double a = std::exp(log_a), b = std::exp(log_b) / p.batch, s = a + b;
      const double da = a / s, db = b / s, r = std::log(p.steps) - std::log(s);
      aa += da * da, ab += da * db, bb += db * db, ga += da * r, gb += db * r;
    }
    const double ma = aa * (1 + damping) + 1e-15, mb = bb * (1 + damping) + 1e-15, det = ma * mb - ab * ab;
    if (!(det > 0)) return {};
    const double step_a = std::clamp((mb * ga - ab * gb) / det, -2.0, 2.0),
                 step_b = std::clamp((ma * gb - ab * ga) / det, -2.0, 2.0);
    const double next = cost(log_a + step_a, log_b + step_b);
    if (next <= now) {
      log_a += step_a, log_b += step_b;
      damping = std::max(1e-12, damping / 10);
      const bool settled = now - next <= 1e-14 * (1e-12 + now) && std::abs(step_a) + std::abs(step_b) < 1e-9;
      now = next;
      if (settled) break;
    } else {
      damping *= 10;
      if (damping > 1e12) break;
    }
    if (log_a < -30) break;  // S falls like 1/B throughout: the floor cannot be determined
  }
  ReturnsFit fit;
  fit.s_min = std::exp(log_a);
  fit.b_crit = std::exp(log_b - log_a);
  for (const StepsAtBatch& p : curve)
    fit.residuals.push_back(std::log(p.steps) - std::log(fit.s_min + std::exp(log_b) / p.batch));
  if (!std::isfinite(fit.b_crit)) return {};
  return fit;
}

std::optional<double> lack_of_fit_p(const ReturnsFit& fit, const std::vector<std::vector<double>>& replicates) {
  double lack = 0, lack_freedom = -2, pure = 0, pure_freedom = 0;
  for (std::size_t i = 0; i < replicates.size(); ++i) {
    const auto n = static_cast<double>(replicates[i].size());
    if (n < 1) continue;
    lack += n * fit.residuals[i] * fit.residuals[i];
    ++lack_freedom;
    if (n < 2) continue;  // a single run has no scatter of its own
    pure += (n - 1) * variance(replicates[i]);
    pure_freedom += n - 1;
  }
  if (lack_freedom < 1 || pure_freedom < 1 || !(pure > 0)) return {};
  const double f = (lack / lack_freedom) / (pure / pure_freedom);
  return boost::math::cdf(boost::math::complement(boost::math::fisher_f(lack_freedom, pure_freedom), f));
}

HalfEfficiency half_efficiency_batch(std::span<const StepsAtBatch> curve) {
  if (curve.size() < 2 || curve.back().batch < 2 * curve.front().batch) return {{}, HalfEfficiency::Status::too_few};
  const std::vector<double> y = monotone_log_steps(curve);
  std::vector<double> x;
  for (const StepsAtBatch& point : curve) x.push_back(std::log2(point.batch));
  const auto efficiency = [&](double at) {
    return (interpolate(x, y, at) - interpolate(x, y, at + 1)) / std::log(2.0);
  };
  const double last = x.back() - 1;
  if (efficiency(x.front()) < 0.5) return {{}, HalfEfficiency::Status::below_range};
  // The last place from the left where the efficiency is at least ½: found in small steps, then by bisection.
  constexpr double kStride = 1.0 / 16;
  for (double at = x.front(); at < last; at += kStride) {
    const double next = std::min(at + kStride, last);
    if (efficiency(next) >= 0.5) continue;
    double low = at, high = next;
    for (int i = 0; i < 50; ++i) {
      const double middle = 0.5 * (low + high);
      (efficiency(middle) >= 0.5 ? low : high) = middle;
    }
    // The efficiency between B and 2B belongs to the doubling from B.
    return {std::exp2(low), HalfEfficiency::Status::ok};
  }
  return {{}, HalfEfficiency::Status::beyond_range};
}

std::optional<StepTime> fit_step_time(std::span<const double> batches, std::span<const double> seconds) {
  if (batches.size() < 2) return {};
  double w = 0, wx = 0, wxx = 0, wy = 0, wxy = 0;
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const double weight = 1 / (seconds[i] * seconds[i]);
    w += weight, wx += weight * batches[i], wxx += weight * batches[i] * batches[i];
    wy += weight * seconds[i], wxy += weight * batches[i] * seconds[i];
  }
  const double det = w * wxx - wx * wx;
  if (!(det > 0)) return {};
  return StepTime{(wxx * wy - wx * wxy) / det, (w * wxy - wx * wy) / det};
}

}  // namespace descent::stats
