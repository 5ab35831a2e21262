#include <gtest/gtest.h>

#include <cmath>

#include "descent/core/error.hpp"
#include "descent/engine/network_objective.hpp"
#include "engine/make_problem.hpp"

namespace descent::engine {
namespace {

/// The loss of a network with the l2 term, by plain loops in double.
double oracle(const data::Dataset& data, const loss::Loss& loss, double l2, const NetworkShape& shape,
              std::span<const double> w, std::span<const std::uint32_t> rows) {
  const std::size_t d = data.width(), h = shape.hidden, c = loss.outputs(data.classes);
  const std::size_t n = rows.empty() ? data.rows() : rows.size();
  std::vector<double> hidden(h), scores(c);
  double sum = 0, squares = 0;
  for (const double weight : w) squares += weight * weight;
  for (std::size_t r = 0; r < n; ++r) {
    const std::size_t i = rows.empty() ? r : rows[r];
    for (std::size_t k = 0; k < h; ++k) {
      double z = 0;
      for (std::size_t j = 0; j < d; ++j) z += w[k * d + j] * data.features(i, j);
      hidden[k] = shape.activation == Activation::relu ? std::max(0.0, z) : std::tanh(z);
    }
    for (std::size_t k = 0; k < c; ++k) {
      const double* const v = w.data() + h * d + k * (h + 1);
      scores[k] = v[h];
      for (std::size_t m = 0; m < h; ++m) scores[k] += v[m] * hidden[m];
    }
    sum += loss.value(scores, data.labels[i]);
  }
  return sum / static_cast<double>(n) + 0.5 * l2 * squares;
}

struct Case {
  const char* loss;
  Activation activation;
  int classes;
  std::size_t rows, features, hidden;
};

class NetworkGradient : public ::testing::TestWithParam<Case> {};

TEST_P(NetworkGradient, MatchesFiniteDifferencesOfPlainLoops) {
  const Case& of = GetParam();
  const data::Dataset data = testing::make_dataset(of.rows, of.features, of.classes);
  const auto loss = loss::make_loss(of.loss);
  const NetworkShape shape{of.hidden, of.activation};
  machine::Team team({1, false});
  const data::Dataset none;
  const auto network = make_network(data, none, *loss, 0.01, shape, team);
  std::vector<float> w(network->parameters()), g(w.size());
  ASSERT_EQ(w.size(), shape.parameters(of.features, loss->outputs(of.classes)));
  network->initial(7, w);
  for (const std::vector<std::uint32_t>& rows :
       {std::vector<std::uint32_t>{}, testing::make_rows(of.rows, 5, 1), testing::make_rows(of.rows, 131, 1)}) {
    std::vector<double> at(w.begin(), w.end());
    const double value = network->gradient(w, rows, g), expected = oracle(data, *loss, 0.01, shape, at, rows);
    EXPECT_TRUE(std::abs(value - expected) <= 2e-6 * expected) << value << " " << expected;
    double worst = 0, largest = 0;
    for (std::size_t j = 0; j < w.size(); j += 3) {
      constexpr double kStep = 1e-5;
      const double here = at[j];
      at[j] = here + kStep;
      const double above = oracle(data, *loss, 0.01, shape, at, rows);
      at[j] = here - kStep;
      const double below = oracle(data, *loss, 0.01, shape, at, rows);
      at[j] = here;
      const double slope = (above - below) / (2 * kStep);
      worst = std::max(worst, std::abs(slope - g[j])), largest = std::max(largest, std::abs(slope));
    }
    // The error is relative to the largest entry. It would be larger if a relu crossed its kink within ±kStep; none
    // does.
    EXPECT_TRUE(worst <= 3e-5 * std::max(largest, 0.1)) << of.loss << ": " << worst << " of " << largest;
  }
}

INSTANTIATE_TEST_SUITE_P(Losses, NetworkGradient,
                         ::testing::Values(Case{"softmax_cross_entropy", Activation::relu, 4, 150, 9, 21},
                                           Case{"softmax_cross_entropy", Activation::tanh, 10, 150, 17, 16},
                                           Case{"logistic", Activation::tanh, 2, 150, 6, 5},
                                           Case{"squared", Activation::relu, 3, 140, 8, 12}));

TEST(Network, SameBitsAtAnyNumberOfThreads) {
  const data::Dataset data = testing::make_dataset(5000, 20, 5);
  const auto loss = loss::make_loss("softmax_cross_entropy");
  const data::Dataset none;
  const auto walk = [&](int threads) {
    machine::TeamOptions options;
    options.threads = threads, options.pin = false, options.oversubscribe = true;
    machine::Team team(options);
    const auto network = make_network(data, none, *loss, 1e-4, {}, team);
    std::vector<float> w(network->parameters());
    network->initial(1, w);
    const std::vector<std::uint32_t> rows = testing::make_rows(data.rows(), 700, 4);
    const std::vector<double> rates(4, 0.1);
    StepSequence steps;
    steps.rows = rows, steps.batch = 700, steps.rates = rates;
    network->advance(plain_rule(), steps, w, {});
    const Evaluation evaluation = network->evaluate(w);
    w.push_back(static_cast<float>(evaluation.value)), w.push_back(static_cast<float>(*evaluation.gradient_norm));
    return w;
  };
  const std::vector<float> one = walk(1);
  EXPECT_EQ(walk(2), one);
  EXPECT_EQ(walk(3), one);
}

TEST(Network, ValidationCountsTheRowsThatScoreBest) {
  const data::Dataset data = testing::make_dataset(300, 6, 3), other = testing::make_dataset(100, 6, 3, 5);
  const auto loss = loss::make_loss("softmax_cross_entropy");
  machine::Team team({1, false});
  const auto network = make_network(data, other, *loss, 0, {4, Activation::relu}, team);
  // Only the output bias of class 1 is not zero, so that every row is predicted to be of class 1.
  std::vector<float> w(network->parameters());
  w[4 * 6 + 1 * 5 + 4] = 1;
  const auto right = std::count(other.labels.begin(), other.labels.end(), 1);
  EXPECT_EQ(network->evaluate(w).validation_accuracy, static_cast<double>(right) / 100);
}

TEST(Network, StartsDifferBySeedAndAreAsWideAsTheyShouldBe) {
  const data::Dataset data = testing::make_dataset(10, 400, 3);
  const auto loss = loss::make_loss("softmax_cross_entropy");
  machine::Team team({1, false});
  const data::Dataset none;
  for (const auto& [activation, gain] : {std::pair(Activation::relu, 2.0), {Activation::tanh, 1.0}}) {
    const auto network = make_network(data, none, *loss, 0, {64, activation}, team);
    std::vector<float> one(network->parameters()), two(one.size());
    network->initial(1, one), network->initial(2, two);
    EXPECT_NE(one, two);
    double squares = 0;
    for (std::size_t j = 0; j < 64 * 400; ++j) squares += static_cast<double>(one[j]) * one[j];
    EXPECT_TRUE(std::abs(squares / (64 * 400) * 400 / gain - 1) <= 0.05);
    EXPECT_EQ(one.back(), 0.0F) << "the bias of the last output starts at 0";
  }
}

TEST(Network, UnknownActivationsAreRefused) { EXPECT_THROW(parse_activation("sigmoid"), core::UsageError); }

}  // namespace
}  // namespace descent::engine
