#pragma once

#include <string>
#include <vector>

#include "descent/record/find.hpp"
#include "descent/record/report.hpp"

namespace descent::report {

// The tables of a report joined for printing. Pointers are into the report.

using record::Target;

/// The targets of a workload, easiest first; the last suboptimality is the headline.
std::vector<Target> targets_of(const record::Report& report, const std::string& workload);
/// The one that the report calls so, or where there is none the last target.
Target headline_of(const std::vector<Target>& targets);

/// Was its learning rate searched for another target? For an accuracy none is.
bool is_tuned_elsewhere(const record::Series& series, const Target& target);

/// A cell of a series, with its time to one target.
struct TimedCell {
  const record::Cell* cell = nullptr;
  const record::Throughput* steps = nullptr;
  const record::TimeToTarget* time = nullptr;  ///< null where there is none
  /// Of the steps to the target; where it has no such row, to the headline.
  record::Real seconds_per_step() const {
    return time != nullptr && time->seconds_per_step ? time->seconds_per_step : steps->seconds_per_step;
  }
};

/// A series and an engine at one target.
struct Row {
  const record::Series* series = nullptr;
  const record::Convergence* convergence = nullptr;  ///< of the target
  std::string engine;                                ///< "" where nothing was timed
  std::vector<TimedCell> cells;                      ///< by ascending threads
  TimedCell best;                        ///< the least seconds to the target, cells with a CPU for each thread first
  const record::Noise* noise = nullptr;  ///< of its batch and sampling, at the checkpoint nearest to the target
  record::Real longest_steps;            ///< of its trajectories
  record::Real best_seconds_per_step;
  bool is_best = false;  ///< the summary's best cell is in this row
};

/// Rows of a workload at a target: whole batches first, then by batch, then by optimizer as the report has them. Series
/// that were tuned for another target are left out where there is one for this.
std::vector<Row> rows_of(const record::Report& report, const std::string& workload, const Target& target);

/// Of a ranking that is withheld: the cells that may be the fastest. They are the best, those tied with it, and those
/// that are slower by no more than the disturbance.
std::vector<std::string> may_be_fastest(const record::Summary& summary, const std::vector<Row>& rows);

/// Of each optimizer that has returns, those of the rule that the headline is about: its first, where that has a search
/// or a given rate behind it.
std::vector<const record::Returns*> headline_returns(const record::Report& report, const record::Workload& workload,
                                                     const Target& target);

const record::Summary* summary_of(const record::Report& report, const std::string& workload, const Target& target);

}  // namespace descent::report
