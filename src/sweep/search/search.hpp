#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "sweep/search/rate.hpp"

namespace descent::sweep {

/// A run that the search requests.
struct TrialRequest {
  int exponent = 0;  // the rate is the starting rate times 2^(exponent/16)
  double lr = 0;
  std::uint64_t seed = 0;
  std::optional<double> abandon_after;  // a run that crosses the target after more steps than this cannot win
  std::int64_t look_from = 0;           // no crossing is expected before this step
  bool floor = false;                   // also measure the height of the rate's floor
};

/// The learning-rate search of one series, as rounds of trials that may run side by side: start at a given rate, walk
/// by factors of two in both directions until two successive rates are worse or fail on each side, then refine by √2
/// and 2^¼. A winner on one or two seeds may just be lucky. So it is tried on more seeds, as many as its own spread
/// requires. If the spread is wide, its neighbours at factors of 2^¼ and √2 are tried on the same seeds, until the best
/// rate has no better neighbour. If it is narrow, the search refines to 2^⅛, and without randomness to 2^(1/16): steps
/// fall as 1/rate up to an edge, and a rate 2^¼ below the edge takes a fifth more steps.
///
///   walk ──► judge ──► contend ──► over      the winner's seeds differ much: its neighbours are tried on all of them
///     │        └─────► refine ───► confirm   they differ little, or, after the walk, there are no more seeds to try
///     └──────────────► refine ───► over      confirm only if refining found another winner, else over
///   The walk leads straight to over if no rate reaches the target, or if its own seeds are all there are and they
///   differ.
///
/// Last, if rates leave floors, the winner's floor is measured. If it is not surely below the target the rate is
/// rejected: a run reaches the target there only by luck, and does not stay below it. Then the best of the lower rates
/// is tried, which is lower by a factor of at least 2^¼ if no other rate was tried on as many seeds.
///
/// The search minimises the expected running time: the steps of all runs divided by the number that reached the target
/// (docs/methodology.md). On more seeds its standard error is added, since rates at the edge of divergence have rare
/// runs that take very long. A trial ends when it has taken more steps than the incumbent; this cannot change the
/// winner. Rounds, and so every trial, depend on results alone, never on timing.
class LearningRateSearch {
 public:
  /// The walk goes at most this many doublings away from the start.
  static constexpr int kMaxDoublings = 24;

  /// Seeds on which the winner of the walk is tried before its spread is judged, and the most for any rate.
  static constexpr int kJudgingSeeds = 4, kMostSeeds = 8, kMostSeedsOfSmallData = 24, kMostSeedsOfTinyData = 64;
  /// If the relative standard error of the winner's mean is below this, the search goes on to refine.
  static constexpr double kSteady = 0.03;
  /// If the seeds of a rate differ by no more than this, relative, none is expected to cross before an eighth of their
  /// mean.
  static constexpr double kCalm = 0.3;
  /// The upper end of a floor's interval may be at most this share of the target; the margin is for the report, which
  /// measures the floor again.
  static constexpr double kMostFloor = 0.85;
  /// Most rates that are tried below a winner whose floor is too high.
  static constexpr int kMostLowered = 8;

  /// The walk uses the first `walking` of `seeds`; if there are no more seeds, the walk decides. `floors`: rates leave
  /// floors, which have to be below the target.
  LearningRateSearch(double start, std::vector<std::uint64_t> seeds, std::size_t walking, std::int64_t max_steps,
                     bool floors = false);

  /// The runs of the next round; empty when the search is over. Every one must be answered by record() before the next
  /// call.
  std::vector<TrialRequest> next_round();
  void record(const TrialRequest& request, const TrialResult& result);

  double best_rate() const;                  // after the search
  bool at_edge() const;                      // was the walk stopped at the best rate by kMaxDoublings?
  bool reached() const;                      // did the best rate reach the target?
  std::optional<double> best_score() const;  // of the best rate, if it reached the target

 private:
  double rate_of(int exponent) const;
  RateScore score(const Rate& rate) const { return rate.score(met_, contending()); }
  bool contending() const { return !contending_.empty(); }
  std::optional<int> best() const;
  std::optional<double> allowance(const Rate& rate) const;
  std::int64_t look_from(std::optional<double> left) const;
  std::vector<TrialRequest> open_trials();
  bool go_on();
  bool widen(int last_stride);
  bool start_refining();
  bool start_confirming(int challenger);
  bool contend_neighbours();
  void contend(int exponent);
  void want(int exponent);
  bool steady(const Rate& rate) const;
  std::optional<int> next_floor();

  enum class Stage { walk, judge, contend, refine, confirm, lower };
  static constexpr int kDoubling = 16;  // a factor of two, in exponents
  static constexpr int kNoRate = kDoubling * kMaxDoublings + 1;

  double start_;
  std::vector<std::uint64_t> seeds_;
  std::size_t walking_, met_;  // number of seeds of the walk, and on which a rate now has to be tried
  std::int64_t max_steps_;
  std::map<int, Rate> rates_;  // by exponent
  std::set<int> contending_;   // rates tried on more seeds than those of the walk; empty during walk and refining
  Stage stage_ = Stage::walk;
  int stride_ = kDoubling;     // of the walk or of refining
  std::optional<int> judged_;  // the winner of the walk, once it was tried on more seeds
  bool floors_;
  int below_ = kNoRate, lowest_ = kNoRate, lowered_ = 0;  // the floors of rates from below_ on are too high
  bool over_ = false;
};

}  // namespace descent::sweep
