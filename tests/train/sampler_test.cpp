#include "descent/train/sampler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "descent/core/error.hpp"

namespace descent::train {
namespace {

std::vector<std::uint32_t> take(Sampler& sampler, std::uint64_t first, std::size_t steps) {
  std::vector<std::uint32_t> rows(steps * sampler.batch());
  sampler.rows(first, steps, rows);
  return rows;
}

std::vector<std::uint32_t> identity(std::size_t n) {
  std::vector<std::uint32_t> rows(n);
  std::iota(rows.begin(), rows.end(), 0U);
  return rows;
}

constexpr Sampling kRandom[]{Sampling::reshuffle, Sampling::iid_replace, Sampling::iid_distinct};

TEST(Sampler, EpochIsAPermutationWithoutItsRemainder) {
  Sampler sampler(Sampling::reshuffle, 103, 10, 5);
  EXPECT_EQ(sampler.steps_per_epoch(), 10U);
  for (std::uint64_t epoch = 0; epoch < 3; ++epoch) {
    const auto rows = take(sampler, epoch * 10, 10);
    const std::set<std::uint32_t> distinct(rows.begin(), rows.end());
    EXPECT_EQ(distinct.size(), 100U);
    EXPECT_LT(*distinct.rbegin(), 103U);
  }
  EXPECT_NE(take(sampler, 0, 10), take(sampler, 10, 10));
}

TEST(Sampler, AnyStepAloneEqualsTheSequence) {
  for (const Sampling sampling : kRandom)
    for (const std::size_t batch : {1U, 7U, 40U, 100U}) {
      Sampler sequential(sampling, 100, batch, 9);
      const auto all = take(sequential, 0, 60);
      for (const std::uint64_t step : {59U, 0U, 31U, 7U, 58U}) {
        Sampler alone(sampling, 100, batch, 9);
        const auto rows = take(alone, step, 1);
        EXPECT_TRUE(std::equal(rows.begin(), rows.end(), all.begin() + static_cast<std::ptrdiff_t>(step * batch)))
            << record::to_text(sampling) << " batch " << batch << " step " << step;
      }
    }
}

TEST(Sampler, BatchesAreSortedAndInRange) {
  for (const Sampling sampling : kRandom)
    for (const std::size_t batch : {1U, 3U, 11U, 64U, 99U, 130U}) {
      Sampler sampler(sampling, 130, batch, 2);
      for (std::uint64_t step = 0; step < 20; ++step) {
        const auto rows = take(sampler, step, 1);
        EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
        EXPECT_LT(rows.back(), 130U);
        const bool repeats = std::adjacent_find(rows.begin(), rows.end()) != rows.end();
        if (sampling != Sampling::iid_replace) {
          EXPECT_FALSE(repeats) << record::to_text(sampling) << " batch " << batch;
        }
      }
    }
}

TEST(Sampler, AllRowsAtOnceAreAllRowsInOrder) {
  for (const Sampling sampling : {Sampling::reshuffle, Sampling::iid_distinct}) {
    Sampler sampler(sampling, 200, 200, 3);
    EXPECT_EQ(take(sampler, 0, 1), identity(200));
    EXPECT_EQ(take(sampler, 17, 1), identity(200));
  }
}

TEST(Sampler, FullBatchDescentTakesNoRows) {
  Sampler sampler(Sampling::none, 8, 8, 0);
  std::vector<std::uint32_t> rows(8, 77);
  sampler.rows(0, 1, rows);
  EXPECT_EQ(rows, std::vector<std::uint32_t>(8, 77));
}

TEST(Sampler, EveryRowIsEquallyLikely) {
  // χ² over 20 rows has 19 degrees of freedom. It exceeds 43.8 with probability 0.001 (tables of the χ² distribution).
  for (const Sampling sampling : kRandom)
    for (const std::size_t batch : {1U, 3U, 16U}) {
      Sampler sampler(sampling, 20, batch, 1);
      constexpr std::size_t steps = 20000;
      std::vector<double> counts(20);
      for (const std::uint32_t row : take(sampler, 0, steps)) ++counts[row];
      const double expected = static_cast<double>(steps * batch) / 20;
      double chi_squared = 0;
      for (const double count : counts) chi_squared += (count - expected) * (count - expected) / expected;
      EXPECT_TRUE(chi_squared <= 43.8) << record::to_text(sampling) << " batch " << batch << ": " << chi_squared;
    }
}

TEST(Sampler, EveryPairOfDistinctRowsIsEquallyLikely) {
  // There are 15 pairs. χ² with 14 degrees of freedom exceeds 36.1 with probability 0.001.
  Sampler sampler(Sampling::iid_distinct, 6, 2, 4);
  constexpr std::size_t steps = 30000;
  std::vector<double> counts(36);
  const auto rows = take(sampler, 0, steps);
  for (std::size_t s = 0; s < steps; ++s) ++counts[rows[2 * s] * 6 + rows[2 * s + 1]];
  double chi_squared = 0;
  for (std::size_t a = 0; a < 6; ++a)
    for (std::size_t b = a + 1; b < 6; ++b) {
      const double off = counts[a * 6 + b] - steps / 15.0;
      chi_squared += off * off / (steps / 15.0);
    }
  EXPECT_TRUE(chi_squared <= 36.1) << chi_squared;
}

TEST(Sampler, SmallAndLargeDistinctBatchesOfOneStreamAreDrawnTheSameWay) {
  // Floyd's algorithm with a batch of all n rows has to draw each of them, in both ways of remembering the drawn rows.
  for (std::size_t n = 1; n <= 70; ++n) {
    Sampler sampler(Sampling::iid_distinct, n, n, n);
    EXPECT_EQ(take(sampler, 1, 1), identity(n));
  }
}

TEST(Sampler, SeedsDiffer) {
  for (const Sampling sampling : kRandom) {
    Sampler a(sampling, 1000, 10, 1), b(sampling, 1000, 10, 2);
    EXPECT_NE(take(a, 0, 1), take(b, 0, 1));
  }
}

TEST(Sampler, RefusesBatchesThatDoNotFit) {
  EXPECT_THROW(Sampler(Sampling::reshuffle, 10, 0, 0), core::UsageError);
  EXPECT_THROW(Sampler(Sampling::iid_distinct, 10, 11, 0), core::UsageError);
}

TEST(Sampler, NamesReadBack) {
  for (const Sampling sampling : kRandom) EXPECT_EQ(parse_sampling(record::to_text(sampling)), sampling);
  EXPECT_THROW(parse_sampling("reshufle"), core::UsageError);
}

}  // namespace
}  // namespace descent::train
