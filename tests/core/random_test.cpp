#include "descent/core/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace descent::core {
namespace {

using Words = std::array<std::uint32_t, 4>;

/// Philox4x32-10 of a counter and a key, which are turned into seed and stream as random.hpp documents.
Words philox(Words counter, std::uint32_t key0, std::uint32_t key1) {
  const std::uint64_t seed = static_cast<std::uint64_t>(key1) << 32 | key0;
  const std::uint64_t stream = static_cast<std::uint64_t>(counter[2]) << 32 | counter[1];
  return CounterRandom(seed, static_cast<Purpose>(counter[0]), stream).words(counter[3]);
}

// Source: Random123's kat_vectors, the three philox4x32 10 lines.
TEST(CounterRandom, GivesThePublishedAnswersOfPhilox4x32With10Rounds) {
  EXPECT_EQ(philox({0, 0, 0, 0}, 0, 0), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  const std::uint32_t ones = 0xffffffff;
  EXPECT_EQ(philox({ones, ones, ones, ones}, ones, ones), (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0xa4093822, 0x299f31d0),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(CounterRandom, WalksThroughTheWordsInOrder) {
  CounterRandom random(7, Purpose::data, 3);
  for (std::uint32_t index = 0; index < 3; ++index)
    for (const std::uint32_t word : random.words(index)) EXPECT_EQ(random.next_u32(), word);
}

TEST(CounterRandom, PurposesStreamsAndSeedsDiffer) {
  const Words base = CounterRandom(7, Purpose::data, 3).words(0);
  EXPECT_NE(base, CounterRandom(8, Purpose::data, 3).words(0));
  EXPECT_NE(base, CounterRandom(7, Purpose::noise, 3).words(0));
  EXPECT_NE(base, CounterRandom(7, Purpose::data, 4).words(0));
}

TEST(CounterRandom, UnitIsAtLeastZeroAndBelowOneWithMeanOneHalf) {
  CounterRandom random(1, Purpose::data);
  double sum = 0;
  constexpr int n = 100000;
  for (int i = 0; i < n; ++i) {
    const double u = random.next_unit();
    ASSERT_TRUE(u >= 0 && u < 1);
    sum += u;
  }
  EXPECT_TRUE(std::abs(sum / n - 0.5) <= 5 / std::sqrt(12.0 * n));
}

TEST(CounterRandom, NormalIsBoxMullerOfTheNextTwoUnits) {
  CounterRandom normals(11, Purpose::noise), units(11, Purpose::noise);
  for (int i = 0; i < 10000; ++i) {
    const double u = units.next_unit(), v = units.next_unit();
    const double expected = std::sqrt(-2 * std::log(1 - u)) * std::cos(2 * std::acos(-1.0) * v);
    ASSERT_TRUE(std::abs(normals.next_normal() - expected) <= 1e-14) << u << ' ' << v;
  }
}

TEST(CounterRandom, NormalsHaveTheMomentsOfTheStandardNormal) {
  CounterRandom random(5, Purpose::noise);
  constexpr int n = 200000;
  double sum = 0, squares = 0, fourths = 0;
  for (int i = 0; i < n; ++i) {
    const double x = random.next_normal();
    sum += x;
    squares += x * x;
    fourths += x * x * x * x;
  }
  EXPECT_TRUE(std::abs(sum / n) <= 5 / std::sqrt(n));
  EXPECT_TRUE(std::abs(squares / n - 1) <= 5 * std::sqrt(2.0 / n));
  EXPECT_TRUE(std::abs(fourths / n - 3) <= 5 * std::sqrt(96.0 / n));
}

TEST(CounterRandom, NextBelowIsUniformAndStaysBelowTheBound) {
  CounterRandom random(3, Purpose::shuffle);
  constexpr int n = 70000, bound = 7;
  std::array<int, bound> counts{};
  for (int i = 0; i < n; ++i) {
    const std::uint32_t value = random.next_below(bound);
    ASSERT_LT(value, static_cast<std::uint32_t>(bound));
    ++counts[value];
  }
  double chi_squared = 0;
  for (const int count : counts) chi_squared += (count - 1e4) * (count - 1e4) / 1e4;
  EXPECT_TRUE(chi_squared <= 22.46);  // 0.999 quantile at 6 degrees of freedom
}

// At this bound, multiplying a 32-bit word and shifting it, without rejection, would give one residue modulo 3 twice as
// often as the others.
TEST(CounterRandom, NextBelowIsUnbiasedAtLargeBounds) {
  CounterRandom random(4, Purpose::shuffle);
  constexpr std::uint32_t bound = 0xc0000000;  // 3 * 2^30
  std::array<int, 3> counts{};
  constexpr int n = 90000;
  for (int i = 0; i < n; ++i) {
    const std::uint32_t value = random.next_below(bound);
    ASSERT_LT(value, bound);
    ++counts[value % 3];
  }
  for (const int count : counts) EXPECT_TRUE(std::abs(count - n / 3.0) <= 5 * std::sqrt(n * 2.0 / 9));
}

TEST(CounterRandom, NextBelowOneIsZero) { EXPECT_EQ(CounterRandom(4, Purpose::order).next_below(1), 0U); }

TEST(Shuffle, IsAPermutationThatDependsOnTheSeedAlone) {
  std::vector<std::uint32_t> first(1000);
  std::iota(first.begin(), first.end(), 0U);
  const std::vector<std::uint32_t> sorted = first;
  std::vector<std::uint32_t> again = first, other = first;
  shuffle(first, CounterRandom(1, Purpose::shuffle, 2));
  shuffle(again, CounterRandom(1, Purpose::shuffle, 2));
  shuffle(other, CounterRandom(1, Purpose::shuffle, 3));
  EXPECT_EQ(first, again);
  EXPECT_NE(first, other);
  EXPECT_NE(first, sorted);
  std::sort(first.begin(), first.end());
  EXPECT_EQ(first, sorted);
}

TEST(Shuffle, GivesAllOrdersOfThreeEquallyOften) {
  std::array<int, 27> counts{};
  constexpr int n = 12000;
  for (int stream = 0; stream < n; ++stream) {
    std::array<std::uint32_t, 3> values{0, 1, 2};
    shuffle(values, CounterRandom(9, Purpose::shuffle, static_cast<std::uint64_t>(stream)));
    ++counts[values[0] * 9 + values[1] * 3 + values[2]];
  }
  int orders = 0;
  for (const int count : counts) {
    if (!count) continue;
    ++orders;
    EXPECT_TRUE(std::abs(count - n / 6.0) <= 5 * std::sqrt(n * 5.0 / 36));
  }
  EXPECT_EQ(orders, 6);
}

// The implementation makes several random numbers at once. The order must be that of the algorithm of Fisher and Yates
// with numbers drawn one after the other, because runs promise the same order on every machine.
TEST(Shuffle, IsOfFisherAndYatesByTheNumbersInTurn) {
  for (const std::size_t n : {2U, 33U, 34U, 65U, 1000U}) {
    std::vector<std::uint32_t> shuffled(n), expected(n);
    std::iota(shuffled.begin(), shuffled.end(), 0U);
    std::iota(expected.begin(), expected.end(), 0U);
    shuffle(shuffled, CounterRandom(5, Purpose::shuffle, n));
    CounterRandom random(5, Purpose::shuffle, n);
    for (std::size_t i = n; i > 1; --i)
      std::swap(expected[i - 1], expected[random.next_below(static_cast<std::uint32_t>(i))]);
    EXPECT_EQ(shuffled, expected) << n;
  }
}

TEST(Shuffle, TakesNothingAndOneElement) {
  shuffle({}, CounterRandom(1, Purpose::shuffle));
  std::array<std::uint32_t, 1> one{5};
  shuffle(one, CounterRandom(1, Purpose::shuffle));
  EXPECT_EQ(one[0], 5U);
}

// Source: Vigna's splitmix64.c started at 42; also the first outputs that define the synthA data set.
TEST(SplitMix64, GivesTheKnownFirstOutputsOfSeed42) {
  SplitMix64 random(42);
  EXPECT_EQ(random.next(), 0xbdd732262feb6e95U);
  EXPECT_EQ(random.next(), 0x28efe333b266f103U);
  EXPECT_EQ(SplitMix64(42).next_unit(), static_cast<double>(0xbdd732262feb6e95U >> 11) / 9007199254740992.0);
}

}  // namespace
}  // namespace descent::core
