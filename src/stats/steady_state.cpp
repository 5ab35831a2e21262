#include "descent/stats/steady_state.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "descent/stats/line_fit.hpp"
#include "descent/stats/summary.hpp"

namespace descent::stats {

std::optional<std::size_t> burn_in(std::span<const double> y) {
  constexpr std::size_t kBatch = 5;
  std::vector<double> means;
  for (std::size_t i = 0; i + kBatch <= y.size(); i += kBatch) means.push_back(mean(y.subspan(i, kBatch)));
  if (means.size() < 6) return {};
  double least = std::numeric_limits<double>::infinity();
  std::size_t best = 0;
  // Very few batches might have a small error by chance, so at least five batches remain.
  for (std::size_t cut = 0; cut + 5 <= means.size(); ++cut) {
    const auto rest = std::span<const double>(means).subspan(cut);
    const double error = variance(rest) / static_cast<double>(rest.size());
    if (error < least) least = error, best = cut;
  }
  if (2 * best > means.size()) return {};
  return best * kBatch;
}

std::optional<Interval> batch_means_interval(std::span<const double> y, std::size_t batches, double confidence) {
  const std::size_t length = y.size() / batches;
  if (batches < 2 || length < 2) return {};
  std::vector<double> means;
  for (std::size_t b = 0; b < batches; ++b) means.push_back(mean(y.subspan(y.size() - (batches - b) * length, length)));
  return t_interval(means, confidence);
}

std::optional<SteadyMean> steady_mean(std::span<const double> y) {
  // least ratio of the last third to the first: a sequence that falls more has no steady state
  constexpr double kLevel = 0.8;
  const std::optional<std::size_t> from = burn_in(y);
  if (!from) return {};
  const auto rest = y.subspan(*from);
  const std::size_t third = rest.size() / 3;
  if (third == 0 || mean(rest.last(third)) < kLevel * mean(rest.first(third))) return {};
  return SteadyMean{*from, mean(rest), batch_means_interval(rest)};
}

double steady_mean_bound(std::span<const double> y) {
  const std::optional<SteadyMean> steady = steady_mean(y);
  const std::optional<Interval> interval = steady ? steady->interval : batch_means_interval(y.last(y.size() / 2));
  return interval ? interval->high : std::numeric_limits<double>::infinity();
}

double von_neumann_sd(std::span<const double> y) {
  double sum = 0;
  for (std::size_t i = 0; i + 1 < y.size(); ++i) sum += (y[i + 1] - y[i]) * (y[i + 1] - y[i]);
  return std::sqrt(sum / (2 * static_cast<double>(y.size() - 1)));
}

std::vector<double> detrend(std::span<const double> x, std::span<const double> y, std::size_t half_width) {
  const std::size_t width = 2 * half_width + 1;
  std::vector<double> result;
  if (half_width == 0 || x.size() < width) return result;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t from = std::min(i > half_width ? i - half_width : 0, x.size() - width);
    const auto near_x = x.subspan(from, width), near_y = y.subspan(from, width);
    const auto line = fit_line(near_x, near_y);
    if (!line) continue;
    const double centre = mean(near_x), spread = variance(near_x) * static_cast<double>(width - 1);
    const double leverage = 1 / static_cast<double>(width) + (x[i] - centre) * (x[i] - centre) / spread;
    if (leverage < 1) result.push_back((y[i] - line->intercept - line->slope * x[i]) / std::sqrt(1 - leverage));
  }
  return result;
}

}  // namespace descent::stats
