// What every registered loss has to do. A new file in src/loss/losses is tested without changes here.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "loss/tiles.hpp"

namespace descent::loss {
namespace {

constexpr float kLargestFloat = std::numeric_limits<float>::max();

class EveryLoss : public testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<Loss> loss = make_loss(GetParam());
};

double largest_score(const std::vector<double>& scores) {
  double result = 0;
  for (const double score : scores) result = std::max(result, std::abs(score));
  return result;
}

/// Does `got` equal the oracle's `want` within Loss::kMaxRelativeError? Where float32 cannot hold `want`, `got` has to
/// be infinite with the same sign.
bool agrees(float got, double want, double largest) {
  if (std::abs(want) > static_cast<double>(kLargestFloat)) return std::isinf(got) && (got > 0) == (want > 0);
  const double scale = std::max({1.0, std::abs(want), largest > 80 ? largest : 0.0});
  return std::abs(static_cast<double>(got) - want) <= Loss::kMaxRelativeError * scale;
}

std::vector<double> oracle_gradient(const Loss& loss, const std::vector<double>& scores, std::int32_t label) {
  std::vector<double> out(scores.size());
  loss.gradient(scores, label, out);
  return out;
}

double distance(const std::vector<double>& a, const std::vector<double>& b) {
  double result = 0;
  for (std::size_t k = 0; k < a.size(); ++k) result = std::max(result, std::abs(a[k] - b[k]));
  return result;
}

std::vector<double> hessian_of_output(const Loss& loss, const std::vector<double>& scores, std::int32_t label,
                                      std::size_t k) {
  std::vector<double> v(scores.size()), out(scores.size());
  v[k] = 1;
  loss.hessian_times(scores, label, v, out);
  return out;
}

/// Does the loss have a kink within the relative distance `radius` of one of these scores?
bool near_kink(const Loss& loss, const std::vector<double>& scores, std::int32_t label, double radius) {
  for (std::size_t k = 0; k < scores.size(); ++k) {
    std::vector<double> above = scores, below = scores;
    above[k] += radius * std::max(1.0, std::abs(scores[k]));
    below[k] -= radius * std::max(1.0, std::abs(scores[k]));
    if (distance(oracle_gradient(loss, above, label), oracle_gradient(loss, below, label)) > 0.5) return true;
  }
  return false;
}

TEST_P(EveryLoss, FastFormAgreesWithOracleUpToScoresOfTenThousand) {
  on_every_target([&] {
    for (const std::size_t outputs : outputs_to_try(*loss)) {
      const Tile scores = random_tile(outputs, 600, 1e4, 1);
      Tile gradient = copy_of(scores);
      loss->differentiate(gradient.view(), gradient.labels);
      for (std::size_t i = 0; i < scores.examples(); ++i) {
        const std::vector<double> s = scores.example(i);
        const double largest = largest_score(s);
        Tile alone = one_example(scores, i);
        const double value = loss->sum(alone.view(), alone.labels), want = loss->value(s, scores.labels[i]);
        ASSERT_TRUE(agrees(static_cast<float>(value), want, largest))
            << core::simd_target() << ": loss " << value << " of " << want << ", largest score " << largest;
        if (!loss->traits().smooth && near_kink(*loss, s, scores.labels[i], 1e-5)) continue;
        const std::vector<double> expected = oracle_gradient(*loss, s, scores.labels[i]);
        for (std::size_t k = 0; k < outputs; ++k)
          ASSERT_TRUE(agrees(gradient(k, i), expected[k], largest))
              << core::simd_target() << ": gradient " << gradient(k, i) << " of " << expected[k] << ", score " << s[k];
      }
    }
  });
}

// The form for one example, whose classes fill the lanes of a vector. Lanes behind the last class hold arbitrary
// numbers.
TEST_P(EveryLoss, RowFormAgreesWithOracleAndHasTheSameBitsOnEveryTarget) {
  std::vector<std::uint32_t> bits;
  on_every_target([&] {
    if (!core::simd_fused()) return;
    std::vector<std::uint32_t> here;
    for (const std::size_t outputs : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{10}, std::size_t{16},
                                      std::size_t{26}, std::size_t{48}}) {
      if (outputs == 1 && loss->outputs(2) != 1) continue;
      const std::size_t padded = (outputs + 15) / 16 * 16;
      const Tile scores = random_tile(outputs, 200, 1e4, 7);
      for (std::size_t i = 0; i < scores.examples(); ++i) {
        const std::vector<double> s = scores.example(i);
        core::AlignedBuffer<float> row(padded);
        for (std::size_t k = 0; k < padded; ++k) row[k] = k < outputs ? static_cast<float>(s[k]) : 7e3F;
        const double largest = largest_score(s), want = loss->value(s, scores.labels[i]);
        const double value = loss->differentiate_row({row.data(), outputs}, scores.labels[i]);
        here.push_back(std::bit_cast<std::uint32_t>(static_cast<float>(value)));
        ASSERT_TRUE(agrees(static_cast<float>(value), want, largest))
            << core::simd_target() << ": loss " << value << " of " << want << ", largest score " << largest;
        for (std::size_t k = outputs; k < padded; ++k) ASSERT_EQ(row[k], 0) << core::simd_target() << " lane " << k;
        const bool kink = !loss->traits().smooth && near_kink(*loss, s, scores.labels[i], 1e-5);
        const std::vector<double> expected = oracle_gradient(*loss, s, scores.labels[i]);
        for (std::size_t k = 0; k < outputs; ++k) {
          here.push_back(std::bit_cast<std::uint32_t>(row[k]));
          ASSERT_TRUE(kink || agrees(row[k], expected[k], largest))
              << core::simd_target() << ": class " << k << " of " << outputs << ": " << row[k] << " of " << expected[k];
        }
      }
    }
    if (bits.empty()) bits = here;
    ASSERT_EQ(here, bits) << core::simd_target();
  });
  ASSERT_TRUE(bits.size() > 1000 || !core::simd_fused());
}

TEST_P(EveryLoss, RowFormOfNaNIsNaN) {
  on_every_target([&] {
    for (const std::size_t outputs : outputs_to_try(*loss)) {
      core::AlignedBuffer<float> row(32);
      for (std::size_t k = 0; k < outputs; ++k) row[k] = 0.5F;
      row[outputs - 1] = std::numeric_limits<float>::quiet_NaN();
      ASSERT_TRUE(std::isnan(loss->differentiate_row({row.data(), outputs}, 0)))
          << core::simd_target() << ' ' << outputs;
    }
  });
}

TEST_P(EveryLoss, IsFiniteWhereverTheOracleFitsFloat32) {
  for (const std::size_t outputs : outputs_to_try(*loss)) {
    Tile scores(outputs, 16);
    for (std::size_t i = 0; i < 16; ++i) {
      scores.labels[i] = static_cast<std::int32_t>(i % std::max<std::size_t>(outputs, 2));
      for (std::size_t k = 0; k < outputs; ++k)
        scores(k, i) = (i + k) % 3 == 0 ? 1e4f : (i + k) % 3 == 1 ? -1e4f : 0.0f;
    }
    Tile gradient = copy_of(scores);
    loss->differentiate(gradient.view(), gradient.labels);
    for (std::size_t i = 0; i < 16; ++i)
      for (std::size_t k = 0; k < outputs; ++k) {
        EXPECT_FALSE(std::isnan(gradient(k, i)));
        EXPECT_TRUE(std::isfinite(gradient(k, i)) || loss->name() == "exponential");
      }
  }
}

TEST_P(EveryLoss, BitsOfAnExampleDoNotDependOnItsPlaceInTheTile) {
  for (const std::size_t outputs : outputs_to_try(*loss))
    for (std::size_t examples = 1; examples <= 40; ++examples) {
      const Tile scores = random_tile(outputs, examples, 80, 2);
      Tile gradient = copy_of(scores);
      const double sum = loss->differentiate(gradient.view(), gradient.labels);
      double lanes[16] = {};
      for (std::size_t i = 0; i < examples; ++i) {
        Tile alone = one_example(scores, i);
        lanes[i % 16] += loss->differentiate(alone.view(), alone.labels);
        for (std::size_t k = 0; k < outputs; ++k)
          ASSERT_EQ(std::bit_cast<std::uint32_t>(gradient(k, i)), std::bit_cast<std::uint32_t>(alone(k, 0)));
      }
      for (std::size_t half = 8; half > 0; half /= 2)
        for (std::size_t l = 0; l < half; ++l) lanes[l] += lanes[l + half];
      ASSERT_EQ(sum, lanes[0]) << "not the sum of sixteen lanes in the fixed order; examples: " << examples;
    }
}

TEST_P(EveryLoss, SumEqualsDifferentiatesBitForBitAndLeavesTheScores) {
  for (const std::size_t outputs : outputs_to_try(*loss))
    for (const std::size_t examples : {1U, 15U, 16U, 17U, 40U, 300U}) {
      Tile scores = random_tile(outputs, examples, 1e4, 3);
      Tile gradient = copy_of(scores), before = copy_of(scores);
      const double sum = loss->sum(scores.view(), scores.labels);
      EXPECT_EQ(std::bit_cast<std::uint64_t>(sum),
                std::bit_cast<std::uint64_t>(loss->differentiate(gradient.view(), gradient.labels)));
      for (std::size_t i = 0; i < examples; ++i) EXPECT_EQ(scores.example(i), before.example(i));
    }
}

TEST_P(EveryLoss, PaddingComesBackAsZero) {
  for (const std::size_t outputs : outputs_to_try(*loss)) {
    Tile tile = random_tile(outputs, 21, 10, 4);
    loss->differentiate(tile.view(), tile.labels);
    for (std::size_t k = 0; k < outputs; ++k) {
      for (std::size_t i = 21; i < tile.padded(); ++i) EXPECT_EQ(tile(k, i), 0.0f);
      EXPECT_EQ(tile(k, tile.padded()), 7.25f) << "the kernel wrote beyond the padding";
    }
  }
}

TEST_P(EveryLoss, BitsAreTheSameOnEveryFusedTarget) {
  for (const std::size_t outputs : outputs_to_try(*loss)) {
    const Tile scores = random_tile(outputs, 997, 1e4, 5);
    std::vector<std::vector<float>> gradients;
    std::vector<double> sums;
    on_every_target([&] {
      if (!core::simd_fused()) return;
      Tile tile = copy_of(scores);
      sums.push_back(loss->differentiate(tile.view(), tile.labels));
      gradients.emplace_back();
      for (std::size_t k = 0; k < outputs; ++k)
        gradients.back().insert(gradients.back().end(), &tile(k, 0), &tile(k, 0) + tile.examples());
    });
    for (std::size_t t = 1; t < sums.size(); ++t) {
      EXPECT_EQ(std::bit_cast<std::uint64_t>(sums[0]), std::bit_cast<std::uint64_t>(sums[t]));
      EXPECT_TRUE(std::equal(gradients[0].begin(), gradients[0].end(), gradients[t].begin(), [](float a, float b) {
        return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
      }));
    }
  }
}

TEST_P(EveryLoss, GradientMatchesFiniteDifferencesOfOracle) {
  constexpr double kStep = 1e-5;
  std::size_t compared = 0;
  for (const std::size_t outputs : outputs_to_try(*loss)) {
    const Tile tile = random_tile(outputs, 100, 6, 6);
    for (std::size_t i = 0; i < tile.examples(); ++i) {
      const std::vector<double> s = tile.example(i);
      if (near_kink(*loss, s, tile.labels[i], 2 * kStep)) continue;
      const std::vector<double> gradient = oracle_gradient(*loss, s, tile.labels[i]);
      for (std::size_t k = 0; k < outputs; ++k) {
        std::vector<double> above = s, below = s;
        above[k] += kStep, below[k] -= kStep;
        if (distance(hessian_of_output(*loss, above, tile.labels[i], k),
                     hessian_of_output(*loss, below, tile.labels[i], k)) > 0.01 * std::max(1.0, std::abs(gradient[k])))
          continue;  // the loss has a kink here
        const double slope = (loss->value(above, tile.labels[i]) - loss->value(below, tile.labels[i])) / (2 * kStep);
        ASSERT_TRUE(std::abs(slope - gradient[k]) <= 1e-7 * std::max(1.0, std::abs(slope)))
            << slope << " " << gradient[k] << " at " << s[k];
        ++compared;
      }
    }
  }
  EXPECT_TRUE(compared >= 1000);
}

TEST_P(EveryLoss, HessianMatchesFiniteDifferencesOfGradient) {
  constexpr double kStep = 1e-5;
  std::size_t compared = 0;
  for (const std::size_t outputs : outputs_to_try(*loss)) {
    const Tile tile = random_tile(outputs, 100, 6, 7);
    core::CounterRandom random(8, core::Purpose::vector, outputs);
    for (std::size_t i = 0; i < tile.examples(); ++i) {
      const std::vector<double> s = tile.example(i);
      std::vector<double> v(outputs), above = s, below = s, product(outputs), there(outputs), here(outputs);
      for (std::size_t k = 0; k < outputs; ++k) {
        v[k] = 2 * random.next_unit() - 1;
        above[k] += kStep * v[k], below[k] -= kStep * v[k];
      }
      loss->hessian_times(s, tile.labels[i], v, product);
      loss->hessian_times(above, tile.labels[i], v, there);
      loss->hessian_times(below, tile.labels[i], v, here);
      const std::vector<double> up = oracle_gradient(*loss, above, tile.labels[i]),
                                down = oracle_gradient(*loss, below, tile.labels[i]);
      // The loss or its slope has a kink between the two points.
      if (distance(there, here) > 0.01 * std::max(1.0, std::abs(up[0])) ||
          (!loss->traits().smooth && distance(up, down) > 0.5))
        continue;
      for (std::size_t k = 0; k < outputs; ++k) {
        const double difference = (up[k] - down[k]) / (2 * kStep);
        ASSERT_TRUE(std::abs(difference - product[k]) <= 1e-6 * std::max(1.0, std::abs(difference)))
            << difference << " " << product[k];
        ++compared;
      }
    }
  }
  EXPECT_TRUE(compared >= 1000);
}

TEST_P(EveryLoss, CurvatureIsWithinItsTraits) {
  const LossTraits traits = loss->traits();
  for (const std::size_t outputs : outputs_to_try(*loss)) {
    const Tile tile = random_tile(outputs, 300, 6, 9);
    core::CounterRandom random(10, core::Purpose::vector, outputs);
    for (std::size_t i = 0; i < tile.examples(); ++i) {
      const std::vector<double> s = tile.example(i);
      std::vector<double> v(outputs), product(outputs);
      double squares = 0, curvature = 0;
      for (double& entry : v) entry = random.next_normal(), squares += entry * entry;
      loss->hessian_times(s, tile.labels[i], v, product);
      for (std::size_t k = 0; k < outputs; ++k) curvature += v[k] * product[k];
      double bound = traits.smoothness * (traits.smoothness_times_classes ? static_cast<double>(outputs) : 1.0);
      if (traits.smooth_on_start) bound *= loss->value(s, tile.labels[i]);
      EXPECT_TRUE(curvature / squares <= bound * (1 + 1e-12)) << curvature / squares;
      EXPECT_TRUE(!traits.convex || curvature >= -1e-12 * squares) << curvature;
    }
  }
}

TEST_P(EveryLoss, TermsSumToTheValueUnlessTheyAreProbabilities) {
  for (const std::size_t outputs : outputs_to_try(*loss)) {
    const Tile tile = random_tile(outputs, 50, 20, 11);
    for (std::size_t i = 0; i < tile.examples(); ++i) {
      const std::vector<double> s = tile.example(i);
      std::vector<double> terms(outputs);
      loss->terms(s, tile.labels[i], terms);
      double sum = 0;
      for (const double term : terms) sum += term;
      const double want = loss->terms_are_summands() ? loss->value(s, tile.labels[i]) : 1;
      EXPECT_TRUE(std::abs(sum - want) <= 1e-12 * std::max(1.0, std::abs(want)));
    }
  }
}

TEST_P(EveryLoss, NanScoresShowAndStayInTheirExample) {
  on_every_target([&] {
    for (const std::size_t outputs : outputs_to_try(*loss))
      for (std::size_t bad = 0; bad < outputs; ++bad) {
        const Tile clean = random_tile(outputs, 19, 5, 12);
        Tile good = copy_of(clean), spoiled = copy_of(clean), alone = one_example(clean, 17);
        loss->differentiate(good.view(), good.labels);
        spoiled(bad, 17) = alone(bad, 0) = std::numeric_limits<float>::quiet_NaN();
        loss->differentiate(spoiled.view(), spoiled.labels);
        bool shown = std::isnan(loss->sum(alone.view(), alone.labels));
        for (std::size_t k = 0; k < outputs; ++k) {
          shown = shown || std::isnan(spoiled(k, 17));
          for (std::size_t i = 0; i < 19; ++i) EXPECT_TRUE(i == 17 || good(k, i) == spoiled(k, i));
        }
        EXPECT_TRUE(shown) << core::simd_target() << " gave no NaN for a NaN in output " << bad << " of " << outputs;
      }
  });
}

TEST_P(EveryLoss, DeclaredCostIsWhatTheKernelDoes) {
  for (const std::size_t outputs : outputs_to_try(*loss)) {
    const LossCost declared = loss->cost(outputs), counted = loss->counted_cost(outputs);
    EXPECT_EQ(declared.flops, counted.flops) << outputs;
    EXPECT_EQ(declared.transcendental, counted.transcendental) << outputs;
  }
}

TEST_P(EveryLoss, SaysWhatItIs) {
  EXPECT_FALSE(loss->formula().empty());
  EXPECT_FALSE(loss->source().empty());
  EXPECT_EQ(make_loss(loss->name())->name(), loss->name()) << "the full name makes the same loss";
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryLoss, testing::ValuesIn(LossRegistry::instance().names()),
                         [](const auto& test) { return test.param; });
INSTANTIATE_TEST_SUITE_P(Parameters, EveryLoss,
                         testing::Values("huber(delta=0.25)", "multiclass_svm(margin=2.5)",
                                         "multiclass_squared_svm(margin=0.5)"),
                         [](const auto& test) { return test.param.substr(0, test.param.find('(')); });

}  // namespace
}  // namespace descent::loss
