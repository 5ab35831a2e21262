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

/// For each origin, the share of the steps that its seconds represent.
using OriginShares = std::map<record::TimedFrom, double>;

/// The steps of one run that count for its time, and the steps at which its origins' weights were.
struct PaidSteps {
  double taken = 0;              ///< number of steps, from step 0 on
  std::optional<double> middle;  ///< where kMiddleDelta was passed, else the first target; empty if neither was
  double end = 0;                ///< where the run had reached all its targets, or where it ended
};

/// The steps of each run of a series up to a level. As in SeriesRuns, all steps of a run that does not reach the level
/// count. Runs that diverged are left out: nothing was timed near their weights.
std::vector<PaidSteps> steps_to_level(const record::Report& report, const record::Series& series,
                                      const record::Workload& workload, const record::Target& target,
                                      std::optional<double> level);
/// All steps of one run, including those beyond its target.
std::vector<PaidSteps> steps_of_run(const record::Report& report, const record::Trajectory& run);

/// The origins' shares for the mean cost of a step over these runs. The cost is interpolated linearly between timed
/// origins, and constant after the last one. Without runs, all origins have equal shares.
OriginShares shares_of(const std::vector<PaidSteps>& runs, const std::set<record::TimedFrom>& origins);

/// Samples of one process, by origin, the stored weights from which they ran: start, middle or end.
struct InvocationTimes {
  int id = 0;
  std::map<record::TimedFrom, std::vector<double>> origins;
  /// The mean over each origin's samples, weighted by the share of steps that are taken near it. An origin without a
  /// share counts for half.
  double mean(const OriginShares& shares) const;
};

/// Seconds per step of a cell.
struct CellTimes {
  std::vector<InvocationTimes> invocations;
  std::vector<double> means;    ///< of each invocation
  std::vector<int> ids;         ///< number of each invocation in the report
  std::vector<double> samples;  ///< of all, in the report's order
  OriginShares shares;
  StepWork work;
  std::string origins;          ///< names of all origins, with commas
  int unbound = 0;              ///< invocations in which a worker could not be bound to its CPU
  int disturbed = 0;            ///< invocations with samples that stayed disturbed
  bool oversubscribed = false;  ///< more threads than CPUs
  /// Samples of all invocations, each divided by the median of its origin, so that samples of different origins are
  /// comparable.
  std::vector<double> relative_samples() const;
  /// The mean of the invocation with this number; empty if it did not time the cell.
  std::optional<double> mean_of(int id) const;
  /// The median of the invocations' means; with fewer than six their geometric mean, since the median is not surely
  /// enough between so few values (with three: in three of four cases).
  std::optional<double> centre() const;
  /// What the interval is computed from: order statistics of the median; Student's t of the logarithms; or, with one
  /// process, its resampled samples, which do not include differences between processes.
  record::SamplesKind kind() const;
  /// One draw of centre() from its confidence distribution.
  std::optional<double> drawn(core::CounterRandom& random) const;
  /// The 95 % interval of centre(). `seed` is used only if there is one process.
  std::optional<stats::Interval> interval(std::uint64_t seed) const;
  /// The error of ln centre() by Student's t; empty for another kind().
  std::optional<LogError> log_error() const;
};

/// The samples of one timing.
InvocationTimes invocation_times(const record::Timing& timing);

/// A cell's times, weighted by the steps in `paid`. If a cell was timed under two names, the second is left out.
CellTimes cell_times(const record::Report& report, const record::Cell& cell, const std::vector<PaidSteps>& paid);
/// A cell's times, weighted by a series' steps to a target; without a target, to the headline target.
CellTimes cell_times(const record::Report& report, const record::Series& series, const record::Cell& cell,
                     const std::optional<record::Target>& target = std::nullopt);

/// Does the cell count when cells are chosen or recommended? A cell with more threads than CPUs counts only if the
/// workload has no other timings.
bool counts(const record::Report& report, const record::Cell& cell, bool oversubscribed);

/// The cells in which a series' steps were timed, sorted. Pointers point into the report.
std::vector<const record::Cell*> timed_cells(const record::Report& report, const record::Series& series);

}  // namespace descent::analysis
