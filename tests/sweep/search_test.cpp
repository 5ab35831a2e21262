#include "sweep/search/search.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numeric>

namespace descent::sweep {
namespace {

constexpr std::int64_t kBudget = 100000;
const std::vector<std::uint64_t> kEightSeeds{1, 2, 3, 4, 5, 6, 7, 8};

/// Steps of a run with this rate and seed to the target: nothing if it does not reach the target, infinity if it
/// diverges.
using Curve = std::function<std::optional<double>(double lr, std::uint64_t seed)>;

struct Played {
  std::vector<TrialRequest> requests;
  std::vector<TrialResult> results;
  double steps = 0;  // of all trials
};

/// Runs a search on made-up runs. `floor` gives the noise floor of a rate, divided by the target.
Played play(LearningRateSearch& search, const Curve& curve, const std::function<double(double lr)>& floor = {}) {
  Played played;
  for (std::vector<TrialRequest> round = search.next_round(); !round.empty(); round = search.next_round()) {
    for (const TrialRequest& request : round) {
      const std::optional<double> steps = curve(request.lr, request.seed);
      TrialResult result{record::TrialStatus::budget, kBudget, std::nullopt, 1 / request.lr};
      if (steps && std::isinf(*steps)) {
        result = {record::TrialStatus::diverged, 10, std::nullopt, 1e9};
      } else if (request.abandon_after && steps.value_or(kBudget) > *request.abandon_after) {
        result = {record::TrialStatus::stopped, static_cast<std::int64_t>(*request.abandon_after), std::nullopt, 1};
      } else if (steps) {
        result = {record::TrialStatus::reached, static_cast<std::int64_t>(*steps), steps, 0};
      }
      if (request.floor) result.floor_high = floor(request.lr);
      search.record(request, result);
      played.requests.push_back(request);
      played.results.push_back(result);
      played.steps += static_cast<double>(result.steps);
    }
    EXPECT_LE(played.requests.size(), 200U) << "the search does not end";
    if (played.requests.size() > 200) break;
  }
  return played;
}

/// As with gradient descent on a quadratic: steps fall as 1/lr up to a rate, above which runs diverge.
Curve stable_until(double edge) {
  return [edge](double lr, std::uint64_t) -> std::optional<double> { return lr > edge ? HUGE_VAL : 1000 / lr; };
}

/// Steps that are a parabola in ln lr, with the minimum at `centre`.
Curve bowl(double centre, double width = 1) {
  return [=](double lr, std::uint64_t seed) -> std::optional<double> {
    const double x = std::log2(lr / centre) / width;
    return 500 * (1 + x * x) + static_cast<double>(seed % 7);
  };
}

TEST(LearningRateSearch, FindsTheBottomOfABowlToASixteenthOfADoublingFromFarAway) {
  for (const double start : {1e-3, 0.1, 1.0, 17.0, 500.0}) {
    LearningRateSearch search(start, {1, 2}, 2, kBudget);
    play(search, bowl(0.9));
    EXPECT_TRUE(std::abs(std::log2(search.best_rate() / 0.9)) <= 0.0625 + 1e-9) << "start " << start;
    EXPECT_TRUE(search.reached());
    EXPECT_FALSE(search.at_edge());
  }
}

TEST(LearningRateSearch, StopsCloseToTheStabilityEdgeWhereItIsSharp) {
  for (const double edge : {3.0, 4.1, 5.0, 5.8, 7.9}) {
    LearningRateSearch search(1, kEightSeeds, 2, kBudget);
    play(search, stable_until(edge));
    EXPECT_TRUE(search.best_rate() <= edge && search.best_rate() * std::exp2(1.0 / 8) > edge) << edge;
    LearningRateSearch descent(1, {1}, 1, kBudget);  // gd has no randomness, so one seed
    play(descent, stable_until(edge));
    EXPECT_TRUE(descent.best_rate() <= edge && descent.best_rate() * std::exp2(1.0 / 16) > edge) << edge;
  }
}

TEST(LearningRateSearch, WhatWinsByRefiningHasMetTheSameSeeds) {
  // Above 1.05, the seed with which the search begins is a little faster than at 1, and the other seeds are far slower.
  const Curve curve = [](double lr, std::uint64_t seed) -> std::optional<double> {
    if (lr > 1.05) return seed == 1 ? 490 * lr * lr / 1.19 : 5000;
    return 500 / lr + static_cast<double>(seed % 3);
  };
  LearningRateSearch search(1, kEightSeeds, 1, kBudget);
  const Played played = play(search, curve);
  EXPECT_EQ(search.best_rate(), 1.0);
  const double challenger = std::exp2(1.0 / 8);
  int met = 0;
  for (const TrialRequest& request : played.requests) met += std::abs(request.lr - challenger) < 1e-9;
  EXPECT_GE(met, 2);
}

TEST(LearningRateSearch, RefinesAmongContendersWhereTheirMeanIsKnown) {
  // Steps of the seeds differ by a tenth, which is too much for a mean of four seeds, but not of 24. The minimum lies
  // between two powers of 2^(1/4).
  std::vector<std::uint64_t> seeds(24);
  std::iota(seeds.begin(), seeds.end(), 1U);
  const Curve curve = [](double lr, std::uint64_t seed) -> std::optional<double> {
    const double x = std::log2(lr) - 0.125;
    return 500 * (1 + 6 * x * x) * (1 + 0.1 * std::sin(static_cast<double>(seed) * 2.1));
  };
  LearningRateSearch search(1, seeds, 2, kBudget);
  play(search, curve);
  EXPECT_NEAR(std::log2(search.best_rate()), 0.125, 1e-9);
}

int floors_asked(const Played& played) {
  return static_cast<int>(std::count_if(played.requests.begin(), played.requests.end(),
                                        [](const TrialRequest& request) { return request.floor; }));
}

// The minimum of the parabola is at 2.83. Noise floors grow with the rate, and at 2.1 they are the highest that are
// allowed.
TEST(LearningRateSearch, TakesTheBestRateWhoseFloorIsBelowTheTarget) {
  const auto floor = [](double lr) { return LearningRateSearch::kMostFloor * lr / 2.1; };
  for (const double spread : {0.0, 0.5}) {
    const Curve curve = [spread](double lr, std::uint64_t seed) -> std::optional<double> {
      const double x = std::log2(lr / 2.83);
      return 500 * (1 + x * x) * (1 + spread * std::sin(static_cast<double>(seed) * 2.1));
    };
    LearningRateSearch free(1, kEightSeeds, 2, kBudget);
    EXPECT_EQ(floors_asked(play(free, curve)), 0);
    EXPECT_GT(free.best_rate(), 2.1) << spread;
    LearningRateSearch search(1, kEightSeeds, 2, kBudget, true);
    const Played played = play(search, curve, floor);
    EXPECT_GE(floors_asked(played), 2);
    EXPECT_LE(search.best_rate(), 2.1) << spread;
    EXPECT_GE(search.best_rate(), 2.1 / std::exp2(0.5)) << spread;
    EXPECT_TRUE(search.reached());
  }
}

TEST(LearningRateSearch, AsksOnceWhereTheFloorIsLowAndNeverWhereNothingIsReached) {
  LearningRateSearch free(1, kEightSeeds, 2, kBudget), search(1, kEightSeeds, 2, kBudget, true);
  play(free, bowl(0.9));
  EXPECT_EQ(floors_asked(play(search, bowl(0.9), [](double) { return 0.1; })), 1);
  EXPECT_EQ(search.best_rate(), free.best_rate());
  EXPECT_EQ(search.best_score(), free.best_score());
  LearningRateSearch none(1, kEightSeeds, 2, kBudget, true);
  const Curve never = [](double, std::uint64_t) -> std::optional<double> { return std::nullopt; };
  EXPECT_EQ(floors_asked(play(none, never, [](double) { return 0.1; })), 0);
}

// If no rate has a floor below the target, the search ends with the winner that it had.
TEST(LearningRateSearch, KeepsItsWinnerWhereEveryFloorIsTooHigh) {
  LearningRateSearch free(1, kEightSeeds, 2, kBudget), search(1, kEightSeeds, 2, kBudget, true);
  play(free, bowl(0.9));
  play(search, bowl(0.9), [](double) { return 2.0; });
  EXPECT_EQ(search.best_rate(), free.best_rate());
}

TEST(LearningRateSearch, TriesTwoWorseValuesOnEachSideOfTheWinner) {
  LearningRateSearch search(1, {1}, 1, kBudget);
  const Played played = play(search, bowl(1.0));
  std::vector<double> rates;
  for (const TrialRequest& request : played.requests) rates.push_back(request.lr);
  for (const double wanted :
       {0.25, 0.5, 1.0, 2.0, 4.0, std::exp2(0.5), std::exp2(-0.5), std::exp2(0.25), std::exp2(-0.25), std::exp2(0.125),
        std::exp2(-0.125), std::exp2(0.0625), std::exp2(-0.0625)})
    EXPECT_EQ(std::count_if(rates.begin(), rates.end(), [&](double r) { return std::abs(r - wanted) < 1e-12; }), 1)
        << wanted;
  EXPECT_EQ(rates.size(), 13U);
}

// A trial may take the steps that all seeds of the best rate so far took together. But where its evaluations begin
// depends on the steps of a single run.
TEST(LearningRateSearch, LooksFromAnEighthOfOneRunWhateverTheAllowance) {
  LearningRateSearch search(1, {1, 2, 3, 4, 5, 6, 7, 8}, 4, kBudget);
  double most = 0;
  for (const TrialRequest& request : play(search, bowl(1.0)).requests) {
    // No rate that was the best so far is twice as slow as the final winner.
    EXPECT_LE(request.look_from, 506 / 8 * 2) << request.lr;
    if (!request.abandon_after) {
      EXPECT_EQ(request.look_from, 0);
    }
    most = std::max(most, request.abandon_after.value_or(0));
  }
  EXPECT_GT(most, 4 * 500);
}

TEST(LearningRateSearch, LooksAtAllOfARunWhereSeedsDifferMuch) {
  // Near the noise floor, the step at which a run reaches the target is almost random: half of the seeds are early.
  const Curve curve = [](double, std::uint64_t seed) -> std::optional<double> { return seed % 2 == 0 ? 20 : 1000; };
  LearningRateSearch search(1, {1, 2, 3, 4, 5, 6, 7, 8}, 2, kBudget);
  int more_seeds = 0;
  for (const TrialRequest& request : play(search, curve).requests) {
    if (request.seed <= 2) continue;
    EXPECT_EQ(request.look_from, 0) << request.lr << " seed " << request.seed;
    ++more_seeds;
  }
  EXPECT_GT(more_seeds, 5);
}

TEST(LearningRateSearch, DoesNotEndAtALocalDipOneValueWide) {
  // The rate 2 is worse than 1, but 4 is better than both.
  const Curve curve = [](double lr, std::uint64_t) -> std::optional<double> {
    if (lr > 1.9 && lr < 2.1) return 900;
    return 500 + 100 * std::pow(std::log2(lr / 4), 2);
  };
  LearningRateSearch search(1, {1}, 1, kBudget);
  play(search, curve);
  EXPECT_TRUE(std::abs(std::log2(search.best_rate() / 4)) <= 0.125);
}

TEST(LearningRateSearch, StoppingAtTheIncumbentsStepsNeverChangesTheWinner) {
  for (int variant = 0; variant < 40; ++variant) {
    const double centre = std::exp2(variant * 0.37 - 7);
    const Curve curve = [&](double lr, std::uint64_t seed) -> std::optional<double> {
      const double x = std::log2(lr / centre);
      if (x > 2.2) return HUGE_VAL;
      // Seeds differ by up to 40 %, so that one seed alone may be misleading.
      const double scatter =
          1 + 0.4 * std::sin(static_cast<double>(seed) * 12.9898 + std::floor(4 * std::log2(lr)) * 78.233);
      return 300 * (1 + 0.5 * x * x) * scatter;
    };
    LearningRateSearch capped(1, {1, 2}, 2, kBudget);
    const Played with = play(capped, curve);
    LearningRateSearch whole(1, {1, 2}, 2, kBudget);
    double steps = 0;
    for (auto round = whole.next_round(); !round.empty(); round = whole.next_round())
      for (const TrialRequest& request : round) {
        const std::optional<double> found = curve(request.lr, request.seed);
        const TrialResult result =
            std::isinf(*found) ? TrialResult{record::TrialStatus::diverged, 10, std::nullopt, 1e9}
                               : TrialResult{record::TrialStatus::reached, static_cast<std::int64_t>(*found), found, 0};
        whole.record(request, result);
        steps += static_cast<double>(result.steps);
      }
    EXPECT_EQ(capped.best_rate(), whole.best_rate()) << variant;
    EXPECT_EQ(capped.best_score(), whole.best_score()) << variant;
    EXPECT_TRUE(with.steps <= steps);
  }
}

TEST(LearningRateSearch, WalksDownFromAStartThatDiverges) {
  LearningRateSearch search(1000, {1, 2}, 2, kBudget);
  play(search, bowl(0.01));
  EXPECT_TRUE(search.reached());
  LearningRateSearch edge(1000, {1, 2}, 2, kBudget);
  play(edge, stable_until(0.02));
  EXPECT_TRUE(edge.best_rate() <= 0.02 && edge.best_rate() * std::exp2(0.125) > 0.02);
}

TEST(LearningRateSearch, TakesTheLowestLossWhereNothingReachesTheTarget) {
  const Curve never = [](double lr, std::uint64_t) -> std::optional<double> {
    return lr > 8.5 ? std::optional<double>(HUGE_VAL) : std::nullopt;  // the final loss is 1 / lr
  };
  LearningRateSearch search(1, {1, 2}, 2, kBudget);
  play(search, never);
  EXPECT_FALSE(search.reached());
  EXPECT_EQ(search.best_rate(), 8.0);
  EXPECT_FALSE(search.best_score().has_value());
}

TEST(LearningRateSearch, SaysSoWhereTheWalkWasCutShort) {
  LearningRateSearch search(1, {1}, 1, kBudget);
  play(search, [](double lr, std::uint64_t) -> std::optional<double> { return 50000 / (1 + std::log2(1 + lr)); });
  EXPECT_TRUE(search.at_edge());
}

TEST(LearningRateSearch, NeedsEverySeedToReachTheTarget) {
  // The larger rate is faster with the first seed, but does not reach the target with the second.
  const Curve curve = [](double lr, std::uint64_t seed) -> std::optional<double> {
    if (lr > 1.5 && seed == 2) return std::nullopt;
    return lr > 4.5 ? HUGE_VAL : 1000 / lr;
  };
  LearningRateSearch search(1, {1, 2}, 2, kBudget);
  play(search, curve);
  EXPECT_TRUE(search.best_rate() <= 1.5);
  EXPECT_TRUE(search.reached());
}

TEST(LearningRateSearch, AWinnerByLuckLosesOnMoreSeeds) {
  // At 4, two of eight seeds are fast, and the search begins with these two. At 1, all seeds are nearly as fast as one
  // another.
  const Curve curve = [](double lr, std::uint64_t seed) -> std::optional<double> {
    const double x = std::log2(lr);
    if (x > 2.1) return 8000;
    if (x > 1.4) return seed <= 2 ? 300 : 3000;
    return 500 * (1 + x * x / 8) + 10 * static_cast<double>(seed % 3);
  };
  LearningRateSearch trusting(4, {1, 2}, 2, kBudget);
  play(trusting, curve);
  EXPECT_GT(trusting.best_rate(), 2.6);
  LearningRateSearch search(4, kEightSeeds, 2, kBudget);
  play(search, curve);
  EXPECT_TRUE(search.best_rate() <= 1.5 && search.best_rate() >= 0.7) << search.best_rate();
}

TEST(LearningRateSearch, ASteadyWinnerIsRefinedNotQuestioned) {
  LearningRateSearch search(1, kEightSeeds, 1, kBudget);
  const Played played = play(search, bowl(1.0));  // whose seeds differ by one percent
  EXPECT_EQ(played.requests.size(), 9U + (LearningRateSearch::kJudgingSeeds - 1) + 2U);
  EXPECT_EQ(search.best_rate(), 1.0);
}

TEST(LearningRateSearch, OnAllSeedsTheWinnerHasNoBetterNeighbour) {
  for (int variant = 0; variant < 40; ++variant) {
    const auto noise = [&](double lr, std::uint64_t seed) {
      return std::sin(static_cast<double>(seed) * 12.9898 + std::floor(4 * std::log2(lr) + 0.5) * 78.233 + variant);
    };
    const Curve curve = [&](double lr, std::uint64_t seed) -> std::optional<double> {
      const double x = std::log2(lr);
      if (x > 3.3) return HUGE_VAL;
      // One or two of eight seeds do not reach the target.
      if (x > 2.3 && noise(lr, seed) > 0.8) return std::nullopt;
      return 300 * (1 + 0.3 * x * x) * (1 + 0.5 * noise(lr, seed));
    };
    LearningRateSearch search(std::exp2(variant % 7 - 3), kEightSeeds, 2, kBudget);
    play(search, curve);
    // The expected steps over all seeds, plus the standard error.
    const auto score = [&](double lr) {
      std::vector<double> steps;
      double sum = 0, reached = 0, squares = 0;
      for (const std::uint64_t seed : kEightSeeds) {
        const std::optional<double> found = curve(lr, seed);
        if (found && std::isinf(*found)) return HUGE_VAL;
        steps.push_back(found.value_or(static_cast<double>(kBudget)));
        sum += steps.back(), reached += found.has_value();
      }
      for (const double taken : steps) squares += (taken - sum / 8) * (taken - sum / 8);
      return reached > 0 ? sum / reached + std::sqrt(squares / 7 / 8) : HUGE_VAL;
    };
    const double best = search.best_rate();
    EXPECT_NEAR(*search.best_score(), score(best), 1e-9 * score(best)) << variant;
    for (const int quarters : {-2, -1, 1, 2})
      EXPECT_LE(score(best), score(best * std::exp2(quarters / 4.0))) << variant << ": " << quarters;
  }
}

TEST(LearningRateSearch, AWinnerThatDivergesOnAnotherSeedGivesWay) {
  const Curve curve = [](double lr, std::uint64_t seed) -> std::optional<double> {
    if (lr > 4.5 || (lr > 1.9 && seed == 4)) return HUGE_VAL;
    return 1000 / lr * (1 + 0.1 * static_cast<double>(seed % 4));
  };
  LearningRateSearch search(1, kEightSeeds, 2, kBudget);
  play(search, curve);
  EXPECT_TRUE(search.reached());
  EXPECT_TRUE(search.best_rate() <= 1.9 && search.best_rate() * std::exp2(0.25) > 1.9) << search.best_rate();
}

}  // namespace
}  // namespace descent::sweep
