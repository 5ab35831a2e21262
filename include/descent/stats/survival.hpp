#pragma once

#include <optional>
#include <span>
#include <vector>

#include "descent/stats/interval.hpp"

namespace descent::stats {

/// The time to an event, or, if `reached` is false, the time until which it had not happened.
struct Duration {
  double time = 0;
  bool reached = true;
};

/// Expected running time (COCO's aRT: Hansen et al. 2016): the time of all runs divided by the number of successes;
/// empty without a success.
std::optional<double> expected_running_time(std::span<const Duration> runs);

/// Kaplan–Meier estimate of S(t) (Kaplan and Meier 1958).
struct KaplanMeier {
  std::optional<double> median;  ///< min {t : S(t) <= ½}
  /// Brookmeyer–Crowley with log–log limits, if there are events. Open above if even after the last event the limit is
  /// above ½: the median may lie beyond all observed times.
  std::optional<OpenInterval> median_interval;
  double restricted_mean = 0;  ///< ∫₀^horizon S, horizon = the largest time
};
/// S(t) after each time at which an event happened or a run was censored.
struct SurvivalPoint {
  double time = 0, share = 1;
};
std::vector<SurvivalPoint> survival_curve(std::span<const Duration> runs);
KaplanMeier kaplan_meier(std::span<const Duration> runs, double confidence = kConfidence);

}  // namespace descent::stats
