#include "descent/train/landscape.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "descent/core/error.hpp"
#include "descent/machine/denormals.hpp"
#include "descent/train/train.hpp"

namespace descent::train {
namespace {

// All known answers hold for the rate 0.1. They are from closed forms and from a simulation outside this program.
constexpr double kRate = 0.1, kEscape = 0.5;

std::unique_ptr<Optimizer> plain() { return make_optimizer("sgd"); }

/// Takes steps on a landscape, one at a time.
class Walk {
 public:
  explicit Walk(const std::string& spec, std::uint64_t seed_in = 0, std::size_t batch_in = 1)
      : landscape(make_landscape(spec)), seed(seed_in), batch(batch_in) {
    landscape->initial(0, w);
  }
  void step() {
    engine::StepSequence one;
    one.batch = batch, one.rates = {&rate, 1}, one.seed = seed;
    one.first_step = static_cast<std::uint64_t>(steps);
    rule->advance(*landscape, one, w, {});
    ++steps;
  }
  template <class Condition>
  int until(Condition condition, int most = 100000) {
    while (steps < most && !condition()) step();
    return steps;
  }
  std::unique_ptr<Landscape> landscape;
  std::unique_ptr<Optimizer> rule = plain();
  std::array<float, 2> w{};
  double rate = kRate;
  std::uint64_t seed;
  std::size_t batch;
  int steps = 0;
};

int escape_steps(const std::string& spec, std::uint64_t seed = 0) {
  Walk walk(spec, seed);
  return walk.until([&] { return std::abs(walk.w[1]) >= kEscape; });
}

double median_escape(const char* name, double sigma, int seeds) {
  std::vector<int> steps;
  for (int seed = 0; seed < seeds; ++seed)
    steps.push_back(escape_steps(fmt::format("{}(sigma={})", name, sigma), static_cast<std::uint64_t>(seed)));
  std::nth_element(steps.begin(), steps.begin() + seeds / 2, steps.end());
  return steps[static_cast<std::size_t>(seeds / 2)];
}

TEST(StrictSaddle, DescentFromTheLineStaysThere) {
  Walk walk("strict_saddle");
  for (int k = 0; k < 1000; ++k) walk.step();
  EXPECT_EQ(walk.w[1], 0.0F);
  EXPECT_TRUE(std::abs(walk.w[0]) <= 1e-30);
}

TEST(StrictSaddle, MinimaAreWhereTheyShouldBe) {
  const auto saddle = make_landscape("strict_saddle");
  EXPECT_EQ(saddle->value_at({0, 1}), -0.25);
  EXPECT_EQ(saddle->value_at({0, -1}), -0.25);
  EXPECT_EQ(saddle->gradient_at({0, 1}), (Landscape::Point{0, 0}));
}

TEST(StrictSaddle, OffsetOf1em8EscapesAfter188Steps) { EXPECT_EQ(escape_steps("strict_saddle(y0=1e-8)"), 188); }

TEST(StrictSaddle, QuarticEscapesOneOrTwoStepsLater) {
  const double linear = median_escape("linear_saddle", 1e-2, 2001),
               quartic = median_escape("strict_saddle", 1e-2, 2001);
  EXPECT_GE(quartic - linear, 0);
  EXPECT_LE(quartic - linear, 3);
}

TEST(LinearSaddle, MedianEscapesOverFourDecadesOfNoise) {
  // The standard deviation is 11.6 steps, so that the median of 4,001 runs has a standard error of 0.23 steps.
  const struct {
    double sigma;
    int steps;
  } table[]{{1e-1, 37}, {1e-2, 62}, {1e-3, 86}, {1e-4, 110}};
  std::vector<double> medians;
  for (const auto& row : table) {
    medians.push_back(median_escape("linear_saddle", row.sigma, 4001));
    EXPECT_TRUE(std::abs(medians.back() - row.steps) <= 1) << row.sigma << ": " << medians.back();
  }
  // A tenth of the noise costs ln 10 / ln 1.1 = 24.159 steps.
  EXPECT_TRUE(std::abs((medians[3] - medians[0]) / 3 - 24.159) <= 0.5);
}

TEST(LinearSaddle, VarianceGrowsAsTheFormulaSays) {
  constexpr int runs = 20000, k = 20;
  double squares = 0;
  for (int seed = 0; seed < runs; ++seed) {
    Walk walk("linear_saddle(sigma=0.05)", static_cast<std::uint64_t>(seed));
    for (int step = 0; step < k; ++step) walk.step();
    squares += static_cast<double>(walk.w[1]) * walk.w[1];
  }
  const double q = 1 + kRate, expected = kRate * kRate * 0.05 * 0.05 * (std::pow(q, 2 * k) - 1) / (q * q - 1);
  // 0.04 is four standard errors of the variance: 4 √(2/20,000).
  EXPECT_TRUE(std::abs(squares / runs / expected - 1) <= 0.04);
}

TEST(MonkeySaddle, StallsAsOneOverK) {
  Walk walk("monkey_saddle");
  for (int k = 0; k < 10000; ++k) walk.step();
  EXPECT_TRUE(std::abs(3 * kRate * 1e4 * walk.w[0] - 0.998595) <= 2e-6) << 3 * kRate * 1e4 * walk.w[0];
  EXPECT_EQ(walk.w[1], 0.0F);
}

TEST(MonkeySaddle, QuarticBoundsIt) {
  Walk walk("monkey_saddle(quartic=0.5,y0=0.01)");
  walk.until([] { return false; }, 5000);
  const Landscape::Point g = walk.landscape->gradient_at({walk.w[0], walk.w[1]});
  EXPECT_TRUE(std::hypot(g[0], g[1]) <= 1e-4);
  EXPECT_LT(walk.landscape->value(walk.w), -0.01);
}

TEST(Product, BalancedStartConvergesToTheSaddle) {
  Walk walk("product");
  for (int k = 0; k < 50; ++k) walk.step();
  EXPECT_TRUE(std::abs(walk.w[0] / 0.0022611051 - 1) <= 1e-5) << walk.w[0];
  EXPECT_TRUE(std::abs(walk.landscape->value(walk.w) - 0.5) <= 1e-5);
}

TEST(Product, APerturbationOf1em6IsOutAtStep160) {
  Walk walk("product(y0=-0.499999)");
  EXPECT_EQ(walk.until([&] { return walk.landscape->value(walk.w) < 0.01; }), 160);
}

std::unique_ptr<Landscape> bounded(const std::string& name) {
  return make_landscape(name == "monkey_saddle" ? "monkey_saddle(quartic=0.3)" : name);
}

TEST(Landscape, HessiansMatchFiniteDifferences) {
  for (const auto& name : LandscapeRegistry::instance().names()) {
    const auto landscape = bounded(name);
    const double h = 1e-5;
    for (const Landscape::Point w : {Landscape::Point{0.3, -0.7}, {1.2, 0.4}}) {
      const Landscape::Hessian found = landscape->hessian_at(w);
      const auto slope = [&](double dx, double dy, std::size_t entry) {
        return (landscape->gradient_at({w[0] + dx * h, w[1] + dy * h})[entry] -
                landscape->gradient_at({w[0] - dx * h, w[1] - dy * h})[entry]) /
               (2 * h);
      };
      const double most = 1e-6 * (1 + std::abs(found.xx) + std::abs(found.yy));
      EXPECT_TRUE(std::abs(slope(1, 0, 0) - found.xx) <= most) << name;
      EXPECT_TRUE(std::abs(slope(0, 1, 0) - found.xy) <= most) << name;
      EXPECT_TRUE(std::abs(slope(1, 0, 1) - found.xy) <= most) << name;
      EXPECT_TRUE(std::abs(slope(0, 1, 1) - found.yy) <= most) << name;
    }
  }
}

TEST(Landscape, CriticalPointsAreWhatTheyAreCalled) {
  for (const auto& name : LandscapeRegistry::instance().names()) {
    const auto landscape = bounded(name);
    ASSERT_FALSE(landscape->critical_points().empty()) << name;
    for (const Landscape::CriticalPoint& point : landscape->critical_points()) {
      const Landscape::Point g = landscape->gradient_at(point.at);
      EXPECT_TRUE(std::hypot(g[0], g[1]) <= 1e-12) << name << " at " << point.at[0] << ", " << point.at[1];
      const Landscape::Hessian h = landscape->hessian_at(point.at);
      const double least = h.least_eigenvalue(), largest = h.largest_eigenvalue();
      switch (point.kind) {
        case Landscape::Kind::minimum:
          EXPECT_GE(least, -1e-12) << name;
          ASSERT_TRUE(landscape->minimum().has_value()) << name;
          EXPECT_TRUE(std::abs(landscape->value_at(point.at) - *landscape->minimum()) <= 1e-12) << name;
          for (const auto& [dx, dy] : {std::pair{1e-3, 0.0}, {0.0, 1e-3}, {-1e-3, 0.0}, {0.0, -1e-3}})
            EXPECT_GT(landscape->value_at({point.at[0] + dx, point.at[1] + dy}), landscape->value_at(point.at)) << name;
          break;
        case Landscape::Kind::saddle:
          EXPECT_TRUE(least < 0 && largest > 0) << name;
          break;
        case Landscape::Kind::maximum:
          EXPECT_LT(largest, 0) << name;
          break;
        case Landscape::Kind::degenerate:
          EXPECT_TRUE(h.xx == 0 && h.xy == 0 && h.yy == 0) << name;
          break;
      }
    }
  }
}

TEST(Landscape, EigenvaluesAreThoseOfTheMatrix) {
  const Landscape::Hessian h{2, 2, 5};  // the trace is 7 and the determinant 6
  EXPECT_TRUE(std::abs(h.least_eigenvalue() - 1) <= 1e-15 && std::abs(h.largest_eigenvalue() - 6) <= 1e-15);
  const double kappa = make_landscape("ravine(kappa=250)")->hessian_at({1, 2}).largest_eigenvalue();
  EXPECT_EQ(kappa, 250);
}

// x_k = (1 − α)^k and y_k = (1 − ακ)^k. At α = 2 / (1 + κ) both shrink by (κ − 1) / (κ + 1) in each step (Nesterov
// 2004, §2.1).
TEST(Ravine, ShrinksByTheRatioOfTheory) {
  const double kappa = 50, rate = 2 / (1 + kappa);
  const auto ravine = make_landscape("ravine(kappa=50)");
  std::vector<float> w{1, 1};
  const std::vector<double> rates(40, rate);
  engine::StepSequence steps;
  steps.rates = rates;
  plain()->advance(*ravine, steps, w, {});
  const double expected = std::pow((kappa - 1) / (kappa + 1), 40);
  EXPECT_TRUE(std::abs(w[0] - expected) <= 1e-6 && std::abs(w[1] - expected) <= 1e-6) << w[0] << ' ' << w[1];
}

TEST(Corner, ConstantStepsNeverSettleAndShrinkingOnesDo) {
  const auto corner = make_landscape("corner(x0=1,y0=0.3)");
  const auto end = [&](const std::vector<double>& rates) {
    std::vector<float> w{1, 0.3F};
    engine::StepSequence steps;
    steps.rates = rates;
    plain()->advance(*corner, steps, w, {});
    return corner->value(w);
  };
  std::vector<double> shrinking;
  for (int k = 1; k <= 4000; ++k) shrinking.push_back(0.7 / std::sqrt(static_cast<double>(k)));
  EXPECT_GT(end(std::vector<double>(4000, 0.07)), 0.02);
  EXPECT_LT(end(shrinking), 0.03);
}

TEST(Landscape, GradientsMatchFiniteDifferences) {
  for (const auto& name : LandscapeRegistry::instance().names()) {
    const auto landscape = bounded(name);
    const double h = 1e-6;
    for (const Landscape::Point w : {Landscape::Point{0.3, -0.7}, {1.2, 0.4}}) {
      const Landscape::Point g = landscape->gradient_at(w);
      EXPECT_TRUE(std::abs((landscape->value_at({w[0] + h, w[1]}) - landscape->value_at({w[0] - h, w[1]})) / (2 * h) -
                           g[0]) <= 1e-8 * (1 + std::abs(landscape->value_at(w))));
      EXPECT_TRUE(std::abs((landscape->value_at({w[0], w[1] + h}) - landscape->value_at({w[0], w[1] - h})) / (2 * h) -
                           g[1]) <= 1e-8 * (1 + std::abs(landscape->value_at(w))));
    }
  }
}

TEST(Landscape, TrainsInTheOneLoopWithoutRows) {
  for (const auto& name : LandscapeRegistry::instance().names()) {
    const auto landscape = make_landscape(name);
    TrainOptions options;
    options.schedule.base = 1e-4;  // small enough for the steepest landscape
    options.max_steps = 50;
    options.sampling = Sampling::reshuffle;  // there are no rows to shuffle
    const Trace trace = train(*landscape, *plain(), options);
    EXPECT_EQ(trace.stop, Ending::budget);
    EXPECT_EQ(trace.steps, 50);
    Walk walk(name);
    walk.rate = 1e-4;
    for (int step = 0; step < 50; ++step) walk.step();
    EXPECT_EQ(trace.weights, std::vector<float>(walk.w.begin(), walk.w.end()));
  }
}

// The noise of a step follows from the seed and the number of the step. So a run may be cut anywhere and continued.
TEST(Landscape, NoiseDoesNotDependOnHowARunIsCut) {
  const auto landscape = make_landscape("strict_saddle(sigma=0.1)");
  const std::vector<double> rates(10, kRate);
  std::array<float, 2> a{1, 0}, b{1, 0}, c{1, 0}, unused{};
  engine::StepSequence steps;
  steps.batch = 1, steps.rates = rates, steps.seed = 7;
  landscape->advance(engine::plain_rule(), steps, a, {});
  for (const std::size_t count : {4U, 6U}) {
    steps.rates = std::span(rates).first(count);
    landscape->advance(engine::plain_rule(), steps, b, {});
    landscape->gradient(b, {}, unused);  // an evaluation may not use up random numbers
    steps.first_step += count;
  }
  EXPECT_EQ(a, b);
  steps.first_step = 0, steps.rates = rates;
  landscape->advance(engine::plain_rule(), steps, c, {});
  EXPECT_EQ(a, c) << "the same object has to repeat the run";
  c = {1, 0}, steps.seed = 8;
  landscape->advance(engine::plain_rule(), steps, c, {});
  EXPECT_NE(a, c);
}

// The noise is the mean of B draws. Its deviation is σ/√B, and 0 for the whole batch.
TEST(Landscape, ABatchDividesTheNoise) {
  Walk one("linear_saddle(sigma=0.05,x0=0)", 3), sixteen("linear_saddle(sigma=0.05,x0=0)", 3, 16),
      whole("linear_saddle(sigma=0.05,x0=0)", 3, 0);
  one.step(), sixteen.step(), whole.step();
  EXPECT_NE(one.w[1], 0.0F);
  EXPECT_TRUE(std::abs(one.w[1] / sixteen.w[1] - 4) <= 1e-6) << one.w[1] << " " << sixteen.w[1];
  EXPECT_EQ(whole.w[1], 0.0F);
}

TEST(Landscape, TinyWeightsAreFlushedWhicheverThreadTakesTheSteps) {
  const auto train_once = [] {
    const auto saddle = make_landscape("strict_saddle(x0=1,y0=0)");
    TrainOptions options;
    options.sampling = Sampling::none;
    options.schedule.base = 0.18;
    options.max_steps = 500;  // 0.82^500 = 1e-43 is below the smallest normal float
    options.hash_weights = true;
    return train(*saddle, *make_optimizer("gd"), options);
  };
  const Trace alone = train_once();
  const machine::FlushDenormals as_a_worker_does;
  const Trace worker = train_once();
  EXPECT_EQ(alone.weights_hash, worker.weights_hash);
  EXPECT_EQ(alone.weights.front(), 0.0F);
}

TEST(Landscape, RunsDifferBySeedAlone) {
  const auto landscape = make_landscape("strict_saddle(sigma=0.1)");
  TrainOptions options;
  options.schedule.base = kRate;
  options.max_steps = 40;
  options.batch = 1;
  options.seed = 5;
  const Trace first = train(*landscape, *plain(), options), again = train(*landscape, *plain(), options);
  EXPECT_EQ(first.weights_hash, again.weights_hash);
  options.seed = 6;
  EXPECT_NE(train(*landscape, *plain(), options).weights_hash, first.weights_hash);
  options.sampling = Sampling::none;  // the whole batch has no noise, whatever the seed
  const std::vector<float> exact = train(*landscape, *plain(), options).weights;
  options.seed = 7;
  EXPECT_EQ(train(*landscape, *plain(), options).weights, exact);
}

TEST(Landscape, RegistryIsTheFolder) {
  std::set<std::string> files, registered;
  for (const auto& entry : std::filesystem::directory_iterator(DESCENT_SOURCE_DIR "/src/train/landscapes"))
    if (entry.path().extension() == ".cpp") files.insert(entry.path().filename());
  for (const auto& entry : LandscapeRegistry::instance().entries())
    registered.insert(std::filesystem::path(entry.file).filename());
  EXPECT_EQ(files, registered);
}

// The stated minimum is the value at the stated place, and no point near it is lower.
TEST(Landscape, MinimaAreWhatIsSaid) {
  EXPECT_EQ(make_landscape("strict_saddle")->minimum(), make_landscape("strict_saddle")->value_at({0, 1}));
  EXPECT_EQ(make_landscape("product")->minimum(), make_landscape("product")->value_at({2, 0.5}));
  for (const char* unbounded : {"linear_saddle", "monkey_saddle"})
    EXPECT_FALSE(make_landscape(unbounded)->minimum().has_value());
  for (const char* name : {"strict_saddle", "product"}) {
    const auto landscape = make_landscape(name);
    for (double x = -3; x <= 3; x += 0.05)
      for (double y = -3; y <= 3; y += 0.05) EXPECT_TRUE(landscape->value_at({x, y}) >= *landscape->minimum());
  }
}

TEST(Landscape, IsADataUriToo) {
  EXPECT_EQ(landscape_of("landscape:strict_saddle?sigma=0.01&y0=1e-8"), "strict_saddle(sigma=0.01,y0=1e-8)");
  EXPECT_EQ(landscape_of("landscape:product"), "product");
  EXPECT_EQ(landscape_of("synthetic:blobs"), "");
  EXPECT_THROW(landscape_of("landscape:strict_sadle"), core::UsageError);
  EXPECT_THROW(landscape_of("landscape:product?quartic=1"), core::UsageError);
}

TEST(Landscape, RefusesWhatMakesNoSense) {
  EXPECT_THROW(make_landscape("strict_sadle"), core::UsageError);
  EXPECT_THROW(make_landscape("strict_saddle(sigma=-1)"), core::UsageError);
  EXPECT_THROW(make_landscape("strict_saddle(seed=1)"), core::UsageError);
  EXPECT_THROW(make_landscape("strict_saddle(quartic=1)"), core::UsageError);
}

}  // namespace
}  // namespace descent::train
