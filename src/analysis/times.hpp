#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "analysis/log_error.hpp"
#include "descent/analysis/roof.hpp"
#include "descent/core/random.hpp"
#include "descent/record/report.hpp"
#include "descent/stats/interval.hpp"

namespace descent::analysis {

/// What share of the steps each origin's seconds stand for.
using OriginShares = std::map<record::TimedFrom, double>;

/// The steps of one run that are paid for, and where the weights lie that its origins are timed from.
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

/// The mean step of those runs: its cost is taken to change evenly from one timed origin to the next and to stay level
/// beyond the last, and is summed over the steps. Phases alike where no run is known.
OriginShares shares_of(const std::vector<PaidSteps>& runs, const std::set<record::TimedFrom>& origins);

/// Samples of one process, by the stored weights they ran from: start, middle, end.
struct InvocationTimes {
  int id = 0;
  std::map<record::TimedFrom, std::vector<double>> origins;
  /// Total time is a sum: the mean over each origin's samples, weighted by the share of steps that is taken near it. A
  /// origin without a share counts for half.
  double mean(const OriginShares& shares) const;
};

/// Seconds per step of a cell.
struct CellTimes {
  std::vector<InvocationTimes> invocations;
  std::vector<double> means;    ///< of each invocation
  std::vector<int> ids;         ///< of each invocation, as the report counts them
  std::vector<double> samples;  ///< of all, in the report's order
  OriginShares shares;
  StepWork work;
  std::string origins;          ///< names of all, with commas
  int unbound = 0;              ///< invocations in which a worker could not be bound to its CPU
  int disturbed = 0;            ///< invocations with samples that stayed disturbed
  bool oversubscribed = false;  ///< more threads than CPUs
  /// Samples of all invocations over the median of their origin: of one kind, whatever the origin.
  std::vector<double> relative_samples() const;
  /// The mean of the invocation that the report counts as this one; nothing where it did not time the cell.
  std::optional<double> mean_of(int id) const;
  /// Of the invocations' means the median; with fewer than six the geometric mean, since so few values do not hold the
  /// median between them often enough (three: in three of four cases).
  std::optional<double> centre() const;
  /// What its interval is made of: order statistics of the median; Student's t of the logarithms; of one process, its
  /// samples, resampled: what differs between processes is not in it.
  record::SamplesKind kind() const;
  /// One draw of it from its confidence distribution.
  std::optional<double> drawn(core::CounterRandom& random) const;
  /// Its 95 % interval: the quantiles of those draws. The seed is for one process alone.
  std::optional<stats::Interval> interval(std::uint64_t seed) const;
  /// The error of ln centre() by t; nothing for another kind.
  std::optional<LogError> log_error() const;
};

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
