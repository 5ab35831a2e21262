#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "descent/record/status.hpp"

namespace descent::sweep {

/// What one run at one rate and seed came to.
struct TrialResult {
  record::TrialStatus status = record::TrialStatus::budget;  // stopped: it had passed the incumbent
  std::int64_t steps = 0;                                    // taken
  std::optional<double> steps_to_target;
  double final_loss = 0;  // where it ended; of use where nothing reaches the target
  std::optional<double> floor_high =
      {};  // the most that the rate's floor is, over the target; only where it was asked for
};

/// How good a rate is; smaller is better. The rank comes first, then the value:
///   0  reached the target: the expected running time in steps, with its error once rates contend
///   1  stopped: it had passed the incumbent
///   2  short of the target: the loss where its runs ended
///   3  diverged: the rate itself
struct RateScore {
  int rank;
  double value;
  bool operator<(const RateScore& other) const { return rank != other.rank ? rank < other.rank : value < other.value; }
};

/// One rate under search, and its runs in the order of the seeds. It is open while it is to meet another seed.
class Rate {
 public:
  /// max_steps: what a run that does not reach the target counts for.
  Rate(double lr, std::int64_t max_steps) : lr_(lr), max_steps_(static_cast<double>(max_steps)) {}

  double lr() const { return lr_; }
  const std::vector<TrialResult>& runs() const { return runs_; }
  bool closed() const { return closed_; }

  /// Keeps a run, and closes the rate where it has met `met` seeds or has nothing more to show: a run that did not
  /// reach the target, unless rates contend, ends it.
  void record(const TrialResult& run, std::size_t met, bool contending);
  /// Closes it without another run: what its runs took so far is as much as the incumbent's.
  void stop();
  /// Opens it for `met` seeds. One that diverged has had its chance and stays closed.
  void reopen(std::size_t met);

  double steps_of(const TrialResult& run) const { return run.steps_to_target.value_or(max_steps_); }
  double mean_steps() const;
  double standard_error() const;  ///< of the mean of its steps; two runs or more
  /// On its first `met` runs, or as many as there are: one that has met more seeds than the others is judged on theirs.
  RateScore score(std::size_t met, bool contending) const;

 private:
  double lr_, max_steps_;
  std::vector<TrialResult> runs_;
  bool closed_ = false;
};

}  // namespace descent::sweep
