#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "descent/train/train.hpp"
#include "sweep/search/search.hpp"
#include "sweep/state.hpp"

namespace descent::sweep {

/// Thrown when a piece of work is given up because the sweep is stopping; nothing of the piece is kept.
struct Stopped {};

/// Teams of one thread for pieces that run side by side; not pinned, since their workers are.
class TeamStock {
 public:
  class Loan {
   public:
    explicit Loan(TeamStock& stock);
    ~Loan();
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    machine::Team& team() { return *team_; }

   private:
    TeamStock& stock_;
    std::unique_ptr<machine::Team> team_;
  };

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<machine::Team>> idle_;
};

/// How far runs continue beyond the target, as a multiple of steps. Gradient descent: of its steps to the headline
/// target, so that ten grid points lie in between. Sgd: of the expected steps, since near the floor the mean curve over
/// seeds crosses the target up to 1.7 times as late as the mean run does.
inline constexpr double kRateSteps = 2.5, kMeanSteps = 2;

/// When a floor is compared with the target: the length of the run, as a multiple of the steps to the target, and its
/// number of evaluations; and the same for a longer run if the first does not decide.
inline constexpr std::int64_t kFloorTimes = 4, kLongFloorTimes = 16;
inline constexpr std::size_t kFloorLooks = 64, kLongFloorLooks = 256;

/// The request for one training run of a series.
struct RunRequest {
  double lr = 0;
  std::uint64_t seed = 0;
  std::optional<double> stop_value;     // f at the hardest target
  double least_value = 0;               // f is never below this: the optimum's value
  std::optional<double> stop_distance;  // distance from a saddle, if that is the only target
  std::vector<double> easier;           // f at the easier targets, which it passes on the way
  std::optional<double> accuracy;       // validation accuracy that has to be reached as well
  // it is waited for up to this multiple of the steps to stop_value; 0: the whole budget
  double accuracy_patience = 0;
  std::int64_t accuracy_steps = 0;  // but at least this many steps, about half a second on one core
  double go_on = 1;  // a finished run continues to this multiple of its steps: for gd's rate, sgd's mean over seeds
  std::int64_t at_least = 0;  // and at least to this step, up to which the mean over seeds needs every run
  std::optional<std::int64_t> abandon_after;
  std::int64_t look_from = 0;                         // for a trial: the first step whose value counts
  bool reported = false;                              // compute hashes and keep batch losses
  std::vector<std::pair<std::string, double>> marks;  // label and f at which weights are to be kept
};
struct RunOutcome {
  train::Trace trace;
  std::vector<Snapshot> snapshots;  // at the marks that were passed
  std::int64_t done_step = 0;       // the step where everything requested was reached, or where the run ended
  std::vector<float> weights;       // the weights at done_step
};

/// The run whose curve is reported, of a series whose rate is chosen.
RunRequest reported_run(const SweepState& state, const SeriesState& series, std::uint64_t seed);

/// What every run of a series has in common: its batches, their order, its rates and its budget.
train::TrainOptions plain_options(const SweepState& state, const SeriesPlan& plan, double lr, std::uint64_t seed);

/// What the report says of a run that has ended.
record::RunStatus run_status(const train::Trace& trace);

/// The report's word for why a run ended; none for one that was cut short.
record::StopReason stop_reason(train::Ending ending);

/// Does a training run on `team`. Throws Stopped when the sweep is stopping.
RunOutcome run_training(SweepState& state, const SeriesState& series, const RunRequest& request, machine::Team& team);

/// Runs a trial of the search on `team`. Throws Stopped when the sweep is stopping.
struct TrialPiece;
TrialPiece run_trial(SweepState& state, const SeriesState& series, const TrialRequest& request, machine::Team& team);

/// Options for a run of a series without evaluations: the observer sees its weights only at `steps` (increasing, from 1
/// on), and it ends at the last of them.
train::TrainOptions bare_options(const SweepState& state, const SeriesState& series, const record::Trajectory& run,
                                 const std::vector<std::int64_t>& steps);

/// Weights of a run at the steps of `wanted`, as the journal keeps them.
struct RetracedPiece {
  std::vector<Snapshot> snapshots;
  double train_seconds = 0;
};
/// Takes the steps of a run again, up to the last of `wanted` (in order of steps; their weights are filled in). Throws
/// Stopped when the sweep is cancelled.
RetracedPiece train_up_to(SweepState& state, const SeriesState& series, const record::Trajectory& run,
                          std::vector<Snapshot> wanted, machine::Team& team);

/// A finished trajectory, as the journal keeps it.
struct TrainedPiece {
  record::Trajectory record;
  std::vector<Snapshot> snapshots;
};
/// A workload with its optimum, as the journal keeps it.
struct SolvedPiece {
  record::Workload record;
  std::vector<double> weights;  // W*
  bool one_start = true;        // do the runs of all seeds begin where the first one's does?
};
/// Moments at one checkpoint, as the journal keeps them.
struct MomentsPiece {
  std::vector<record::Moment> moments;
  double seconds = 0, exact_seconds = 0;  // time of the whole, and of the exact pass alone
};
/// A floor run, as the journal keeps it.
struct FloorPiece {
  record::FloorRun record;
  // time within the noise budget; time of the longer run that compares the floor with the target
  double seconds = 0, longer_seconds = 0;
};
/// A trajectory trained again, as the journal keeps it.
struct CheckPiece {
  std::string hash;  // of the weights at the stored run's last step
  std::int64_t steps = 0;
  double train_seconds = 0;  // seconds of its steps; for a short run, the median over many repetitions
  double mean_seconds = 0;   // the mean over the same; longer if other programs took the CPU
};
/// The ends of the spectrum at some weights, as the journal keeps them.
struct CurvaturePiece {
  record::Curvature record;
};
/// A run at a multiple of a searched rate, as the journal keeps it.
struct DemonstrationPiece {
  record::Demonstration record;
  double seconds = 0;
};
/// A finished trial of the search, as the journal keeps it.
struct TrialPiece {
  TrialResult result;
  double train_seconds = 0, evaluate_seconds = 0;
};

/// The steps at which a curve reaches `value` and stays there (stats::PassageWatch of its gap above `optimum`), found
/// at a point of at most `most` steps. Empty if it does not.
std::optional<double> crossing(const record::Curve& curve, double value, double optimum,
                               double most = std::numeric_limits<double>::infinity());

/// TrainOptions::abandon_after for a run whose crossing is useless after `steps` steps: a run that is not below the
/// target at the first grid point from `steps` on cannot cross before that point.
std::int64_t abandon_step(double steps, bool every_step);

}  // namespace descent::sweep
