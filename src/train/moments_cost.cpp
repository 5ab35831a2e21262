#include <algorithm>
#include <cmath>

#include "descent/machine/nominal.hpp"
#include "descent/train/moments.hpp"
#include "train/moment_pass.hpp"

namespace descent::train {
namespace {

namespace nominal = machine::nominal;
constexpr double kFlop = nominal::kDoubleFlop, kElement = nominal::kDoubleElement, kRow = nominal::kDoubleRow,
                 kGather = nominal::kDoubleGather, kOutput = nominal::kDoubleScore, kEigen = nominal::kEigenCube,
                 kBatch = nominal::kSampledBatch;

}  // namespace

MomentsCost moments_cost(const data::Dataset& data, const loss::Loss& loss, const MomentsRequest& request) {
  const auto n = static_cast<double>(data.rows()), d = static_cast<double>(data.width()),
             c = static_cast<double>(loss.outputs(data.classes)), p = c * d;
  MomentsCost cost;
  cost.exact = n * (4 * d * c * kFlop + 2 * d * kElement + kRow + 2 * c * kOutput);
  for (const std::size_t batch : request.batches)
    for (const Sampling sampling : request.samplings) {
      const auto b = static_cast<double>(batch);
      const double one = kBatch + b * (2 * d * c * kFlop + d * kElement + kGather) + 6 * p * kElement;
      cost.sampled += static_cast<double>(sampled_batches(request, sampling, data.rows(), batch)) * one;
    }
  if (!loss.traits().smooth) return cost;
  const bool floors =
      std::any_of(request.rates.begin(), request.rates.end(), [](const auto& rate) { return rate.has_value(); });
  if (floors && request.lyapunov && p <= static_cast<double>(request.lyapunov_parameters))
    cost.lyapunov = n * c * (c + 1) / 2 * 2 * (2 * d * d * kFlop + d * kElement) + n * c * kOutput + kEigen * p * p * p;
  if (request.curvature) {
    const double pair = 2 * d + 2 * c * (c + 1), fewest = static_cast<double>(kFewestCurvatures);
    const double pairs = std::min(n * n, std::max(fewest * fewest, request.curvature_flops / pair));
    cost.curvature = n * (4 * d * c * kFlop + 4 * c * kOutput + kRow) + pairs * pair * kFlop +
                     std::sqrt(pairs) * (2 * d * kElement + c * c * kOutput);
  }
  return cost;
}

}  // namespace descent::train
