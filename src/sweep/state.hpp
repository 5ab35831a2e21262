#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "descent/engine/engine.hpp"
#include "descent/engine/placed_rows.hpp"
#include "descent/record/report.hpp"
#include "descent/sweep/sweep.hpp"
#include "descent/train/learning_rate.hpp"
#include "descent/train/model.hpp"
#include "sweep/journal/journal.hpp"
#include "sweep/plan/plan.hpp"
#include "sweep/plan/remaining.hpp"

namespace descent::sweep {

inline constexpr double kAccuracyTolerance = 0.005;  // half a percentage point below the accuracy of W*

/// Weights that a trajectory passed, for timings and moments.
struct Snapshot {
  std::string label;  // the target that was reached here first ("0.1"), or "end"
  std::int64_t step = 0;
  std::vector<float> weights;
};

struct WorkloadState {
  record::Workload record;
  std::unique_ptr<loss::Loss> loss;  // null for a landscape
  train::DataConstants constants;
  std::vector<double> optimum_weights;  // W*; empty where none is known
  std::vector<float> start;             // where the first seed's run begins
  bool one_start = true;                // the runs of all seeds begin there
  bool wanted = true;                   // false: all its series belong to other shards, or the budget was too small
  bool at_rest = false;                 // the start is the optimum: nothing is trained
  bool gave_up = false;                 // looking for its smallest loss did not fit into the budget
  /// The f at which a target is reached; empty if f does not tell, as for a share of the gap without an optimum.
  std::optional<double> value_at(const record::Target& target) const;
  /// The same for a share of the starting gap.
  std::optional<double> value_at(double share) const;
  /// A value that f is never below, as far as is known; gaps are measured from it.
  double least_value() const { return record.optimum_value.value_or(0); }
};

/// A planned series, and what has come of it so far.
struct SeriesState {
  SeriesPlan plan;
  record::Series record;                                     // chosen_lr is 0 until the search is over
  std::vector<record::Tuning> tunings;                       // trials of its search, round by round
  std::map<std::uint64_t, record::Trajectory> trajectories;  // by seed; those that are finished
  std::vector<Snapshot> snapshots;                           // of the first seed, in the order of steps
  // to its target at the chosen rate, according to the search
  std::optional<double> expected_steps;
  double step_seconds = 0;  // on one core, of all steps of its search and trajectories
};

/// The data that the stages of one sweep share. Stages run one after another. The pieces of a stage may run side by
/// side; they use shared members only under `mutex`.
struct SweepState {
  const SweepOptions& options;
  const data::Split& data;
  const SeriesTable& table;   // the plan
  engine::PlacedRows placed;  // its training rows, for teams that are bound to CPUs
  SweepObserver& observer;
  const std::atomic<bool>& cancel;
  Journal& journal;
  std::unique_ptr<engine::Engine> engine;  // trains the trajectories
  std::unique_ptr<train::Model> model;
  std::vector<WorkloadState> workloads;
  std::vector<SeriesState> series;  // in plan order
  record::Report report;            // tables that are final as they come
  std::mutex mutex;

  using Clock = std::chrono::steady_clock;
  Clock::time_point begin = Clock::now();
  std::optional<Clock::time_point> stage_deadline;  // --budget: series that are not finished by then are not_run
  RemainingTime remaining;                          // for the progress report
  bool gave_up = false;                             // something was left out because the budget was too small
  bool retraces = false;  // the runs are those of another report; trained here only as far as samples and checks need
  std::string best;       // best result, for the progress line

  SweepState(const SweepOptions& options_in, const data::Split& data_in, const SeriesTable& table_in,
             SweepObserver& observer_in, const std::atomic<bool>& cancel_in, Journal& journal_in)
      : options(options_in),
        data(data_in),
        table(table_in),
        placed(data.training),
        observer(observer_in),
        cancel(cancel_in),
        journal(journal_in),
        model(train::make_model(options_in.model)) {}

  /// The problem of a workload, with the rows placed for the workers of a team.
  train::Problem problem_of(const WorkloadState& workload, machine::Team& team);
  /// The objective of a workload on a team.
  std::unique_ptr<engine::Objective> objective_of(const WorkloadState& workload, machine::Team& team);
  /// Does the model know a theoretical rate for the workload?
  bool has_theory(const WorkloadState& workload) const;
  /// The rate at which the search begins: what theory gives for this method, or a guess if the model has no theory.
  double first_rate(const WorkloadState& workload, const SeriesPlan& plan) const;
  /// Cancelled, or past the stage's share of the budget.
  bool stopping() const;
  /// Cancelled, or past the whole budget.
  bool out_of_time() const;
  double elapsed() const { return std::chrono::duration<double>(Clock::now() - begin).count(); }
  /// Starts a stage: tells the observer. The stage's deadline is the share `budget_share` of the budget, counted from
  /// the beginning.
  void enter(const std::string& name, std::size_t pieces, double units, double budget_share);
  /// Adds finished work to the progress estimate without reporting a piece. Takes the mutex.
  void counted(double units, bool from_journal);
  /// Reports a finished piece to the observer, and adds its seconds to an account ("" adds none). Takes the mutex.
  void finished(const std::string& account, const std::string& what, double seconds, double units, bool from_journal);
  void spend(const std::string& account, double seconds);
  void warn(const std::string& text);
  /// reported after all stages, so that a run that fails prints only its error
  std::vector<std::string> late_warnings;
};

/// Seconds since it was made.
class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(SweepState::Clock::now() - begin_).count(); }

 private:
  SweepState::Clock::time_point begin_ = SweepState::Clock::now();
};

// The stages, in order. Each writes its tables to the state and every finished piece to the journal, and returns early
// when the sweep is stopping.
void calibrate(SweepState& state);
void find_optima(SweepState& state);
void run_statistics(SweepState& state);  // learning rates and trajectories
void run_moments(SweepState& state);
void run_curvatures(SweepState& state);      // for functions that are not convex
void run_demonstrations(SweepState& state);  // of rates that are too small and too large
void retrace(SweepState& state);             // the runs of a report, up to the weights that samples run from
void run_timings(SweepState& state);
void run_checks(SweepState& state);  // weights at other thread counts; times from end to end

}  // namespace descent::sweep
