// The least time that a step needs, as measured roofs allow it. Expected values are computed by hand.
#include "descent/analysis/roof.hpp"

#include <gtest/gtest.h>

#include "record/words.hpp"

namespace descent::analysis {
namespace {

/// 100 GFLOP/s; 400 GOP/s on bytes; 10 GB/s from memory and 40 from L3; 2 µs for a join. Half of the shorter part
/// overlaps.
record::Roof roof_of(int threads) {
  record::Roof roof;
  roof.threads = threads;
  roof.fma_f32_gflop_per_s = 100, roof.dot_i8_gop_per_s = 400;
  roof.read_gb_per_s = 10, roof.read_l3_gb_per_s = 40;
  roof.join_us = 2, roof.overlap = 0.5;
  return roof;
}

TEST(StepLimit, OfRowsFromMemoryIsTheLongerPartAndWhatOfTheShorterOneCannotHide) {
  const StepLimit more_arithmetic = step_limit(roof_of(1), {.flops = 300e9, .bytes = 10e9}, RowsLie::in_memory);
  EXPECT_DOUBLE_EQ(more_arithmetic.seconds, 3 + 0.5 * 1);
  EXPECT_DOUBLE_EQ(more_arithmetic.arithmetic_seconds, 3);
  EXPECT_EQ(more_arithmetic.kind, "fma");
  const StepLimit more_reading = step_limit(roof_of(1), {.flops = 100e9, .bytes = 30e9}, RowsLie::in_memory);
  EXPECT_DOUBLE_EQ(more_reading.seconds, 3 + 0.5 * 1);
  EXPECT_DOUBLE_EQ(more_reading.arithmetic_seconds, 1);
  EXPECT_EQ(more_reading.kind, "read");
}

TEST(StepLimit, OfRowsInTheLastCacheTakesItsBandwidthAndHidesAll) {
  const StepLimit limit = step_limit(roof_of(1), {.flops = 100e9, .bytes = 30e9}, RowsLie::in_l3);
  EXPECT_DOUBLE_EQ(limit.seconds, 1);  // reading takes 0.75 s
  EXPECT_EQ(limit.kind, "fma");
}

TEST(StepLimit, AddsArithmeticOfFloatsAndOfBytes) {
  const StepLimit limit = step_limit(roof_of(1), {.flops = 10e9, .int8_ops = 400e9}, RowsLie::in_l3);
  EXPECT_DOUBLE_EQ(limit.seconds, 1.1);
  EXPECT_DOUBLE_EQ(limit.arithmetic_seconds, 1.1);
  EXPECT_EQ(limit.kind, "int8");
}

TEST(StepLimit, IsNoLessThanTheJoinsOfSeveralThreads) {
  const StepWork work{.flops = 100e3, .joins = 3};  // 1 µs of arithmetic
  EXPECT_DOUBLE_EQ(step_limit(roof_of(2), work, RowsLie::in_l3).seconds, 6e-6);
  EXPECT_EQ(step_limit(roof_of(2), work, RowsLie::in_l3).kind, "join");
  EXPECT_DOUBLE_EQ(step_limit(roof_of(1), work, RowsLie::in_l3).seconds, 1e-6);
}

TEST(StepLimit, LeavesOutWhatWasNotMeasured) {
  record::Roof roof = roof_of(1);
  roof.overlap.reset(), roof.dot_i8_gop_per_s.reset(), roof.read_l3_gb_per_s.reset();
  EXPECT_DOUBLE_EQ(step_limit(roof, {.flops = 100e9, .bytes = 30e9}, RowsLie::in_memory).seconds, 3);
  EXPECT_DOUBLE_EQ(step_limit(roof, {.flops = 100e9, .bytes = 30e9}, RowsLie::in_l3).seconds, 3);
  EXPECT_DOUBLE_EQ(step_limit(roof, {.int8_ops = 400e9}, RowsLie::in_memory).seconds, 0);
  EXPECT_EQ(step_limit(roof, {.int8_ops = 400e9}, RowsLie::in_memory).kind, "none");
}

}  // namespace
}  // namespace descent::analysis
