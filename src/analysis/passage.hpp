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

/// y that falls to the target's level: δ = (f − f*)/(f₀ − f*), 1 − accuracy, or f less f* where that is known; empty
/// where the curve cannot say, as of a distance.
std::vector<double> progress_of(const record::Trajectory& run, const record::Workload& workload, const Target& target);
/// f₀ of a series: the median over its runs; none where none was run.
std::optional<double> start_of(const record::Report& report, const record::Series& series);
/// l2 = 0 on separable data, say: f has no minimiser, so that there is nothing to be near to, in value or in accuracy.
inline bool no_optimum(const record::Workload& workload) { return workload.optimum_kind == record::OptimumKind::none; }
/// Is the target one that is told by the optimum, where there is none?
inline bool lacks_optimum(const record::Workload& workload, const Target& target) {
  const bool needs = target.kind == record::TargetKind::suboptimality || target.kind == record::TargetKind::accuracy;
  return needs && no_optimum(workload);
}
/// δ itself, the tolerated error rate, or a loss above the optimum: the level for progress_of. None without an optimum
/// that it needs, nor of a distance.
std::optional<double> level_of(const record::Workload& workload, const Target& target);

/// A series' runs to a target.
struct SeriesRuns {
  std::vector<stats::Duration> runs;        ///< steps; censored where the target was not reached
  std::vector<stats::Duration> first_dips;  ///< the same by the first passage, which a dip of a noisy curve can be
  std::vector<std::optional<Passage>> passages;
  std::optional<LogError> error;  ///< where there is more than one run and all reached the target
  int diverged = 0;
  int unknown =
      0;  ///< runs that stopped at another target before they could reach this one: neither reached nor censored
};
SeriesRuns runs_to_target(const record::Report& report, const record::Series& series, const record::Workload& workload,
                          const Target& target);
/// The same to another level than the target's own; without one nothing is reached.
SeriesRuns runs_to_level(const record::Report& report, const record::Series& series, const record::Workload& workload,
                         const Target& target, std::optional<double> level);
/// One run of a series that depends on its seed: nothing tells how far its steps scatter.
bool one_seed(const record::Series& series, const SeriesRuns& runs) noexcept;

/// One draw of the expected steps: where every seed reached, by t with the runs' error, as in the interval of the mean;
/// else the runs are resampled, censored ones among them, and a resample without a success takes for ever:
/// infinity. Of a single run, which is gradient descent's, what was expected: no draw may be made where one_seed().
double draw_steps(core::CounterRandom& random, const SeriesRuns& runs, double expected);

/// Mean over seeds of progress_of at each grid point; runs that ended earlier go on as fast as the others. Empty where
/// a run diverged: the mean of the others is none of the series'.
struct GridMean {
  std::int64_t step = 0;
  double y = 0;
  bool whole = false;  ///< every run got there
};
std::vector<GridMean> mean_curve_of(const record::Report& report, const record::Series& series,
                                    const record::Workload& workload, const Target& target);
/// Where that curve passes the target.
struct MeanPassage : Passage {
  bool extrapolated = false;  ///< beyond the end of some run
};
std::optional<MeanPassage> mean_curve_passage(const record::Report& report, const record::Series& series,
                                              const record::Workload& workload, const Target& target);

/// Rules of learning rates that the headline may be about, the first that there is; others stand beside it.
inline constexpr std::array kHeadlineRules{record::RateRule::tuned, record::RateRule::theory, record::RateRule::fixed};
/// How far from the target a series' rate was tuned, in ln: of two series of one batch the nearer one counts. Untuned
/// series are all alike.
double tuned_away(const record::Series& series, const Target& target);

/// Does another series with this one's rule, optimizer and batch have a rate tuned nearer to the target?
bool outdone(const record::Report& report, const record::Series& series, const Target& target);
/// Is it of the rule that the recommendation is about, and not outdone?
bool competes(const record::Report& report, const record::Series& series, const Target& target);

/// The target that the headline is about.
std::optional<Target> headline_of(const record::Report& report);
/// The target of validation accuracy, where it was measured.
std::optional<Target> accuracy_of(const record::Report& report);

}  // namespace descent::analysis
