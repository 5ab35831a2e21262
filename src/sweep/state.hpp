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

inline constexpr double kAccuracyTolerance = 0.005;  // half a percentage point under W*'s accuracy

/// Weights that a trajectory passed, for timings and moments.
struct Snapshot {
  std::string label;  // the target it was the first to reach ("0.1"), or "end"
  std::int64_t step = 0;
  std::vector<float> weights;
};

struct WorkloadState {
  record::Workload record;
  std::unique_ptr<loss::Loss> loss;  // null for a landscape
  train::DataConstants constants;
  std::vector<double> optimum_weights;  // W*; empty where none is known
  std::vector<float> start;             // where the run of the first seed begins
  bool one_start = true;                // so do all others
  bool wanted = true;                   // false: only other shards have series of it, or the budget was too small
  bool at_rest = false;                 // the start is the optimum: nothing is trained
  /// f at which a target is reached; nothing where f does not tell, as of a share without an optimum.
  std::optional<double> value_at(const record::Target& target) const;
  /// The same of a share of the starting gap.
  std::optional<double> value_at(double share) const;
  /// What f is never below, as far as is known: gaps are counted from there.
  double least_value() const { return record.optimum_value.value_or(0); }
};

/// A planned series, and what has come of it so far.
struct SeriesState {
  SeriesPlan plan;
  record::Series record;                                     // chosen_lr is 0 until the search is over
  std::vector<record::Tuning> tunings;                       // trials of its search, round by round
  std::map<std::uint64_t, record::Trajectory> trajectories;  // by seed; those that are finished
  std::vector<Snapshot> snapshots;                           // of the first seed, in the order of steps
  std::optional<double> expected_steps;                      // to its target, as the search found for the chosen rate
  double step_seconds = 0;  // one core's, of the steps of its search and its trajectories
};

/// All that the stages of one sweep share. Stages run one after another; the pieces of a stage may run side by side,
/// and touch shared members under `mutex` only.
struct SweepState {
  const SweepOptions& options;
  const data::Split& data;
  const SeriesTable& table;   // what is to be done
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
  std::optional<Clock::time_point> stage_deadline;  // --budget: what is not done by then is not_run
  RemainingTime remaining;                          // for the progress report
  bool gave_up = false;                             // on what the budget was too small for
  bool retraces = false;  // its runs are those of a report: trained here as far as samples and checks need them
  std::string best;       // what the progress line shows

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

  /// What the model is given for a workload, its rows where a team's workers want them.
  train::Problem problem_of(const WorkloadState& workload, machine::Team& team);
  /// What a workload is trained by on a team.
  std::unique_ptr<engine::Objective> objective_of(const WorkloadState& workload, machine::Team& team);
  /// Does the model know a rate for it?
  bool has_theory(const WorkloadState& workload) const;
  /// The rate at which theory would take steps of this method; a guess where the model has no theory.
  double first_rate(const WorkloadState& workload, const SeriesPlan& plan) const;
  /// Cancelled, or past the stage's share of the budget.
  bool stopping() const;
  /// Cancelled, or past the whole budget.
  bool out_of_time() const;
  double elapsed() const { return std::chrono::duration<double>(Clock::now() - begin).count(); }
  /// Starts a stage: tells the observer, and gives it until `budget_share` of the budget.
  void enter(const std::string& name, std::size_t pieces, double units, double budget_share);
  /// Adds work to the progress estimate that no finished piece reported. Takes the mutex.
  void counted(double units, bool from_journal);
  /// Reports a finished piece to the observer, and adds its seconds to an account ("" adds none). Takes the mutex.
  void finished(const std::string& account, const std::string& what, double seconds, double units, bool from_journal);
  void spend(const std::string& account, double seconds);
  void warn(const std::string& text);
  std::vector<std::string> late_warnings;  ///< told once all stages are done: a run that fails has one line, its error
};

/// Seconds since it was made.
class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(SweepState::Clock::now() - begin_).count(); }

 private:
  SweepState::Clock::time_point begin_ = SweepState::Clock::now();
};

// The stages, in order. Each leaves its tables in the state and every finished piece in the journal, and returns early
// when stopping.
void calibrate(SweepState& state);
void find_optima(SweepState& state);
void run_statistics(SweepState& state);  // learning rates and trajectories
void run_moments(SweepState& state);
void run_curvatures(SweepState& state);      // of what is not convex
void run_demonstrations(SweepState& state);  // of rates that are too small and too large
void retrace(SweepState& state);             // the runs of a report, up to the weights that samples run from
void run_timings(SweepState& state);
void run_checks(SweepState& state);  // weights at other thread counts; times from end to end

}  // namespace descent::sweep
