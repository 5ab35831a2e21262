#pragma once

#include <string>
#include <vector>

#include "descent/record/report.hpp"

namespace descent::report {

// The tables of a report joined for printing. Pointers are into the report.

struct Target {
  std::string kind;
  double value = 0;
  bool operator==(const Target&) const = default;
};

/// The targets of a workload, easiest first; the last suboptimality is the headline.
std::vector<Target> targets_of(const record::Report& report, const std::string& workload);
/// The hardest suboptimality, or where there is none the last target.
Target headline_of(const std::vector<Target>& targets);

/// Was its learning rate searched for another target? For an accuracy none is.
bool is_tuned_elsewhere(const record::Series& series, const Target& target);

/// A series and an engine at one target.
struct Row {
  const record::Series* series = nullptr;
  const record::Convergence* convergence = nullptr;   ///< of the target
  std::string engine;                                 ///< "" where nothing was timed
  std::vector<const record::Throughput*> throughput;  ///< by ascending threads
  std::vector<const record::TimeToTarget*> times;     ///< of the target, by ascending threads
  const record::TimeToTarget* best =
      nullptr;                           ///< the smallest seconds among `times`, those with a CPU for each thread first
  const record::Noise* noise = nullptr;  ///< of its batch and sampling, at the checkpoint nearest to the target
  record::Real longest_steps;            ///< of its trajectories
  record::Real best_seconds_per_step;
  bool is_best = false;  ///< the summary's best cell is in this row
};

/// Rows of a workload at a target: gradient descent first, then by batch. Series that were tuned for another target are
/// left out where there is one for this.
std::vector<Row> rows_of(const record::Report& report, const std::string& workload, const Target& target);

const record::Summary* summary_of(const record::Report& report, const std::string& workload, const Target& target);

}  // namespace descent::report
