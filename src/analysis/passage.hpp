#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "analysis/log_error.hpp"
#include "descent/core/random.hpp"
#include "descent/record/report.hpp"
#include "descent/stats/passage.hpp"
#include "descent/stats/survival.hpp"

namespace descent::analysis {

using record::Target;

using stats::Passage;

/// The quantity that falls to the target's level: δ = (f − f*)/(f₀ − f*), 1 − accuracy, or f minus f* (if f* is known).
/// Empty if the target is of another kind, as a distance.
std::vector<double> progress_of(const record::Trajectory& run, const record::Workload& workload, const Target& target);
/// f₀ of a series: the median over its runs; empty without runs.
std::optional<double> start_of(const record::Report& report, const record::Series& series);
/// Does f have no minimiser, as with l2 = 0 on separable data? Then neither suboptimality nor its accuracy is defined.
inline bool no_optimum(const record::Workload& workload) { return workload.optimum_kind == record::OptimumKind::none; }
/// Is the target defined by the optimum, while there is none?
inline bool lacks_optimum(const record::Workload& workload, const Target& target) {
  const bool needs = target.kind == record::TargetKind::suboptimality || target.kind == record::TargetKind::accuracy;
  return needs && no_optimum(workload);
}
/// The level for progress_of(): δ itself, the tolerated error rate, or a loss minus the optimum. Empty if the optimum
/// that it needs is missing, or for a distance.
std::optional<double> level_of(const record::Workload& workload, const Target& target);

/// A series' runs to a target.
struct SeriesRuns {
  std::vector<stats::Duration> runs;        ///< steps; censored where the target was not reached
  std::vector<stats::Duration> first_dips;  ///< the same by the first passage, which may be a mere dip of a noisy curve
  std::vector<std::optional<Passage>> passages;
  std::optional<LogError> error;  ///< present if there is more than one run and all reached the target
  int diverged = 0;
  int unknown =
      0;  ///< runs that stopped at another target before they could reach this one: neither reached nor censored
};
SeriesRuns runs_to_target(const record::Report& report, const record::Series& series, const record::Workload& workload,
                          const Target& target);
/// The same with another level than the target's own; an empty level is never reached.
SeriesRuns runs_to_level(const record::Report& report, const record::Series& series, const record::Workload& workload,
                         const Target& target, std::optional<double> level);
/// Is there only one run of a series that depends on its seed? Then the scatter of its steps is unknown.
bool one_seed(const record::Series& series, const SeriesRuns& runs) noexcept;

/// One draw of the expected steps: where every seed reached, by t with the runs' error, as in the interval of the mean;
/// else the runs, including censored ones, are resampled, and a resample without a success gives infinity. A single run
/// of gradient descent gives `expected`. Must not be called if one_seed().
double draw_steps(core::CounterRandom& random, const SeriesRuns& runs, double expected);

/// Mean over seeds of progress_of() at each grid point; runs that ended earlier are extrapolated at the speed of the
/// others. Empty if a run diverged, since the mean of the others would not be the series' mean.
struct GridMean {
  std::int64_t step = 0;
  double y = 0;
  bool whole = false;  ///< every run got there
};
std::vector<GridMean> mean_curve_of(const record::Report& report, const record::Series& series,
                                    const record::Workload& workload, const Target& target);
/// Where the mean curve passes the target.
struct MeanPassage : Passage {
  bool extrapolated = false;  ///< beyond the end of some run
};
std::optional<MeanPassage> mean_curve_passage(const record::Report& report, const record::Series& series,
                                              const record::Workload& workload, const Target& target);

/// Learning-rate rules for the headline, in order of preference: the first one present is used; the others are shown
/// for comparison.
inline constexpr std::array kHeadlineRules{record::RateRule::tuned, record::RateRule::theory, record::RateRule::fixed};
/// The distance, in ln, between the target and the target that a series' rate was tuned for: of two series of one batch
/// the nearer one counts. Equal for all untuned series.
double tuned_away(const record::Series& series, const Target& target);

/// Does another series with the same rule, optimizer and batch have a rate tuned nearer to the target?
bool outdone(const record::Report& report, const record::Series& series, const Target& target);
/// Does the series have the headline's rule, and is it not outdone?
bool competes(const record::Report& report, const record::Series& series, const Target& target);

/// The target that the headline is about.
std::optional<Target> headline_of(const record::Report& report);
/// The target of validation accuracy, where it was measured.
std::optional<Target> accuracy_of(const record::Report& report);

}  // namespace descent::analysis
