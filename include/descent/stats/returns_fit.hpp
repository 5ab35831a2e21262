#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace descent::stats {

struct StepsAtBatch {
  double batch = 0, steps = 0;
};

/// S(B) = s_min (1 + b_crit / B), fitted on ln S (McCandlish, Kaplan, Amodei et al. 2018).
struct ReturnsFit {
  double s_min = 0, b_crit = 0;
  std::vector<double> residuals;  ///< ln S − ln fit, by point
};
/// At least three batches, steps > 0; Gauss–Newton on ln a, ln b of S = a + b/B. Empty if it does not converge.
std::optional<ReturnsFit> fit_returns(std::span<const StepsAtBatch> curve);

/// p of the lack-of-fit F-test: residuals of the fit against the scatter of replicates (ln steps by seed, one list a
/// batch). A batch with a single run counts only for the lack of fit, a batch without runs not at all. Empty if there
/// are no replicates or no degrees of freedom. source Draper and Smith, Applied Regression Analysis (1998), section 2.1
std::optional<double> lack_of_fit_p(const ReturnsFit& fit, const std::vector<std::vector<double>>& replicates);

/// The batch at which doubling saves √2 of the steps, without a model: S is made monotone (pool adjacent violators on
/// ln S), joined by lines in ln–ln, and the doubling efficiency log₂ S(B)/S(2B) is followed to ½.
struct HalfEfficiency {
  std::optional<double> batch;
  /// below_range: already less at the smallest batch; beyond_range: still more at the largest.
  enum class Status { ok, below_range, beyond_range, too_few } status = Status::too_few;
};
HalfEfficiency half_efficiency_batch(std::span<const StepsAtBatch> curve);

/// seconds = fixed + per_row · B by least squares with weights 1/seconds²: relative errors count.
struct StepTime {
  double fixed = 0, per_row = 0;
};
std::optional<StepTime> fit_step_time(std::span<const double> batches, std::span<const double> seconds);

}  // namespace descent::stats
