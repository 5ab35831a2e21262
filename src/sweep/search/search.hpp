#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "sweep/search/rate.hpp"

namespace descent::sweep {

/// A run that the search wants next.
struct TrialRequest {
  int exponent = 0;  // sixteenth powers of two from the starting rate
  double lr = 0;
  std::uint64_t seed = 0;
  std::optional<double> abandon_after;  // a crossing beyond this many steps cannot win
  std::int64_t look_from = 0;           // steps before which none is to be expected
  bool floor = false;                   // how high the rate's floor is, is asked for as well
};

/// The learning-rate search of one series, as rounds of trials that may run side by side: start at a given rate, walk
/// by factors of two both ways until two successive values are worse or fail on each side, then refine by √2 and 2^¼.
/// A winner on one or two seeds may owe it to luck. So it meets more of them, as many as its own spread asks for, and
/// where that is wide its neighbours by 2^¼ and √2 meet the same ones, until the best of them has no better neighbour.
/// Where it is narrow the search goes on to 2^⅛, and to 2^(1/16) where nothing is random: steps fall as 1/rate up to an
/// edge, and 2^¼ below it a fifth of them is lost.
///
///   walk ──► judge ──► contend ──► over      the winner's seeds differ much: its neighbours meet all of them too
///     │        └─────► refine ───► confirm   they do not; or, after the walk, there are no more seeds to meet
///     └──────────────► refine ───► over      confirm only where refining found another winner, else over
///   over from the walk at once where no rate reaches the target, or the walk's own seeds are all there are and differ
///
/// Last, where rates leave floors, the winner's is measured. One that is not surely below the target is no rate for it:
/// a run that comes to the target there does so by luck, and what follows does not stay. Then the best of the rates
/// below is next, a quarter power of two below at least where no other has met as many seeds.
///
/// What is sought is the smallest expected running time: the steps of all runs over the number that reached the target
/// (methodology §1); on more seeds its standard error is added, since the rates at the edge of what still works have
/// rare runs that take very long. A trial ends when it has passed the incumbent's steps: lossless. Rounds, and so every
/// trial, depend on results alone, never on timing.
class LearningRateSearch {
 public:
  /// At most this many doublings away from the start.
  static constexpr int kMaxDoublings = 24;

  /// Seeds that the winner of the walk meets before its spread is judged, and the most that any rate meets.
  static constexpr int kJudgingSeeds = 4, kMostSeeds = 8, kMostSeedsOfSmallData = 24, kMostSeedsOfTinyData = 64;
  /// Where the winner's mean has a relative standard error below this, it is not questioned but refined.
  static constexpr double kSteady = 0.03;
  /// Where the seeds of a rate differ by no more than this, relative, none crosses before an eighth of their mean.
  static constexpr double kCalm = 0.3;
  /// Of the target, that the upper end of a floor's interval may be: the report measures it once more.
  static constexpr double kMostFloor = 0.85;
  /// Rates that are tried below a winner whose floor is too high.
  static constexpr int kMostLowered = 8;

  /// The walk is on the first `walking` of `seeds`; without more than these the walk decides.
  /// `floors`: the rates leave floors, which have to be below the target.
  LearningRateSearch(double start, std::vector<std::uint64_t> seeds, std::size_t walking, std::int64_t max_steps,
                     bool floors = false);

  /// The runs of the next round; empty when the search is over. Every one must be answered by record() before the next
  /// call.
  std::vector<TrialRequest> next_round();
  void record(const TrialRequest& request, const TrialResult& result);

  double best_rate() const;                  // after the search
  bool at_edge() const;                      // the walk was stopped there by kMaxDoublings
  bool reached() const;                      // did the best rate reach the target?
  std::optional<double> best_score() const;  // of the best rate, where it reached the target

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
  static constexpr int kDoubling = 16;  // in exponents
  static constexpr int kNoRate = kDoubling * kMaxDoublings + 1;

  double start_;
  std::vector<std::uint64_t> seeds_;
  std::size_t walking_, met_;  // seeds of the walk; those that a rate has to meet, by now
  std::int64_t max_steps_;
  std::map<int, Rate> rates_;  // by exponent
  std::set<int> contending_;   // rates that meet more seeds than those of the walk; empty while it or refining goes on
  Stage stage_ = Stage::walk;
  int stride_ = kDoubling;     // of the walk and of refining
  std::optional<int> judged_;  // the winner of the walk, once it has met more seeds
  bool floors_;
  int below_ = kNoRate, lowest_ = kNoRate, lowered_ = 0;  // rates from below_ on have floors that are too high
  bool over_ = false;
};

}  // namespace descent::sweep
