#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace descent {

/// What one run at one rate and seed came to.
struct TrialResult {
  std::string status;      // reached, budget, stopped (passed the incumbent), diverged
  std::int64_t steps = 0;  // taken
  std::optional<double> steps_to_target;
  double final_loss = 0;  // where it ended; of use where nothing reaches the target
};

/// A run that the search wants next.
struct TrialRequest {
  int exponent = 0;  // quarter powers of two from the starting rate
  double lr = 0;
  std::uint64_t seed = 0;
  std::optional<double> abandon_after;  // a crossing beyond this many steps cannot win
};

/// The learning-rate search of one series, as rounds of trials that may run side by side: start at a given rate, walk
/// by factors of two both ways until two successive values are worse or fail on each side, then refine by √2 and 2^¼.
/// What is sought is the smallest expected running time: the steps of all runs over the number that reached the target
/// (methodology §1). A trial ends when it has passed the incumbent's steps: lossless. Rounds, and so every trial,
/// depend on results alone, never on timing.
class LearningRateSearch {
 public:
  /// At most this many doublings away from the start.
  static constexpr int kMaxDoublings = 24;

  LearningRateSearch(double start, std::vector<std::uint64_t> seeds, std::int64_t max_steps);

  /// The runs of the next round; empty when the search is over. Every one must be answered by record() before the next
  /// call.
  std::vector<TrialRequest> next_round();
  void record(const TrialRequest& request, const TrialResult& result);

  double best_rate() const;  // after the search
  bool at_edge() const;      // the walk was stopped there by kMaxDoublings
  bool reached() const;      // did the best rate reach the target on every seed?
  std::optional<double> best_ert() const;

 private:
  struct Rate {
    std::vector<TrialResult> runs;  // in the order of seeds_
    bool closed = false;            // nothing more to learn from it
  };
  /// Smaller is better: reached (0, ERT); in budget but short of the target (1, loss at the end); diverged (2, rate).
  struct Score {
    int rank;
    double value;
    bool operator<(const Score& other) const { return rank != other.rank ? rank < other.rank : value < other.value; }
  };
  double rate_of(int exponent) const;
  Score score(int exponent, const Rate& rate) const;
  std::optional<int> best() const;
  std::optional<double> allowance(const Rate& rate) const;
  void want(int exponent);

  double start_;
  std::vector<std::uint64_t> seeds_;
  std::int64_t max_steps_;
  std::map<int, Rate> rates_;  // by exponent, in quarter doublings
  int stride_ = 4;             // 4: factors of two; 2: √2; 1: 2^¼
  bool over_ = false;
};

}  // namespace descent
