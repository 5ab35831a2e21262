#include <algorithm>
#include <cmath>

#include "descent/train/moments.hpp"
#include "train/moment_pass.hpp"

namespace descent::train {
namespace {

// Nanoseconds on one core of an AMD EPYC, with Eigen's products in double on float rows: fitted to
// MNIST, mushrooms, a9a and synthA, each within a factor of two.
constexpr double kFlop = 0.12;    // of a product
constexpr double kElement = 0.4;  // of a row that is read, squared or copied
constexpr double kRow = 80;       // virtual calls and bookkeeping
constexpr double kGather = 150;   // a row from anywhere
constexpr double kColumn = 25;    // an exp or log in double, for value, gradient or Hessian
constexpr double kEigen = 6;      // per p³ of the eigen-decomposition and the products after it
constexpr double kBatch = 1000;   // buffers and the sampler, of one sampled batch
constexpr double kNanosecond = 1e-9;

}  // namespace

MomentsCost moments_cost(const data::Dataset& data, const loss::Loss& loss, const MomentsRequest& request) {
  const auto n = static_cast<double>(data.rows()), d = static_cast<double>(data.columns()),
             c = static_cast<double>(loss.columns(data.classes)), p = c * d;
  MomentsCost cost;
  cost.exact = n * (4 * d * c * kFlop + 2 * d * kElement + kRow + 2 * c * kColumn);
  for (const std::size_t batch : request.batches)
    for (const Sampling sampling : request.samplings) {
      const auto b = static_cast<double>(batch);
      const double one = kBatch + b * (2 * d * c * kFlop + d * kElement + kGather) + 6 * p * kElement;
      cost.sampled += static_cast<double>(sampled_batches(request, sampling, data.rows(), batch)) * one;
    }
  if (!loss.traits().smooth) return cost = {cost.exact * kNanosecond, cost.sampled * kNanosecond, 0, 0};
  const bool floors =
      std::any_of(request.rates.begin(), request.rates.end(), [](const auto& rate) { return rate.has_value(); });
  if (floors && request.lyapunov && p <= static_cast<double>(request.lyapunov_parameters))
    cost.lyapunov = n * c * (c + 1) / 2 * 2 * (2 * d * d * kFlop + d * kElement) + n * c * kColumn + kEigen * p * p * p;
  if (request.curvature) {
    const double pair = 2 * d + 2 * c * (c + 1), fewest = static_cast<double>(kFewestCurvatures);
    const double pairs = std::min(n * n, std::max(fewest * fewest, request.curvature_flops / pair));
    cost.curvature = n * (4 * d * c * kFlop + 4 * c * kColumn + kRow) + pairs * pair * kFlop +
                     std::sqrt(pairs) * (2 * d * kElement + c * c * kColumn);
  }
  return {cost.exact * kNanosecond, cost.sampled * kNanosecond, cost.lyapunov * kNanosecond,
          cost.curvature * kNanosecond};
}

}  // namespace descent::train
