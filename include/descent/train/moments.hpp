#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "descent/data/dataset.hpp"
#include "descent/loss/loss.hpp"
#include "descent/machine/team.hpp"
#include "descent/record/tables.hpp"
#include "descent/train/sampler.hpp"

namespace descent::train {

/// Variance of the mean of `batch` of `n` rows, relative to one row's: 1/B for iid_replace, (N−B)/(B(N−1)) for distinct
/// rows (0 where there is but one), 0 for Sampling::none.
double variance_factor(Sampling sampling, std::size_t n, std::size_t batch);

/// Moments of the per-example losses ℓ_i and gradients g_i = d_i ⊗ x_i at some weights, exact but for rounding.
struct ExactMoments {
  double value = 0;                  ///< f(w), l2 included
  double loss_variance = 0;          ///< Var_i(ℓ_i), over the population
  double trace_covariance = 0;       ///< trΣ = (1/N) Σ ‖d_i‖²‖x_i‖² − ‖ḡ‖²; the l2 term cancels
  double gradient_norm_squared = 0;  ///< ‖G‖², l2 included
  std::vector<double> gradient;      ///< G = ∇f(w), (outputs × features,)
};

/// One pass over the data in double; no per-example gradient is stored. w (outputs × features,). The same bits for any
/// team. source  methodology §2
ExactMoments exact_moments(const data::Dataset& data, const loss::Loss& loss, double l2, std::span<const float> w,
                           machine::Team& team);

struct MomentsRequest {
  std::vector<std::size_t> batches;  ///< each 1 … n
  /// Empty, or one per batch: the learning rate at which the floors are predicted. They hold for weights near W*.
  std::vector<std::optional<double>> rates;
  std::vector<Sampling> samplings{Sampling::iid_replace, Sampling::iid_distinct};
  std::uint64_t seed = 0;                 ///< of the sampled batches: give each checkpoint its own
  std::size_t most_batches = 64;          ///< sampled in a cell (batch × sampling) …
  double most_epochs = 4;                 ///< … and rows of a cell, in epochs; at least one batch, one of all rows
  std::vector<std::size_t> unsampled;     ///< batches that are not sampled
  bool curvature = true;                  ///< GᵀHG and tr(HΣ); not of losses with kinks
  double curvature_flops = 2e9;           ///< of the sample for tr(HΣ), which is exact where that is cheaper
  bool lyapunov = true;                   ///< false: it would cost too much
  std::size_t lyapunov_parameters = 300;  ///< dense H and Σ up to this many
};

/// Batches that a cell of the request draws.
std::size_t sampled_batches(const MomentsRequest& request, Sampling sampling, std::size_t n, std::size_t batch);

/// Seconds that the parts of a request take on one core, by arithmetic alone: the same everywhere, so that what is left
/// out to save time does not depend on a clock. machine/nominal.hpp has the costs of one row, product and batch.
struct MomentsCost {
  double exact = 0, sampled = 0, lyapunov = 0, curvature = 0;
};
MomentsCost moments_cost(const data::Dataset& data, const loss::Loss& loss, const MomentsRequest& request);

/// One record per batch × sampling, in that order; the caller adds workload, checkpoint, delta and step. w as above.
/// The same bits for any team. Throws UsageError for a batch beyond n. `exact_seconds`: what the exact pass took, for
/// who keeps accounts.
std::vector<record::Moment> measure_moments(const data::Dataset& data, const loss::Loss& loss, double l2,
                                            std::span<const float> w, machine::Team& team,
                                            const MomentsRequest& request, double* exact_seconds = nullptr);

/// Stationary E[f] − f* of w ← w − αĝ near a minimum, ½ tr(HV) with V = (I−αH)V(I−αH) + α²cΣ, from H and Σ there;
/// nothing where that does not settle (αλ ≥ 2, or a negative λ). H, Σ (p × p,) symmetric. In H's eigenbasis only Σ's
/// diagonal counts: ½ tr(HV) = (αc/2) Σ_k Σ_kk / (2 − αλ_k).
class StationaryNoise {
 public:
  StationaryNoise(std::span<const double> hessian, std::span<const double> covariance, std::size_t p);
  std::optional<double> floor(double rate, double variance_factor) const;

 private:
  std::vector<double> eigenvalues_, variances_;  // (p,): λ_k; Σ along that direction
};

}  // namespace descent::train
