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

/// Variance of the mean over `batch` of `n` rows, relative to the variance of one row: 1/B for iid_replace,
/// (N−B)/(B(N−1)) for distinct rows (0 if N is 1), 0 for Sampling::none.
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
/// team. source  docs/methodology.md, "Noise"
ExactMoments exact_moments(const data::Dataset& data, const loss::Loss& loss, double l2, std::span<const float> w,
                           machine::Team& team);

/// The samplings with independent batches: iid_replace and iid_distinct.
std::vector<Sampling> independent_samplings();

struct MomentsRequest {
  std::vector<std::size_t> batches;  ///< each 1 … n
  /// Empty, or one per batch: the learning rate for which floors are predicted. The predictions hold for weights near
  /// W*.
  std::vector<std::optional<double>> rates;
  std::vector<Sampling> samplings = independent_samplings();
  std::uint64_t seed = 0;              ///< of the sampled batches; each checkpoint needs its own
  std::size_t most_batches = 64;       ///< most batches sampled per batch size and sampling …
  double most_epochs = 4;              ///< … and most rows, in epochs; at least one batch, and for all rows just one
  std::vector<std::size_t> unsampled;  ///< batch sizes that are not sampled
  bool curvature = true;               ///< compute GᵀHG and tr(HΣ); never for losses with kinks
  double curvature_flops = 2e9;        ///< for the sample for tr(HΣ), which is computed exactly if that is cheaper
  bool lyapunov = true;                ///< predict floors by the Lyapunov equation; false if that costs too much
  std::size_t lyapunov_parameters = 300;  ///< dense H and Σ are used up to this many parameters
};

/// The number of batches that are drawn for a batch size and sampling.
std::size_t sampled_batches(const MomentsRequest& request, Sampling sampling, std::size_t n, std::size_t batch);

/// Predicted seconds of the parts of a request on one core. They are computed from nominal costs (machine/nominal.hpp)
/// and are the same everywhere, so that what is left out to save time does not depend on a clock.
struct MomentsCost {
  double exact = 0, sampled = 0, lyapunov = 0, curvature = 0;
};
MomentsCost moments_cost(const data::Dataset& data, const loss::Loss& loss, const MomentsRequest& request);

/// One record per batch × sampling, in that order; the caller adds workload, checkpoint, delta and step. w (outputs ×
/// features,). The same bits for any team. Throws UsageError for a batch larger than n. `exact_seconds` receives the
/// seconds of the exact pass.
std::vector<record::Moment> measure_moments(const data::Dataset& data, const loss::Loss& loss, double l2,
                                            std::span<const float> w, machine::Team& team,
                                            const MomentsRequest& request, double* exact_seconds = nullptr);

/// Stationary E[f] − f* of w ← w − αĝ near a minimum, ½ tr(HV) with V = (I−αH)V(I−αH) + α²cΣ, from H and Σ there;
/// empty if that does not converge (αλ ≥ 2, or a negative λ). H, Σ (p × p,) symmetric. In H's eigenbasis only Σ's
/// diagonal counts: ½ tr(HV) = (αc/2) Σ_k Σ_kk / (2 − αλ_k).
class StationaryNoise {
 public:
  StationaryNoise(std::span<const double> hessian, std::span<const double> covariance, std::size_t p);
  std::optional<double> floor(double rate, double variance_factor) const;

 private:
  std::vector<double> eigenvalues_, variances_;  // (p,): λ_k; Σ along that direction
};

}  // namespace descent::train
