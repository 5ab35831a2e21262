#include "engine/planted_slowdown.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "descent/engine/update_rule.hpp"
#include "engine/engines/fused_kernel.hpp"
#include "engine/make_problem.hpp"

namespace descent::engine {
namespace {

int calls[4];  // of forward, backward, finish and gram

FusedMicrokernels counting() {
  FusedMicrokernels kernels{};
  kernels.forward = [](const ForwardCall&) noexcept { ++calls[0]; };
  kernels.backward = [](const BackwardCall&) noexcept { ++calls[1]; };
  kernels.finish = [](const FinishCall&) noexcept { ++calls[2]; };
  kernels.gram = [](const GramCall&) noexcept { ++calls[3]; };
  return kernels;
}

TEST(PlantedSlowdown, MakesSoManyOfAHundredCallsTwice) {
  const FusedMicrokernels real = counting();
  for (const int percent : {15, 100, 250}) {
    const FusedMicrokernels& slow = slowed_down(real, percent);
    std::fill_n(calls, 4, 0);
    for (int i = 0; i < 200; ++i) slow.forward({}), slow.backward({}), slow.finish({}), slow.gram({});
    for (const int count : calls) EXPECT_EQ(count, 200 + 2 * percent) << percent;
  }
}

/// The weights after some steps with these kernels.
std::vector<float> trained(const FusedMicrokernels& kernels, const LinearProblem& problem, Sharing sharing,
                           std::size_t batch) {
  machine::Team team({.threads = 2, .pin = false, .oversubscribe = true});
  FusedKernel kernel(problem, team, kernels, {.sharing = sharing});
  constexpr std::size_t kSteps = 20;
  std::vector<float> w(problem.parameters());
  const bool full = batch == problem.data.rows();
  const auto rows = full ? std::vector<std::uint32_t>{} : testing::make_rows(problem.data.rows(), batch, kSteps);
  const std::vector<double> rates(kSteps, 0.05);
  StepSequence sequence;
  sequence.rows = rows, sequence.batch = batch, sequence.rates = rates;
  kernel.advance(plain_rule(), sequence, w, {});
  return w;
}

TEST(PlantedSlowdown, LeavesEveryWeightAsItIs) {
  if (fused_microkernels() == nullptr) GTEST_SKIP() << "left out: this machine has no fused multiply-add";
  const data::Dataset data = testing::make_dataset(300, 70, 5);
  const auto loss = loss::make_loss("softmax_cross_entropy");
  const LinearProblem problem{data, *loss, 1e-3};
  for (const Sharing sharing : {Sharing::serial, Sharing::rows, Sharing::features})
    for (const std::size_t batch : std::initializer_list<std::size_t>{1, 7, 64, 300}) {
      const std::vector<float> expected = trained(*fused_microkernels(), problem, sharing, batch);
      EXPECT_EQ(trained(slowed_down(*fused_microkernels(), 130), problem, sharing, batch), expected)
          << static_cast<int>(sharing) << " batch " << batch;
    }
}

}  // namespace
}  // namespace descent::engine
