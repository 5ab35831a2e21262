#include "sweep/journal/encode.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "descent/core/error.hpp"
#include "record/words.hpp"

namespace descent::sweep {
namespace {

TEST(Encode, ATimingOrderReadsBackInEveryMember) {
  TimingOrder order;
  order.data = "idx:x", order.content_hash = "ab";
  order.load = {"unit", false, 0.25, "bytes"};
  order.model = "landscape";
  order.l2 = 0.1;
  order.team.pin = false, order.team.placement = machine::Placement::spread, order.team.oversubscribe = true;
  order.invocation = 3, order.rounds = 5;
  order.sharing = "rows";
  order.l2_bytes = 512;
  order.roofs.resize(2);
  order.roofs[1].threads = 2;
  order.min_seconds = 0.02;
  order.weights = {{0.1F, -0.0F, std::numeric_limits<float>::infinity()}, {}};
  TimingCell cell;
  cell.cell.id = "c", cell.cell.batch = 32, cell.cell.threads = 2;
  cell.loss = "hinge", cell.schedule = record::RateSchedule::inverse, cell.twin = record::Twin::b;
  cell.next_step = std::uint64_t{1} << 60;
  cell.lr = 1.0 / 3, cell.seed = 7;
  cell.origins = {{record::TimedFrom::start, 0, 0}, {record::TimedFrom::end, 99, 1}};
  order.cells = {cell};
  const TimingOrder read = decode<TimingOrder>(encode(order));
  EXPECT_EQ(read.data, order.data);
  EXPECT_EQ(read.content_hash, order.content_hash);
  EXPECT_EQ(read.load.preprocess, "unit");
  EXPECT_FALSE(read.load.bias);
  EXPECT_EQ(read.load.validation_fraction, 0.25);
  EXPECT_EQ(read.load.storage, "bytes");
  EXPECT_EQ(read.model, "landscape");
  EXPECT_EQ(read.l2, 0.1);
  EXPECT_FALSE(read.team.pin);
  EXPECT_EQ(read.team.placement, machine::Placement::spread);
  EXPECT_TRUE(read.team.oversubscribe);
  EXPECT_EQ(read.invocation, 3);
  EXPECT_EQ(read.rounds, 5);
  EXPECT_EQ(read.sharing, "rows");
  EXPECT_EQ(read.l2_bytes, 512U);
  ASSERT_EQ(read.roofs.size(), 2U);
  EXPECT_EQ(read.roofs[1].threads, 2);
  EXPECT_EQ(read.min_seconds, 0.02);
  EXPECT_EQ(read.weights, order.weights);
  EXPECT_TRUE(std::signbit(read.weights[0][1]));
  ASSERT_EQ(read.cells.size(), 1U);
  EXPECT_EQ(read.cells[0].cell.id, "c");
  EXPECT_EQ(read.cells[0].cell.batch, 32);
  EXPECT_EQ(read.cells[0].next_step, cell.next_step);
  EXPECT_EQ(read.cells[0].lr, 1.0 / 3);
  EXPECT_EQ(read.cells[0].seed, 7U);
  EXPECT_EQ(read.cells[0].twin, "b");
  ASSERT_EQ(read.cells[0].origins.size(), 2U);
  EXPECT_EQ(read.cells[0].origins[1].label, "end");
  EXPECT_EQ(read.cells[0].origins[1].step, 99);
  EXPECT_EQ(read.cells[0].origins[1].weights, 1U);
}

TEST(Encode, ATrialsAbsentStepsStayAbsentAndALossThatIsNotFiniteReadsAsZero) {
  TrialPiece piece{
      {record::TrialStatus::diverged, 12, std::nullopt, std::numeric_limits<double>::infinity()}, 0.5, 0.25};
  TrialPiece read = decode<TrialPiece>(encode(piece));
  EXPECT_EQ(read.result.status, "diverged");
  EXPECT_EQ(read.result.steps, 12);
  EXPECT_FALSE(read.result.steps_to_target.has_value());
  EXPECT_EQ(read.result.final_loss, 0);
  EXPECT_EQ(read.train_seconds, 0.5);
  EXPECT_EQ(read.evaluate_seconds, 0.25);
  piece.result.steps_to_target = 1.0 / 3;
  EXPECT_EQ(decode<TrialPiece>(encode(piece)).result.steps_to_target, 1.0 / 3);
}

TEST(Encode, ADamagedPieceIsAnErrorOfTheProgramsOwn) {
  const std::string good = encode(TimingOrder());
  EXPECT_NO_THROW(decode<TimingOrder>(good));
  for (const std::string text : {"", "{", "null", "1", "[]", "{}", "{\"data\":1}"})
    EXPECT_THROW(decode<TimingOrder>(text), core::InputError) << text;
  // One member after the other gets a value of another type.
  for (std::size_t colon = good.find(':'); colon != std::string::npos; colon = good.find(':', colon + 1)) {
    if (good[colon - 1] != '"') continue;
    const std::size_t end = good.find_first_of(",}", colon);
    const std::string odd = good.substr(0, colon + 1) + "{\"x\":[]}" + good.substr(end);
    try {
      decode<TimingOrder>(odd);
    } catch (const core::InputError&) {
    }
  }
}

}  // namespace
}  // namespace descent::sweep
