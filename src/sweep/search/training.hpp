#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "descent/train/train.hpp"
#include "sweep/search/search.hpp"
#include "sweep/state.hpp"

namespace descent::sweep {

/// Thrown where a piece of work was given up because the sweep is stopping: nothing of it is kept.
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

/// How far runs go on: gradient descent to this times the steps to the headline, a grid of eighths has ten points in
/// between; sgd to this times the expected steps, since near its floor the mean over seeds crosses up to 1.7 times as
/// late as the mean run does.
inline constexpr double kRateSteps = 2.5, kMeanSteps = 2;

/// How far a floor is followed to hold it against the target, as a multiple of the steps to that, and how often it is
/// looked at; and the same for those that this leaves in doubt.
inline constexpr std::int64_t kFloorTimes = 4, kLongFloorTimes = 16;
inline constexpr std::size_t kFloorLooks = 64, kLongFloorLooks = 256;

/// What is asked of one training run of a series.
struct RunRequest {
  double lr = 0;
  std::uint64_t seed = 0;
  std::optional<double> stop_value;     // f at the hardest target
  double least_value = 0;               // of f: the optimum's
  std::optional<double> stop_distance;  // from a saddle, where that is all that is asked for
  std::vector<double> easier;           // f at the targets that it passes on the way
  std::optional<double> accuracy;       // validation accuracy that has to be reached as well
  double accuracy_patience = 0;         // for it, at most this times the steps to stop_value; 0: the whole budget
  std::int64_t accuracy_steps = 0;      // but this many steps in any case, which take half a second of one core
  double go_on = 1;  // a run that is done goes on to this times its steps: for gd's rate, sgd's mean over seeds
  std::int64_t at_least = 0;  // and to this step: up to there the mean over seeds needs every run
  std::optional<std::int64_t> abandon_after;
  std::int64_t look_from = 0;                         // of a trial: the first step whose value counts
  bool reported = false;                              // hashes and batch losses are wanted
  std::vector<std::pair<std::string, double>> marks;  // label and f at which weights are to be kept
};
struct RunOutcome {
  train::Trace trace;
  std::vector<Snapshot> snapshots;  // at the marks that were passed
  std::int64_t done_step = 0;       // where all that was asked for was reached, or the run ended
  std::vector<float> weights;       // there
};

/// The run whose curve is reported, of a series whose rate is chosen.
RunRequest reported_run(const SweepState& state, const SeriesState& series, std::uint64_t seed);

/// What every run of a series has in common: its batches, their order, its rates and its budget.
train::TrainOptions plain_options(const SweepState& state, const SeriesPlan& plan, double lr, std::uint64_t seed);

/// Trains series on `team`. Throws Stopped when the sweep is stopping.
RunOutcome run_training(SweepState& state, const SeriesState& series, const RunRequest& request, machine::Team& team);

/// Runs a trial of the search on `team`. Throws Stopped when the sweep is stopping.
struct TrialPiece;
TrialPiece run_trial(SweepState& state, const SeriesState& series, const TrialRequest& request, machine::Team& team);

/// A run of a series on which nothing is evaluated: it looks at its weights at `steps` alone (rising, from 1 on), and
/// ends at the last.
train::TrainOptions bare_options(const SweepState& state, const SeriesState& series, const record::Trajectory& run,
                                 const std::vector<std::int64_t>& steps);

/// Weights of a run at the steps of `wanted`, as the journal keeps them.
struct RetracedPiece {
  std::vector<Snapshot> snapshots;
  double train_seconds = 0;
};
/// Takes the steps of a run again, up to the last of `wanted` (rising; their weights are filled in). Throws Stopped
/// when the sweep is cancelled.
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
};
/// Moments at one checkpoint, as the journal keeps them.
struct MomentsPiece {
  std::vector<record::Moment> moments;
  double seconds = 0, exact_seconds = 0;  // all of it, and the exact pass alone
};
/// A floor run, as the journal keeps it.
struct FloorPiece {
  record::FloorRun record;
  double seconds = 0, longer_seconds = 0;  // of what noise may cost; of what only holds the floor against the target
};
/// A trajectory trained again, as the journal keeps it.
struct CheckPiece {
  std::string hash;  // of the weights where the stored one ended
  std::int64_t steps = 0;
  double train_seconds = 0;  // of its steps: of a short run, the median over many
  double mean_seconds = 0;   // the mean over as many: longer where other programs took the CPU
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

/// Steps at which a curve has come to `value` and stays there (stats::PassageWatch of its gap above `optimum`), found
/// at a point of at most `most` steps. Nothing where it does not.
std::optional<double> crossing(const record::Curve& curve, double value, double optimum,
                               double most = std::numeric_limits<double>::infinity());

/// TrainOptions::abandon_after for a run whose crossing is of no use beyond `steps`: what is not under the target at
/// the first grid point from there on cannot cross before it.
std::int64_t abandon_step(double steps, bool every_step);

}  // namespace descent::sweep
