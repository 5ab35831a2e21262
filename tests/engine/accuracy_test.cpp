// Gradients in float32 may be off by 1e-6 of the largest (1/n) Σ_i |d_ik x_ij| over the entries, at weights from zero
// to those of the optimum.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "engine/make_problem.hpp"

namespace descent::engine {
namespace {

using testing::gradient_scale;
using testing::make_dataset;
using testing::make_weights;

constexpr double kBound = 1e-6;

/// Float32 rounds scores of order 100 by about 4e-6. The sigmoid loss has slopes only near margin 0, so that few rows
/// share this error and it does not average out; its bound is twice as large. The exponential loss of such scores does
/// not fit into float32, so that it has no bound.
double bound(const std::string& loss, double scores) {
  if (scores < 100) return kBound;
  return loss == "exponential" ? INFINITY : loss == "sigmoid" ? 2 * kBound : kBound;
}

/// Labels by a random linear rule with some noise: the optimum is then far from zero, and scores are large.
data::Dataset make_learnable(std::size_t n, std::size_t d, int classes) {
  data::Dataset data = make_dataset(n, d, classes);
  core::CounterRandom random(9, core::Purpose::initial);
  std::vector<double> rule(d * static_cast<std::size_t>(classes));
  for (double& value : rule) value = random.next_normal();
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<double> score(static_cast<std::size_t>(classes));
    for (std::size_t k = 0; k < score.size(); ++k) {
      score[k] = random.next_normal();
      for (std::size_t j = 0; j < d; ++j) score[k] += rule[k * d + j] * static_cast<double>(data.features(i, j));
    }
    data.labels[i] = static_cast<std::int32_t>(std::max_element(score.begin(), score.end()) - score.begin());
  }
  return data;
}

std::vector<float> nearly_optimal(const LinearProblem& problem, LinearKernel& kernel) {
  std::vector<float> w(problem.parameters()), g(w.size());
  for (int step = 0; step < 400; ++step) {
    kernel.gradient(w, {}, g);
    for (std::size_t j = 0; j < w.size(); ++j) w[j] -= 0.3F * g[j];
  }
  return w;
}

class FusedAccuracy : public ::testing::TestWithParam<std::string> {};

TEST_P(FusedAccuracy, OfGradientsIsAMillionthOfTheirTerms) {
  if (!make_engine("fused")->unavailable().empty()) GTEST_SKIP() << make_engine("fused")->unavailable();
  machine::Team team({.threads = 2, .oversubscribe = true});
  for (const int classes : {2, 10}) {
    const data::Dataset data = make_learnable(3000, 200, classes);
    const auto loss = loss::make_loss(GetParam());
    const LinearProblem problem{data, *loss, 0};
    const auto kernel = make_engine("fused")->prepare(problem, team),
               oracle = make_engine("reference")->prepare(problem, team);
    struct Point {
      const char* name;
      double scores;
      std::vector<float> w;
    };
    std::vector<Point> points{{"zero", 0, std::vector<float>(problem.parameters())},
                              {"scores of order 1", 1, make_weights(problem, 1)},
                              {"scores of order 10", 10, make_weights(problem, 10)},
                              {"scores of order 100", 100, make_weights(problem, 100)},
                              {"near the optimum", 10, nearly_optimal(problem, *kernel)}};
    for (const Point& point : points) {
      if (std::isinf(bound(GetParam(), point.scores))) continue;
      std::vector<float> g(problem.parameters()), expected(g.size());
      kernel->gradient(point.w, {}, g);
      oracle->gradient(point.w, {}, expected);
      double worst = 0;
      for (std::size_t j = 0; j < g.size(); ++j) {
        const double error = std::abs(static_cast<double>(g[j]) - static_cast<double>(expected[j]));
        if (!(error <= worst)) worst = error;
      }
      const double scale = gradient_scale(problem, point.w, {});
      EXPECT_TRUE(worst <= bound(GetParam(), point.scores) * scale)
          << point.name << ", " << classes << " classes: " << worst / scale << " of mean |slope * feature|";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Losses, FusedAccuracy, ::testing::ValuesIn(loss::LossRegistry::instance().names()),
                         [](const auto& instance) {
                           std::string name = instance.param;
                           std::replace_if(
                               name.begin(), name.end(), [](char c) { return !std::isalnum(c); }, '_');
                           return name;
                         });

}  // namespace
}  // namespace descent::engine
