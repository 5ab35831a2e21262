#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "descent/core/random.hpp"
#include "descent/record/report.hpp"
#include "descent/stats/interval.hpp"

namespace descent::analysis {

/// What share of the steps each phase's seconds stand for, by its name: start, middle, end.
using PhaseShares = std::map<std::string, double>;

/// The steps of one run that are paid for, and where the weights lie that its phases are timed from.
struct PaidSteps {
  double taken = 0;              ///< from step 0
  std::optional<double> middle;  ///< where kMiddleDelta was passed, else the first target that was; none: neither
  double end = 0;                ///< where all that the run was for was reached, or where it ended
};

/// The steps of each run of a series up to a level (as of SeriesRuns: a run that does not come there pays for all of
/// them). Of runs that diverged there are none: nothing was timed near their weights.
std::vector<PaidSteps> steps_to_level(const record::Report& report, const record::Series& series,
                                      const record::Workload& workload, const record::Target& target,
                                      std::optional<double> level);
/// All steps of one run, beyond its target too.
std::vector<PaidSteps> steps_of_run(const record::Report& report, const record::Trajectory& run);

/// The mean step of those runs: its cost is taken to change evenly from one timed phase to the next and to stay level
/// beyond the last, and is summed over the steps. Phases alike where no run is known.
PhaseShares shares_of(const std::vector<PaidSteps>& runs, const std::set<std::string>& phases);

/// Samples of one process, by the stored weights they ran from: start, middle, end.
struct InvocationTimes {
  int id = 0;
  std::map<std::string, std::vector<double>> phases;
  /// Total time is a sum: the mean over each phase's samples, weighted by the share of steps that is taken near it. A
  /// phase without a share counts for half.
  double mean(const PhaseShares& shares) const;
};

/// Seconds per step of a cell.
struct CellTimes {
  std::vector<InvocationTimes> invocations;
  std::vector<double> means;    ///< of each invocation
  std::vector<int> ids;         ///< of each invocation, as the report counts them
  std::vector<double> samples;  ///< of all, in the report's order
  PhaseShares shares;
  double flops = 0, bytes = 0;
  std::string schedule, phases;  ///< phases: names of all, with commas
  int unbound = 0;               ///< invocations in which a worker could not be bound to its CPU
  int disturbed = 0;             ///< invocations with samples that stayed disturbed
  bool oversubscribed = false;   ///< more threads than CPUs
  /// Samples of all invocations over the median of their phase: of one kind, whatever the phase.
  std::vector<double> relative_samples() const;
  /// Median over invocations of the invocation's mean.
  std::optional<double> centre() const;
  /// One draw of it from its confidence distribution, for intervals of this cell alone: of the median by order
  /// statistics; with fewer than six by Student's t of the logarithms, since so few values do not hold the median
  /// between them often enough (three: in three of four cases); of one alone, its samples are resampled.
  std::optional<double> drawn(core::CounterRandom& random) const;
  /// The 95 % interval that those draws give.
  std::optional<stats::Interval> interval(std::uint64_t seed) const;
  /// One draw by a bootstrap: invocations are resampled; with fewer than kEnoughInvocations their samples as well, so
  /// that few processes do not pass for an exact figure.
  std::optional<double> resampled(core::CounterRandom& random) const;
  /// Median of the means of the invocations with these ids, each as often as it is named; random serves for samples
  /// within few invocations. Nothing where one is missing.
  std::optional<double> at(std::span<const int> drawn_ids, core::CounterRandom* random) const;

 private:
  /// An invocation's mean, of resampled samples where there are few invocations.
  double mean_again(std::size_t invocation, core::CounterRandom& random) const;
};

inline constexpr std::size_t kEnoughInvocations = 5;

/// The samples of one timing.
InvocationTimes invocation_times(const record::Timing& timing);

/// A cell's times, weighted by where the steps that are paid for are taken. Of a cell that was timed under two names
/// the second is left out.
CellTimes cell_times(const record::Report& report, const record::Cell& cell, const std::vector<PaidSteps>& paid);
/// Those of a series' steps to a target; without one, to the headline's.
CellTimes cell_times(const record::Report& report, const record::Series& series, const record::Cell& cell,
                     const std::optional<record::Target>& target = std::nullopt);

/// More threads than CPUs tell how well a machine copes, not how fast it is: such a cell counts, in a recommendation
/// and wherever cells are chosen, only where the workload has no other timings.
bool counts(const record::Report& report, const record::Cell& cell, bool oversubscribed);

/// The cells that a series' steps were timed in, sorted. Pointers are into the report.
std::vector<const record::Cell*> timed_cells(const record::Report& report, const record::Series& series);

}  // namespace descent::analysis
