#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "descent/data/dataset.hpp"
#include "descent/record/tables.hpp"
#include "descent/sweep/options.hpp"
#include "descent/train/optimizer.hpp"

namespace descent::sweep {

inline constexpr const char* kNoLoss = "none";  // the loss of a workload without one, as of a landscape

/// One workload: model × data × loss × l2.
struct WorkloadPlan {
  std::string id, dataset, loss;  // loss: canonical name, with its parameters
};

/// One series, before it is known which learning-rate rule it can have: tuning needs an optimum.
struct SeriesPlan {
  std::size_t workload = 0;
  std::shared_ptr<const train::Optimizer> method;
  std::string optimizer, family;  // its name; the name of the family whose searches form one chain
  std::int64_t batch = 0;         // all rows where full_batch
  bool full_batch = false;
  record::Sampling sampling = {};
  record::RateSchedule schedule = {};
  record::RateRule lr_rule = {};
  double target = 0;  // the target value it is tuned for
  record::TargetKind target_kind = {};
  bool headline = true;  // tuned for the last target
  std::vector<std::uint64_t> seeds, tuning_seeds;
  std::size_t walking_seeds = 1;  // the first of tuning_seeds: every rate is tried on these
  std::int64_t max_steps = 0;
  double fixed_rate = 0;  // the rate, if lr_rule is fixed
  record::Target aim() const { return {target_kind, target}; }
  bool owned = true;  // false: another shard trains it; here it is only searched, for the next batch's start

  /// Does it take plain steps on drawn batches, whose noise has a theory?
  bool has_plain_noise() const { return !full_batch && method->plain_step(); }
};

/// All series of a sweep, in the order of the report's tables: by workload, rule, target, family, then batch, with all
/// rows last.
struct SeriesTable {
  std::vector<WorkloadPlan> workloads;
  std::vector<SeriesPlan> series;
  std::vector<std::string> notes;  // what was left out
};

/// Rows × parameters up to which an optimum is always solved at least to the default gap.
inline constexpr double kSmallWork = 5e7;

inline constexpr std::uint64_t kFirstTuningSeed = 1000001;  // reporting seeds count from 1

/// Throws UsageError where options and data do not fit together.
SeriesTable plan_series(const SweepOptions& options, const data::Split& data);

/// "workload/sgd/32/reshuffle/constant/tuned"; "@0.1" is appended if it is tuned for a target other than the headline.
std::string series_id(const SeriesPlan& series, const std::string& workload);

/// The targets of the runs as the options give them: shares of the starting gap, values of f, the distance from a
/// saddle; each kind from the easiest to the hardest. The headline is the last value of f, else the last share, else
/// the distance. Accuracy is not included.
std::vector<record::Target> targets_of(const SweepOptions& options);
record::Target headline_of(const SweepOptions& options);
/// "0.1", "loss:0.3", "escape:0.5": the label under which weights are kept when a run reaches a target.
std::string target_label(const record::Target& target);

/// The larger of max_steps and max_epochs, in steps: a run is censored when it is past both.
std::int64_t budget_steps(const SweepOptions& options, std::int64_t n, std::int64_t batch);

}  // namespace descent::sweep
