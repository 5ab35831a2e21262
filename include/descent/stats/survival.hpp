#pragma once

#include <optional>
#include <span>
#include <vector>

#include "descent/stats/interval.hpp"

namespace descent::stats {

/// A time to an event, or, where `reached` is false, the time at which it had not come yet.
struct Duration {
  double time = 0;
  bool reached = true;
};

/// Expected running time (COCO's aRT: Hansen et al. 2016): all time spent, over the successes; nothing without a
/// success.
std::optional<double> expected_running_time(std::span<const Duration> runs);

/// Kaplan–Meier estimate of S(t) (Kaplan and Meier 1958).
struct KaplanMeier {
  std::optional<double> median;  ///< min {t : S(t) <= ½}
  /// Brookmeyer–Crowley with log–log limits, where there are events; open above where even the last one leaves the
  /// limit over ½: the median may lie beyond all that was seen.
  std::optional<OpenInterval> median_interval;
  double restricted_mean = 0;  ///< ∫₀^horizon S, horizon = the largest time
};
/// S(t) after each time at which something came to an event or was lost sight of.
struct SurvivalPoint {
  double time = 0, share = 1;
};
std::vector<SurvivalPoint> survival_curve(std::span<const Duration> runs);
KaplanMeier kaplan_meier(std::span<const Duration> runs, double confidence = kConfidence);

}  // namespace descent::stats
