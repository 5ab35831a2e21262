#pragma once

#include <span>
#include <vector>

#include "descent/core/aligned.hpp"
#include "descent/engine/eigen_products.hpp"
#include "descent/engine/row_products.hpp"
#include "descent/train/moments.hpp"

namespace descent::train {

/// Zeros that start on a cache line. All matrices that Eigen's products read or write must start on one: for small
/// matrices Eigen computes the elements before the first aligned one singly, without fused multiply-add, so the bits
/// would depend on the alignment.
template <class T>
core::AlignedBuffer<T> zeros(std::size_t size) {
  core::AlignedBuffer<T> buffer(size);
  buffer.zero();
  return buffer;
}

/// The results of one pass at fixed weights, from which all moments are computed: scores and slopes of each row, but
/// never a row's gradient.
struct MomentPass {
  MomentPass(const data::Dataset& data_in, const loss::Loss& loss_in, double l2_in, std::span<const float> weights,
             machine::Team& team_in);

  /// Rows are worked on in blocks that stay in cache once converted to double.
  static constexpr std::size_t kBlockRows = 96;

  std::span<const double> scores_of(std::size_t row) const { return {scores.data() + row * outputs, outputs}; }
  std::span<const double> slopes_of(std::size_t row) const { return {slopes.data() + row * outputs, outputs}; }

  const data::Dataset& data;
  std::unique_ptr<engine::RowProducts> products;
  const loss::Loss& loss;
  double l2;
  machine::Team& team;
  std::size_t n, outputs, features, groups;  // groups: of consecutive rows, whose sums are joined in order
  core::AlignedBuffer<double> w;
  std::vector<double> scores, slopes;          // (n, outputs)
  std::vector<double> slope_norms, row_norms;  // (n,): ‖d_i‖², ‖x_i‖²
  std::vector<double> data_gradient;           // ḡ, without l2
  ExactMoments moments;

  std::size_t begin(std::size_t group) const noexcept { return n * group / groups; }

 private:
  void read_group(std::size_t group, std::span<double> sum, std::span<double> losses);
};

/// vᵀHv without the l2 term, for each v (outputs × features,) of `vectors`, by Hessian-vector products in score space.
std::vector<double> curvature_along(const MomentPass& pass, std::span<const std::vector<double>> vectors);

struct Sampled {
  double value = 0;
  std::optional<double> error;  // standard error; nothing where exact
};
/// The fewest rows from which tr(H Γ) is sampled; Γ = (1/N) Σ g_i g_iᵀ, without the l2 terms.
inline constexpr std::size_t kFewestCurvatures = 64;
/// Is tr(HΣ) cheaper from dense matrices than from samples, and are these matrices small enough?
bool takes_dense_curvature(const data::Dataset& data, const loss::Loss& loss, const MomentsRequest& request);
Sampled curvature_of_gradients(const MomentPass& pass, double flops, std::uint64_t seed);

/// Dense H (l2 included) and Σ, both (p, p).
struct DenseMoments {
  std::vector<double> hessian, covariance;
};
DenseMoments dense_moments(const MomentPass& pass);

}  // namespace descent::train
