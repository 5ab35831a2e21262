// What losses tell the solvers of optima: conjugates, whether the loss recedes, and the box form of the dual.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "descent/core/random.hpp"
#include "descent/loss/loss.hpp"

namespace descent::loss {
namespace {

std::vector<std::string> all_losses() { return LossRegistry::instance().names(); }

/// The largest value of a concave function on [-reach, reach], by ternary search.
template <class Function>
double largest(const Function& function, double reach) {
  double low = -reach, high = reach;
  for (int k = 0; k < 120; ++k) {
    const double a = low + (high - low) / 3, b = high - (high - low) / 3;
    (function(a) < function(b) ? low : high) = function(a) < function(b) ? a : b;
  }
  return function(low + (high - low) / 2);
}

/// The supremum over s of u · s − ℓ(s), by search: over the one score, or over the other two of three with s_y = 0,
/// since a multiclass loss depends only on differences of scores.
double supremum(const Loss& loss, std::span<const double> u, std::int32_t label) {
  constexpr double reach = 60;
  if (u.size() == 1) return largest([&](double s) { return u[0] * s - loss.value(std::span(&s, 1), label); }, reach);
  const auto y = static_cast<std::size_t>(label);
  const std::size_t a = y == 0 ? 1 : 0, b = 3 - y - a;
  const auto at = [&](double s, double t) {
    std::vector<double> scores(3);
    scores[a] = s, scores[b] = t;
    return u[a] * s + u[b] * t - loss.value(scores, label);
  };
  return largest([&](double s) { return largest([&](double t) { return at(s, t); }, reach); }, reach);
}

TEST(SolverAnswers, ConjugatesAreTheSupremaThatASearchFinds) {
  int answered = 0;
  for (const std::string& name : all_losses()) {
    const auto loss = make_loss(name);
    const std::size_t outputs = loss->outputs(2) == 1 ? 1 : 3;
    core::CounterRandom random(5, core::Purpose::data);
    for (int trial = 0; trial < 20; ++trial) {
      const std::int32_t label = trial % (outputs == 1 ? 2 : 3);
      std::vector<double> u(outputs);
      for (double& slope : u) slope = 1.5 * random.next_normal();
      const std::optional<double> conjugate = loss->conjugate(u, label);
      if (!conjugate) continue;
      ++answered;
      EXPECT_NEAR(*conjugate, supremum(*loss, u, label), 1e-7) << name << " label " << label << " u " << u[0];
      std::vector<double> again = u;
      EXPECT_NEAR(loss->conjugate(again, label).value(), *conjugate, 1e-12) << name;
      for (std::size_t k = 0; k < outputs; ++k) EXPECT_NEAR(again[k], u[k], 1e-12) << name << ": moved a second time";
    }
  }
  EXPECT_EQ(answered, 11 * 20) << "each of the 11 convex losses has to answer 20 times";
}

// For a one-versus-rest loss, the conjugates of the outputs add up. If u is the slope at the scores s, the supremum is
// there: ℓ(s) + ℓ*(u) = u · s (Fenchel and Young).
TEST(SolverAnswers, ConjugatesOfSlopesHaveTheirSupremumAtTheScores) {
  for (const std::string& name : all_losses()) {
    const auto loss = make_loss(name);
    core::CounterRandom random(6, core::Purpose::data);
    for (int trial = 0; trial < 50; ++trial) {
      std::vector<double> s(4), u(4);
      for (double& score : s) score = 2 * random.next_normal();
      const std::int32_t label = trial % 4;
      loss->gradient(s, label, u);
      const std::vector<double> slopes = u;
      const std::optional<double> conjugate = loss->conjugate(u, label);
      if (!conjugate) continue;
      double product = 0;
      for (std::size_t k = 0; k < 4; ++k) {
        product += slopes[k] * s[k];
        EXPECT_NEAR(u[k], slopes[k], 1e-12) << name << ": a slope is in the domain and may not be moved";
      }
      EXPECT_NEAR(loss->value(s, label) + *conjugate, product, 1e-10 * std::max(1.0, std::abs(product))) << name;
    }
  }
}

/// Scores of three outputs whose margins are all `size`, for label 1.
double value_at_margin(const Loss& loss, double size) { return loss.value(std::vector<double>{-size, size, -size}, 1); }

TEST(SolverAnswers, ALossRecedesIfItFallsAtAnyMargin) {
  for (const std::string& name : all_losses()) {
    const auto loss = make_loss(name);
    const double far = value_at_margin(*loss, 20), farther = value_at_margin(*loss, 40);
    ASSERT_TRUE(loss->recedes().has_value()) << name;
    EXPECT_EQ(*loss->recedes(), farther < far) << name;
    if (*loss->recedes()) {
      EXPECT_TRUE(farther > 0 && farther < 1e-8) << name;
    }
  }
}

TEST(SolverAnswers, ABoxFormHasTheLossesValues) {
  std::vector<std::string> boxes;
  for (const std::string& spec : {std::string("multiclass_svm(margin=0.3)"), std::string("hinge")})
    EXPECT_TRUE(make_loss(spec)->box_dual().has_value()) << spec;
  for (const std::string& name : all_losses()) {
    const auto loss = make_loss(name);
    const std::optional<BoxDual> box = loss->box_dual();
    EXPECT_EQ(box.has_value(), !loss->traits().smooth) << name << ": losses with kinks have a box form, and only these";
    if (!box) continue;
    boxes.push_back(name);
    const LossTraits::Family family = loss->traits().family;
    EXPECT_TRUE(box->low <= 0 && box->high >= 0);
    if (family == LossTraits::Family::multiclass) {
      EXPECT_EQ(box->low, 0);
    }
    core::CounterRandom random(7, core::Purpose::data);
    for (int trial = 0; trial < 50; ++trial) {
      std::vector<double> s(3);
      for (double& score : s) score = 2 * random.next_normal();
      const std::size_t y = static_cast<std::size_t>(trial) % 3;
      double sum = 0;
      for (std::size_t k = 0; k < 3; ++k) {
        const double t = k == y ? 1 : -1;
        if (family == LossTraits::Family::multiclass && k == y) continue;
        const double m = family == LossTraits::Family::multiclass ? s[y] - s[k]
                         : family == LossTraits::Family::margin   ? t * s[k]
                                                                  : s[k] - t;
        sum += std::max(box->low * (box->offset - m), box->high * (box->offset - m));
      }
      EXPECT_NEAR(sum, loss->value(s, static_cast<std::int32_t>(y)), 1e-12) << name;
    }
  }
  EXPECT_EQ(boxes, (std::vector<std::string>{"absolute", "hinge", "multiclass_svm"}));
}

// Slopes at random scores come near the bound and never pass it. Losses without a bound have slopes of any size.
TEST(SolverAnswers, TheLargestSlopeIsReachedAndNeverPassed) {
  for (const std::string& name : all_losses()) {
    const auto loss = make_loss(name);
    for (const int classes : {2, 3, 10}) {
      const std::size_t outputs = loss->outputs(classes);
      std::vector<double> s(outputs), slope(outputs);
      core::CounterRandom random(11, core::Purpose::data);
      double steepest = 0;
      for (int trial = 0; trial < 3000; ++trial) {
        const double magnitude = std::pow(10.0, 4 * random.next_unit() - 1);
        for (double& score : s) score = magnitude * random.next_normal();
        loss->gradient(s, static_cast<std::int32_t>(trial % classes), slope);
        for (const double value : slope) steepest = std::max(steepest, std::abs(value));
      }
      const std::optional<double> bound = loss->largest_slope(outputs);
      if (!bound) {
        EXPECT_GT(steepest, 100) << name;
      } else {
        EXPECT_LE(steepest, *bound * (1 + 1e-12)) << name << " classes " << classes;
        EXPECT_GE(steepest, 0.95 * *bound) << name << " classes " << classes;
      }
    }
  }
}

TEST(SolverAnswers, TheStartOfALossThatIsNotConvexIsConvex) {
  for (const std::string& name : all_losses()) {
    const auto start = make_loss(name)->convex_start();
    EXPECT_EQ(start == nullptr, make_loss(name)->traits().convex) << name;
    if (start) {
      EXPECT_TRUE(start->traits().convex && start->traits().smooth) << name;
    }
  }
}

}  // namespace
}  // namespace descent::loss
