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

constexpr double kMostDense = 1024;  // parameters; needs two matrices of 8 MiB for each thread

struct Size {
  double n, d, c;
};

Size size_of(const data::Dataset& data, const loss::Loss& loss) {
  return {static_cast<double>(data.rows()), static_cast<double>(data.width()),
          static_cast<double>(loss.outputs(data.classes))};
}

/// Seconds to compute the dense H and Σ.
double dense_seconds(const Size& size) {
  const auto [n, d, c] = size;
  return n * c * (c + 1) / 2 * 2 * (2 * d * d * kFlop + d * kElement) + n * c * kOutput;
}

/// Seconds to compute tr(HΣ) from pairs of rows.
double pairs_seconds(const Size& size, double flops) {
  const auto [n, d, c] = size;
  const double pair = 2 * d + 2 * c * (c + 1), fewest = static_cast<double>(kFewestCurvatures);
  const double pairs = std::min(n * n, std::max(fewest * fewest, flops / pair));
  return pairs * pair * kFlop + std::sqrt(pairs) * (2 * d * kElement + c * c * kOutput);
}

}  // namespace

bool takes_dense_curvature(const data::Dataset& data, const loss::Loss& loss, const MomentsRequest& request) {
  const Size size = size_of(data, loss);
  return size.c * size.d <= kMostDense && dense_seconds(size) <= pairs_seconds(size, request.curvature_flops);
}

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
    cost.lyapunov = dense_seconds(size_of(data, loss)) + kEigen * p * p * p;
  if (request.curvature) {
    const Size size = size_of(data, loss);
    cost.curvature = n * (4 * d * c * kFlop + 4 * c * kOutput + kRow) +
                     (takes_dense_curvature(data, loss, request) ? dense_seconds(size)
                                                                 : pairs_seconds(size, request.curvature_flops));
  }
  return cost;
}

}  // namespace descent::train
