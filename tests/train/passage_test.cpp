#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "train/runs.hpp"

// When a run ends, and after which steps it is evaluated. The curves are given: the weight counts the steps, and the
// loss is a function of it.

namespace descent::train {
namespace {

class Script final : public engine::Objective {
 public:
  explicit Script(std::function<double(double step)> f) : f_(std::move(f)) {}
  std::size_t parameters() const override { return 1; }
  std::size_t examples() const override { return 4; }
  void initial(std::uint64_t, std::span<float> w) const override { w[0] = 0; }
  double value(std::span<const float> w) override { return f_(w[0]); }
  double gradient(std::span<const float> w, std::span<const std::uint32_t>, std::span<float> out) override {
    out[0] = -1;
    return value(w);
  }
  engine::Cost cost(std::size_t) const override { return {}; }

 private:
  std::function<double(double)> f_;
};

TrainOptions one_row(std::int64_t steps) {
  TrainOptions options;
  options.sampling = Sampling::iid_replace;
  options.batch = 1;
  options.schedule.base = 1;
  options.max_steps = steps;
  options.least_value = 0;
  return options;
}

std::function<double(double)> under_from(double step, double back_at = HUGE_VAL) {
  return [=](double at) { return at < step ? 1 : at < back_at ? 0.1 : 9; };
}

// The grid has the steps 91, 99, 108, 117, 128 and 140; √2 times 99 is 140.007.
TEST(Passage, BeforeTheBudgetsEndIsSettledBeyondIt) {
  TrainOptions options = one_row(100);
  options.stop_value = 0.2;
  Script stays(under_from(95));
  const Trace trace = train(stays, *plain(), options);
  EXPECT_EQ(trace.stop, Ending::target);
  EXPECT_EQ(trace.steps, 152);
  Script goes_back(under_from(95, 105));
  const Trace back = train(goes_back, *plain(), options);
  EXPECT_EQ(back.stop, Ending::budget);
  EXPECT_EQ(back.steps, 108) << "no later value can bring the mean down to the target";
  Script late(under_from(101));
  EXPECT_EQ(train(late, *plain(), options).steps, 100) << "no passage began before the end of the budget";
}

TEST(Passage, OfATrialBeyondTheIncumbentIsSettledIfItMayHaveBegunBefore) {
  TrainOptions options = one_row(10000);
  options.stop_value = 0.2;
  options.abandon_after = 60;
  Script before(under_from(57));  // noticed at step 59; √2 times 59 is 83.4
  EXPECT_EQ(train(before, *plain(), options).stop, Ending::target);
  EXPECT_EQ(train(before, *plain(), options).steps, 91);
  Script just_after(under_from(62));  // noticed at step 64, but it may have been between 59 and 60
  EXPECT_EQ(train(just_after, *plain(), options).stop, Ending::target);
  Script after(under_from(65));
  EXPECT_EQ(train(after, *plain(), options).stop, Ending::abandoned);
  EXPECT_EQ(train(after, *plain(), options).steps, 64);
  Script back(under_from(57, 63));
  EXPECT_EQ(train(back, *plain(), options).stop, Ending::abandoned);
  EXPECT_EQ(train(back, *plain(), options).steps, 64);
}

TEST(Passage, OfARunThatItsObserverEndsIsSettledBeyondItsBudgetToo) {
  TrainOptions options = one_row(100);
  Script stays(under_from(95));
  int asked = 0;
  options.unsettled = [&] { return ++asked < 3; };
  EXPECT_EQ(train(stays, *plain(), options).steps, 117) << "99, 108, 117";
  options.unsettled = [] { return true; };
  EXPECT_EQ(train(stays, *plain(), options).steps, 152) << "at most √2 times the budget";
}

// f = 2^(-step/20) is below 0.2 from step 46.4 on, and below 0.1 from step 66.4 on. Evaluations at more steps begin at
// step 49 of the grid. They end at 117, the first point of the finer grid at or beyond √2 times 67 ... 70.
TEST(Passage, IsLookedAtMoreCloselyWhereBatchesAreDrawn) {
  TrainOptions options = one_row(400);
  Script falls([](double step) { return std::exp2(-step / 20); });
  const Trace grid = train(falls, *plain(), options);
  options.close_to = {0.1};
  const Trace closer = train(falls, *plain(), options);
  EXPECT_EQ(closer.weights, grid.weights);
  EXPECT_EQ(closer.weights_hash, grid.weights_hash);
  std::vector<std::int64_t> between;
  std::set_difference(closer.curve.step.begin(), closer.curve.step.end(), grid.curve.step.begin(),
                      grid.curve.step.end(), std::back_inserter(between));
  EXPECT_EQ(closer.curve.step.size(), grid.curve.step.size() + between.size());
  ASSERT_FALSE(between.empty());
  EXPECT_EQ(between, (std::vector<std::int64_t>{50, 52, 53, 55, 57, 58, 60, 62, 63, 66, 67, 69,
                                                72, 73, 75, 78, 80, 81, 85, 87, 89, 93, 95, 97}));
  for (std::size_t i = 0; i < closer.curve.step.size(); ++i)
    EXPECT_EQ(*closer.curve.loss[i], std::exp2(-static_cast<double>(closer.curve.step[i]) / 20));
}

TEST(Passage, IsNotLookedAtMoreOftenThanSoManyTimes) {
  TrainOptions options = one_row(20000);
  Script never([](double step) { return step < 30 ? 1 : 0.15; });
  const Trace grid = train(never, *plain(), options);
  options.close_to = {0.1};
  const Trace closer = train(never, *plain(), options);
  const auto more = static_cast<int>(closer.curve.step.size() - grid.curve.step.size());
  EXPECT_GE(more, kMostCloseLooks);
  EXPECT_LE(more, kMostCloseLooks + 2);
}

}  // namespace
}  // namespace descent::train
