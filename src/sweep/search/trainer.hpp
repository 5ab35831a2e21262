#pragma once

#include <functional>
#include <optional>

#include "sweep/plan/remaining.hpp"
#include "sweep/pool.hpp"
#include "sweep/search/training.hpp"

namespace descent::sweep {

/// Runs the trials of searches and the reported runs of a sweep side by side in a pool: the smallest batches first, so
/// that under a budget the largest are left out. Books their time.
class Trainer {
 public:
  explicit Trainer(SweepState& state);

  SweepState& state() { return state_; }

  /// Puts a piece of a series' search into the pool. Any thread may call it.
  void submit_search(const SeriesState& series, std::function<void()> work);
  /// A trial of a series' search, taken from the journal if it is there. It counts for the next instalment of `units`;
  /// any_fresh becomes true if it is not from the journal. Called by pieces in the pool. Throws Stopped.
  TrialPiece run_trial(SeriesState& series, TrialRequest request, Instalments& units, bool& any_fresh);
  /// Sets the rate of a series; if this shard has to train it, its trajectories go into the pool.
  void settle(SeriesState& series, double rate);

  /// Works until the pool is empty.
  void run() { pool_.run(); }

 private:
  void trajectory(SeriesState& series, std::uint64_t seed);
  TrainedPiece train(SeriesState& series, const RunRequest& run, bool first_seed);
  void book(SeriesState& series, const char* account, double train_seconds, double evaluate_seconds);

  SweepState& state_;
  machine::Team team_;
  Pool pool_;
  TeamStock stock_;
  std::optional<double> fastest_;  // for the progress report: seconds on one core, not a timing
};

}  // namespace descent::sweep
