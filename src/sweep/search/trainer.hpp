#pragma once

#include <functional>
#include <optional>

#include "sweep/plan/remaining.hpp"
#include "sweep/pool.hpp"
#include "sweep/search/training.hpp"

namespace descent::sweep {

/// The pool in which the trials of searches and the reported runs of a sweep are done side by side: the smallest
/// batches first, so that under a budget the largest are left out. Books what they took.
class Trainer {
 public:
  explicit Trainer(SweepState& state);

  SweepState& state() { return state_; }

  /// Puts a piece of a series' search into the pool. Any thread may call it.
  void submit_search(const SeriesState& series, std::function<void()> work);
  /// A trial of a series' search, from the journal where it is there. It counts for the next of `units`; any_fresh
  /// becomes true where it is not from the journal. Called by pieces in the pool. Throws Stopped.
  TrialPiece run_trial(SeriesState& series, TrialRequest request, Instalments& units, bool& any_fresh);
  /// The rate of a series is known: its trajectories go into the pool, where this shard has to train them.
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
  std::optional<double> fastest_;  // for the progress report: one core's seconds, not a timing
};

}  // namespace descent::sweep
