#include "engine/engines/fused_microkernels.hpp"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cmath>
#include <string>
#include <vector>

#include "descent/core/aligned.hpp"
#include "descent/core/random.hpp"
#include "descent/engine/engine.hpp"

namespace descent::engine {
namespace {

constexpr std::size_t kLanesEmulated = 16;

/// The kernels of every instruction set with fused multiply-add that this machine runs.
std::vector<const FusedMicrokernels*> all_kernels() {
  std::vector<const FusedMicrokernels*> result;
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    if (const FusedMicrokernels* kernels = fused_microkernels(); kernels != nullptr) result.push_back(kernels);
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().DeInit();
  return result;
}

core::AlignedBuffer<float> random_buffer(std::size_t size, std::uint64_t seed) {
  core::AlignedBuffer<float> buffer(size);
  core::CounterRandom random(seed, core::Purpose::data);
  for (std::size_t i = 0; i < size; ++i) buffer[i] = static_cast<float>(random.next_normal());
  return buffer;
}

// The plan's order of operations, computed one lane at a time.
float emulated_score(const float* x, const float* w, std::size_t begin, std::size_t end) {
  float lanes[kLanesEmulated] = {};
  for (std::size_t v = begin; v < end; ++v)
    for (std::size_t l = 0; l < kLanesEmulated; ++l)
      lanes[l] = std::fma(x[v * kLanesEmulated + l], w[v * kLanesEmulated + l], lanes[l]);
  for (std::size_t half = kLanesEmulated / 2; half > 0; half /= 2)
    for (std::size_t l = 0; l < half; ++l) lanes[l] = lanes[l] + lanes[l + half];
  return lanes[0];
}

/// Adds pairs of sums of equal size, from the bottom up; then the sums that are left, from the last to the first.
float emulated_tree(std::vector<float> values) {
  const std::size_t n = values.size();
  if (n == 1) return values[0];
  std::size_t half = 1;
  while (2 * half < n) half *= 2;
  return emulated_tree({values.begin(), values.begin() + static_cast<std::ptrdiff_t>(half)}) +
         emulated_tree({values.begin() + static_cast<std::ptrdiff_t>(half), values.end()});
}

struct Shape {
  std::size_t rows, outputs, vectors;
};

class FusedMicrokernelsTest : public ::testing::Test {
 protected:
  void make(const Shape& shape) {
    stride_ = (shape.vectors + 1) * kLanesEmulated;
    x_ = random_buffer(shape.rows * stride_, 1);
    w_ = random_buffer(shape.outputs * stride_, 2);
    for (std::size_t r = 0; r < shape.rows; ++r) rows_[r] = x_.data() + (shape.rows - 1 - r) * stride_;
  }
  std::size_t stride_ = 0;
  core::AlignedBuffer<float> x_, w_;
  const float* rows_[700] = {};
  const Shape shapes_[13] = {{1, 1, 1},  {5, 2, 3},  {7, 3, 4},   {16, 10, 9}, {23, 11, 13}, {33, 26, 8}, {40, 5, 1},
                             {29, 1, 9}, {31, 2, 5}, {12, 4, 11}, {6, 5, 5},   {14, 7, 3},   {9, 8, 6}};
};

TEST_F(FusedMicrokernelsTest, TwoInstructionSetsAreTriedWhereTheMachineHasThem) {
  for (const FusedMicrokernels* kernels : all_kernels()) RecordProperty("target", kernels->target);
  if (all_kernels().empty()) GTEST_SKIP() << "this machine has no fused multiply-add";
}

// Without these kernels the engine cannot be made, and the message says what it needs.
TEST_F(FusedMicrokernelsTest, ThereAreNoneWithoutFusedMultiplyAdd) {
#if HWY_ARCH_X86
  hwy::SetSupportedTargetsForTest(HWY_SSE4);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  EXPECT_EQ(fused_microkernels(), nullptr);
  std::string said;
  try {
    make_engine("fused");
  } catch (const core::UsageError& error) {
    said = error.what();
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().DeInit();
  EXPECT_EQ(said, "engine 'fused' cannot run here: it needs fused multiply-add (x86-64-v3 or NEON)");
#endif
}

TEST_F(FusedMicrokernelsTest, ForwardIsTheEmulationOfSixteenLanesBitForBit) {
  for (const FusedMicrokernels* kernels : all_kernels())
    for (const Shape& shape : shapes_) {
      make(shape);
      for (std::size_t begin = 0; begin < shape.vectors; begin += 2) {
        core::AlignedBuffer<float> s = random_buffer(shape.outputs * 48, 3);
        kernels->forward({rows_,
                          shape.rows,
                          w_.data(),
                          stride_,
                          shape.outputs,
                          begin,
                          shape.vectors,
                          s.data(),
                          48,
                          {rows_, begin == 0 ? shape.rows / 2 : 0}});
        for (std::size_t k = 0; k < shape.outputs; ++k)
          for (std::size_t r = 0; r < shape.rows; ++r)
            ASSERT_EQ(s[k * 48 + r], emulated_score(rows_[r], w_.data() + k * stride_, begin, shape.vectors))
                << kernels->target << " output " << k << " row " << r;
      }
    }
}

TEST_F(FusedMicrokernelsTest, BackwardIsOneChainOfFusedMultiplyAddsPerElement) {
  for (const FusedMicrokernels* kernels : all_kernels())
    for (const Shape& shape : shapes_)
      for (const bool add : {false, true})
        for (const bool prefetch : {false, true}) {
          make(shape);
          const core::AlignedBuffer<float> slope = random_buffer(shape.outputs * 48, 4);
          core::AlignedBuffer<float> g = random_buffer(shape.outputs * stride_, 5);
          const core::AlignedBuffer<float> before = random_buffer(shape.outputs * stride_, 5);
          kernels->backward({rows_,
                             shape.rows,
                             slope.data(),
                             48,
                             shape.outputs,
                             0,
                             shape.vectors,
                             g.data(),
                             stride_,
                             add,
                             {rows_, prefetch ? shape.rows / 2 : 0}});
          for (std::size_t k = 0; k < shape.outputs; ++k)
            for (std::size_t j = 0; j < stride_; ++j) {
              float expected = before[k * stride_ + j];
              if (j < shape.vectors * kLanesEmulated) {
                if (!add) expected = 0;
                for (std::size_t r = 0; r < shape.rows; ++r)
                  expected = std::fma(slope[k * 48 + r], rows_[r][j], expected);
              }
              ASSERT_EQ(g[k * stride_ + j], expected) << kernels->target << " output " << k << " element " << j;
            }
        }
}

// The kernel transposes slopes for a limited number of rows at a time; these are more rows than that.
TEST_F(FusedMicrokernelsTest, BackwardIsOneChainOverManyRowsToo) {
  const Shape shape{643, 6, 3};
  make(shape);
  const std::size_t slope_stride = 656;
  const core::AlignedBuffer<float> slope = random_buffer(shape.outputs * slope_stride, 4);
  for (const FusedMicrokernels* kernels : all_kernels())
    for (const bool add : {false, true}) {
      core::AlignedBuffer<float> g = random_buffer(shape.outputs * stride_, 5);
      const core::AlignedBuffer<float> before = random_buffer(shape.outputs * stride_, 5);
      kernels->backward({.x = rows_,
                         .rows = shape.rows,
                         .slope = slope.data(),
                         .slope_stride = slope_stride,
                         .outputs = shape.outputs,
                         .begin = 0,
                         .end = shape.vectors,
                         .g = g.data(),
                         .g_stride = stride_,
                         .add = add,
                         .fetch = {rows_, 600},
                         .grow = add ? 0.5F : 0});
      for (std::size_t k = 0; k < shape.outputs; ++k)
        for (std::size_t j = 0; j < shape.vectors * kLanesEmulated; ++j) {
          const float first = before[k * stride_ + j];
          float expected = add ? std::fma(0.5F, first, first) : 0;
          for (std::size_t r = 0; r < shape.rows; ++r)
            expected = std::fma(slope[k * slope_stride + r], rows_[r][j], expected);
          ASSERT_EQ(g[k * stride_ + j], expected) << kernels->target << " output " << k << " element " << j;
        }
    }
}

TEST_F(FusedMicrokernelsTest, FinishJoinsInTheTreeThenAddsTheRegulariserThenUpdates) {
  const Shape shape{1, 3, 5};
  for (const FusedMicrokernels* kernels : all_kernels())
    for (const std::size_t blocks : {1, 2, 3, 6, 7, 125, 256}) {
      make(shape);
      const std::size_t size = shape.outputs * stride_;
      const core::AlignedBuffer<float> partials = random_buffer(blocks * size, 6);
      core::AlignedBuffer<float> w = random_buffer(size, 2), g(size);
      kernels->finish({partials.data(), blocks, size, w.data(), stride_, shape.outputs, 1, 4, 0.125F, 0.5F, 0.1F,
                       w.data(), g.data()});
      for (std::size_t k = 0; k < shape.outputs; ++k)
        for (std::size_t j = kLanesEmulated; j < 4 * kLanesEmulated; ++j) {
          const std::size_t at = k * stride_ + j;
          std::vector<float> values;
          for (std::size_t b = 0; b < blocks; ++b) values.push_back(partials[b * size + at]);
          const float expected = std::fma(0.5F, w_[at], emulated_tree(values) * 0.125F);
          ASSERT_EQ(g[at], expected) << kernels->target << " blocks " << blocks;
          ASSERT_EQ(w[at], std::fma(-0.1F, expected, w_[at]));
        }
      EXPECT_EQ(w[0], w_[0]) << "weights outside [begin, end) may not change";
    }
}

TEST_F(FusedMicrokernelsTest, JoinScoresIsTheSameTree) {
  for (const FusedMicrokernels* kernels : all_kernels())
    for (const std::size_t blocks : {1, 4, 5, 16, 64}) {
      const core::AlignedBuffer<float> partials = random_buffer(blocks * 3 * 32, 7);
      core::AlignedBuffer<float> s(3 * 32);
      kernels->join_scores({partials.data(), blocks, 3 * 32, 3, 20, 32, s.data()});
      for (std::size_t k = 0; k < 3; ++k)
        for (std::size_t r = 0; r < 20; ++r) {
          std::vector<float> values;
          for (std::size_t b = 0; b < blocks; ++b) values.push_back(partials[b * 3 * 32 + k * 32 + r]);
          ASSERT_EQ(s[k * 32 + r], emulated_tree(values)) << kernels->target;
        }
    }
}

TEST_F(FusedMicrokernelsTest, BackwardGrowsWhatItAddsTo) {
  const Shape shape{5, 3, 4};
  for (const FusedMicrokernels* kernels : all_kernels()) {
    make(shape);
    const core::AlignedBuffer<float> slope = random_buffer(shape.outputs * 16, 4);
    core::AlignedBuffer<float> w = random_buffer(shape.outputs * stride_, 2);
    kernels->backward({rows_, shape.rows, slope.data(), 16, shape.outputs, 1, 4, w.data(), stride_, true, {}, -0.25F});
    for (std::size_t k = 0; k < shape.outputs; ++k)
      for (std::size_t j = kLanesEmulated; j < 4 * kLanesEmulated; ++j) {
        const float before = w_[k * stride_ + j];
        float expected = std::fma(-0.25F, before, before);
        for (std::size_t r = 0; r < shape.rows; ++r) expected = std::fma(slope[k * 16 + r], rows_[r][j], expected);
        ASSERT_EQ(w[k * stride_ + j], expected) << kernels->target;
      }
  }
}

TEST_F(FusedMicrokernelsTest, GramIsSummedAsScoresAre) {
  for (const FusedMicrokernels* kernels : all_kernels())
    for (const std::size_t rows : {std::size_t{2}, std::size_t{4}, kMostGroupSteps}) {
      make({8, 1, 7});
      std::vector<float> products(kMostGroupSteps * kMostGroupSteps, -1.0F);
      kernels->gram({rows_, rows, 1, 6, products.data()});
      for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t j = i + 1; j < rows; ++j)
          ASSERT_EQ(products[i * kMostGroupSteps + j], emulated_score(rows_[i], rows_[j], 1, 6))
              << kernels->target << ' ' << i << ' ' << j;
    }
}

TEST_F(FusedMicrokernelsTest, GroupStepBringsTheMovesOnAndTakesThemInTheirOrder) {
  const std::size_t width = 32;
  for (const FusedMicrokernels* kernels : all_kernels())
    for (const std::size_t step : {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{7}})
      for (const bool scores : {true, false}) {
        const core::AlignedBuffer<float> first = random_buffer(width, 9), before = random_buffer(8 * width, 10),
                                         products = random_buffer(kMostGroupSteps * kMostGroupSteps, 11),
                                         slope = random_buffer(width, 12), untouched = random_buffer(width, 13);
        core::AlignedBuffer<float> moves = random_buffer(8 * width, 10), s = random_buffer(width, 13);
        kernels->group_step({.first = scores ? first.data() : nullptr,
                             .grow = -0.125F,
                             .moves = moves.data(),
                             .products = products.data() + step,
                             .step = step,
                             .width = width,
                             .slope = slope.data(),
                             .rate = 0.3F,
                             .keeps = 0.9F,
                             .s = s.data()});
        for (std::size_t k = 0; k < width; ++k) {
          float expected = std::fma(-0.125F, first[k], first[k]);
          for (std::size_t i = 0; i < 8; ++i) {
            const float old = before[i * width + k];
            const float move = i + 1 < step ? 0.9F * old : i + 1 == step ? 0.3F * slope[k] : old;
            ASSERT_EQ(moves[i * width + k], i < step && !scores ? -move : move) << kernels->target << " step " << step;
            if (i < step) expected = std::fma(-move, products[i * kMostGroupSteps + step], expected);
          }
          ASSERT_EQ(s[k], scores ? expected : untouched[k]) << kernels->target << " step " << step;
        }
      }
}

TEST_F(FusedMicrokernelsTest, TurnMakesRowsOfColumns) {
  for (const FusedMicrokernels* kernels : all_kernels())
    for (const std::size_t columns : {std::size_t{1}, std::size_t{3}, std::size_t{8}, std::size_t{10}, std::size_t{26}})
      for (const std::size_t rows : {std::size_t{1}, std::size_t{6}, std::size_t{16}}) {
        const core::AlignedBuffer<float> from = random_buffer(columns * 16, 14);
        core::AlignedBuffer<float> to(16 * 32);
        kernels->turn({.from = from.data(),
                       .from_stride = 16,
                       .columns = columns,
                       .rows = rows,
                       .to = to.data(),
                       .to_stride = 32});
        for (std::size_t k = 0; k < columns; ++k)
          for (std::size_t r = 0; r < rows; ++r)
            ASSERT_EQ(to[r * 32 + k], from[k * 16 + r]) << kernels->target << ' ' << columns << " columns " << rows;
      }
}

}  // namespace
}  // namespace descent::engine
