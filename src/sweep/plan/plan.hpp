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

inline constexpr const char* kNoLoss = "none";  // what the workload of a landscape has for a loss

/// model × data × loss × l2.
struct WorkloadPlan {
  std::string id, dataset, loss;  // loss: canonical name, with its parameters
};

/// One series before it is known which learning-rate rule it can have: without an optimum nothing can be tuned.
struct SeriesPlan {
  std::size_t workload = 0;
  std::shared_ptr<const train::Optimizer> method;
  std::string optimizer, family;  // its name; the methods whose searches hand their rates on to each other
  std::int64_t batch = 0;         // all rows where full_batch
  bool full_batch = false;
  record::Sampling sampling = {};
  record::RateSchedule schedule = {};
  record::RateRule lr_rule = {};
  double target = 0;  // what it is tuned for
  record::TargetKind target_kind = {};
  bool headline = true;  // tuned for the last target
  std::vector<std::uint64_t> seeds, tuning_seeds;
  std::size_t walking_seeds = 1;  // of tuning_seeds: those that every rate tried meets
  std::int64_t max_steps = 0;
  double fixed_rate = 0;  // of lr_rule fixed
  record::Target aim() const { return {target_kind, target}; }
  bool owned = true;  // false: another shard trains it; here it only leads the search on

  /// Is its noise that of plain steps on drawn batches, which has a theory?
  bool has_plain_noise() const { return !full_batch && method->plain_step(); }
};

/// Everything a sweep would do, in the order of the report's tables: by workload, rule, target, family, then batch with
/// all rows last.
struct SeriesTable {
  std::vector<WorkloadPlan> workloads;
  std::vector<SeriesPlan> series;
  std::vector<std::string> notes;  // what was left out
};

/// Rows × parameters up to which an optimum is solved to the default gap at least.
inline constexpr double kSmallWork = 5e7;

inline constexpr std::uint64_t kFirstTuningSeed = 1000001;  // reporting seeds count from 1

/// Throws UsageError where options and data do not fit together.
SeriesTable plan_series(const SweepOptions& options, const data::Split& data);

/// "workload/sgd/32/reshuffle/constant/tuned"; "@0.1" is appended where it is tuned for another target than the
/// headline.
std::string series_id(const SeriesPlan& series, const std::string& workload);

/// What the runs are for, as options say: shares of the starting gap, values of f, the distance from a saddle, each
/// from the easiest on. The headline is the last loss, else the last share, else the distance. Accuracy is not among
/// them.
std::vector<record::Target> targets_of(const SweepOptions& options);
record::Target headline_of(const SweepOptions& options);
/// "0.1", "loss:0.3", "escape:0.5": by this weights are kept where a run comes to a target.
std::string target_label(const record::Target& target);

/// A run is censored once past both budgets: the larger of max_steps and max_epochs in steps.
std::int64_t budget_steps(const SweepOptions& options, std::int64_t n, std::int64_t batch);

}  // namespace descent::sweep
