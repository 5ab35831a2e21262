#include "sweep/timing/timing.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "descent/analysis/timing_checks.hpp"
#include "descent/core/random.hpp"
#include "descent/record/find.hpp"
#include "machine/fake_counters.hpp"
#include "record/words.hpp"
#include "sweep/journal/encode.hpp"
#include "sweep/timing/counter_totals.hpp"
#include "sweep/tiny.hpp"

namespace descent::sweep {
namespace {

TimingCell cell_of(std::int64_t batch, int threads, record::Twin twin = {}) {
  TimingCell cell;
  cell.cell = {"w", "sgd", batch, record::Sampling::reshuffle, "eigen", threads, 1, ""};
  cell.cell.id = record::cell_id(cell.cell);
  cell.loss = "softmax_cross_entropy", cell.schedule = record::RateSchedule::constant, cell.twin = twin, cell.lr = 0.1;
  cell.origins = {{record::TimedFrom::start, 0, 0}};
  return cell;
}

/// An order of timings for three cells on the tiny data.
TimingOrder tiny_order() {
  TimingOrder order;
  order.data = tiny_options().data;
  order.team.pin = false, order.team.oversubscribe = true;
  order.cells = {cell_of(8, 1, record::Twin::a), cell_of(8, 1, record::Twin::b), cell_of(32, 1)};
  order.weights = {std::vector<float>(18, 0.0F)};
  order.min_seconds = 0.002;
  return order;
}

TimingResult take(const TimingOrder& order) {
  const std::atomic<bool> never{false};
  static const data::Split data = data::load(tiny_options().data, {});
  return take_timings(order, data, never);
}

TEST(TakeTimings, NoSampleIsShorterThanItsLeast) {
  const TimingOrder order = tiny_order();
  const TimingResult result = take(order);
  ASSERT_EQ(result.timings.size(), 3U);
  for (const record::Timing& timing : result.timings) {
    ASSERT_EQ(timing.seconds_per_step.size(), 2U);
    for (std::size_t i = 0; i < 2; ++i)
      EXPECT_TRUE(timing.seconds_per_step[i] * static_cast<double>(timing.steps_per_sample[i]) >= order.min_seconds);
  }
  EXPECT_EQ(result.timings[0].twin, "a");
  EXPECT_EQ(result.timings[1].twin, "b");
  EXPECT_EQ(result.invocation.process.size(), 16U);
  EXPECT_EQ(result.invocation.rounds, 2);
  EXPECT_TRUE(result.invocation.seconds > 6 * order.min_seconds);
}

TEST(TakeTimings, CountWhatEachWorkerDoesPerStepOnlyIfAsked) {
  TimingOrder order = tiny_order();
  EXPECT_FALSE(take(order).timings[0].counters);
  order.counters = true;
  order = decode<TimingOrder>(encode(order));
  machine::FakeCounters source;
  source.running = {static_cast<int>(gettid())};  // one worker, which is this thread
  source.each = {5000, 8000, 60, 0};
  source.running_ns = 200, source.counted_ns = 150;
  const std::atomic<bool> never{false};
  const data::Split data = data::load(tiny_options().data, {});
  const TimingResult result = decode<TimingResult>(encode(take_timings(order, data, never, source)));
  for (const record::Timing& timing : result.timings) {
    ASSERT_TRUE(timing.counters);
    const record::Counters& counters = *timing.counters;
    // All samples have the same counts, however many steps they have. The result is the sum of counts over the sum of
    // steps.
    const auto samples = static_cast<double>(timing.steps_per_sample.size());
    double steps = 0;
    for (const std::int64_t taken : timing.steps_per_sample) steps += static_cast<double>(taken);
    ASSERT_EQ(counters.cycles.size(), 1U);
    EXPECT_NEAR(*counters.cycles[0], samples * 5000 / 0.75 / steps, 1e-9);
    EXPECT_NEAR(*counters.instructions.at(0), samples * 8000 / 0.75 / steps, 1e-9);
    EXPECT_NEAR(*counters.l2_misses.at(0), samples * 60 / 0.75 / steps, 1e-9);
    EXPECT_EQ(counters.l3_misses, std::vector<record::Real>{std::nullopt});
    EXPECT_EQ(counters.status, "part");
    EXPECT_EQ(counters.reason, "l3_misses: no such event");
    EXPECT_EQ(counters.events.at("l2_misses"), "event of L2");
    EXPECT_EQ(counters.events.size(), 3U);
    EXPECT_EQ(*counters.counted_share, 0.75);
  }
}

TEST(CounterTotals, SayWhyNothingWasCounted) {
  machine::FakeCounters source;
  Sample sample;
  sample.steps = 10, sample.counts.resize(2);
  CounterTotals totals;
  totals.add(sample);
  const record::Counters counters = totals.record(source.events());
  EXPECT_EQ(counters.status, "none");
  EXPECT_EQ(counters.cycles, std::vector<record::Real>(2));
  EXPECT_EQ(counters.reason,
            "cycles, instructions, l2_misses: the processor counted for other programs all the time; l3_misses: no "
            "such event");
  EXPECT_FALSE(counters.counted_share);
  sample.counts[1].counts = {1.0, 2.0, 3.0, 4.0};
  totals.add(sample);
  EXPECT_EQ(totals.record(source.events()).cycles, (std::vector<record::Real>{std::nullopt, 0.1}));
}

TEST(TakeTimings, TheNextProcessContinuesTheEpochWhereTheLastEnded) {
  TimingOrder order = tiny_order();
  std::vector<TimingResult> results{take(order)};
  for (std::size_t c = 0; c < order.cells.size(); ++c) {
    std::int64_t steps = 0;
    for (const std::int64_t taken : results[0].timings[c].steps_per_sample) steps += taken;
    EXPECT_EQ(results[0].first_steps[c], 0U);
    EXPECT_GE(results[0].next_steps[c], static_cast<std::uint64_t>(steps));  // includes steps of the warm-up
  }
  // Through the journal, and with the cells in another order.
  results[0] = decode<TimingResult>(encode(results[0]));
  std::reverse(order.cells.begin(), order.cells.end());
  order.invocation = 1;
  continue_epochs(results, order);
  order = decode<TimingOrder>(encode(order));
  const TimingResult second = take(order);
  for (std::size_t c = 0; c < 3; ++c) EXPECT_EQ(second.first_steps[2 - c], results[0].next_steps[c]) << c;
  EXPECT_NE(second.invocation.process, results[0].invocation.process);
}

TEST(TurnsOfBlock, AreFreshInEveryBlockOfEveryProcessAndAlwaysTheSame) {
  std::set<std::vector<std::uint32_t>> seen;
  for (int invocation = 1; invocation <= 8; ++invocation)
    for (int round = 0; round < 8; ++round) {
      std::vector<std::uint32_t> turns = turns_of_round(invocation, round, 30);
      EXPECT_EQ(turns, turns_of_round(invocation, round, 30));
      EXPECT_TRUE(seen.insert(turns).second) << invocation << ' ' << round;
      std::sort(turns.begin(), turns.end());
      for (std::uint32_t i = 0; i < 30; ++i) ASSERT_EQ(turns[i], i);
    }
}

/// A result for the cells. A sample is `level` times the batch size; the two samples of a cell differ by the share
/// `within`.
TimingResult result_of(const std::vector<TimingCell>& cells, double level, double within) {
  TimingResult result;
  for (const TimingCell& cell : cells) {
    record::Timing timing;
    timing.cell = cell.cell.id, timing.twin = cell.twin;
    const double seconds = level * static_cast<double>(cell.cell.batch);
    timing.seconds_per_step = {seconds * (1 - within / 2), seconds * (1 + within / 2)};
    timing.timed_from = {record::TimedFrom::end, record::TimedFrom::end};
    result.timings.push_back(timing);
  }
  return result;
}

TEST(SuspectCells, AreFoundByWhatTheyAreWhateverTheOrder) {
  const std::vector<TimingCell> cells{cell_of(8, 1), cell_of(32, 1), cell_of(8, 2), cell_of(8, 1, record::Twin::b)};
  std::vector<TimingCell> backwards(cells.rbegin(), cells.rend());
  std::vector<TimingResult> results;
  // Five processes that agree, with alternating orders of cells. If cells were compared by position, 8 and 32 would
  // look like a cell with two speeds.
  for (int i = 0; i < 5; ++i) results.push_back(result_of(i % 2 == 0 ? cells : backwards, 1 + 0.001 * (i % 3), 0.001));
  TimingOrder order;
  order.cells = cells;
  EXPECT_TRUE(suspect_cells(order, results).empty());
  results[3].timings[1].suspect = true;  // the third cell, since the order is backwards
  const std::vector<TimingCell> suspects = suspect_cells(order, results);
  ASSERT_EQ(suspects.size(), 1U);
  EXPECT_EQ(suspects[0].cell.batch, 8);
  EXPECT_EQ(suspects[0].cell.threads, 2);
}

int rounds(double between, double within, double precision) {
  const std::vector<TimingCell> cells{cell_of(8, 1), cell_of(32, 1)};
  const std::vector<TimingResult> first{result_of(cells, 1, within), result_of(cells, 1 + between, within)};
  return blocks_for(first, precision, 8);
}

TEST(BlocksFor, AreAsManyAsTheSpreadAsksFor) {
  EXPECT_EQ(rounds(0, 0.001, 0.02), analysis::kFirstTimingRounds);
  // Samples 6 % apart have a standard deviation of 4.24 %. The half-width of a median of eight processes is 2.365 ·
  // 1.2533 · 4.24 % / √(8 b) = 4.44 % / √b, so that 2 % need five rounds.
  EXPECT_EQ(rounds(0, 0.06, 0.02), 5);
  EXPECT_EQ(rounds(0, 0.2, 0.02), analysis::kMostTimingRounds);
  EXPECT_EQ(rounds(0, 0.06, 0.04), analysis::kFirstTimingRounds);
}

TEST(BlocksFor, AreNoMoreWhereProcessesDiffer) {
  // The processes differ by 10 %, which more rounds within them would hardly improve.
  EXPECT_EQ(rounds(0.1, 0.01, 0.001), analysis::kFirstTimingRounds);
}

TEST(BlocksFor, FollowTheWorstFifthAndNeedTwoProcesses) {
  std::vector<TimingCell> cells;
  for (int i = 0; i < 10; ++i) cells.push_back(cell_of(i + 1, 1));
  TimingResult one = result_of(cells, 1, 0.001);
  for (std::size_t i = 0; i < 3; ++i) one.timings[i] = result_of({cells[i]}, 1, 0.3).timings[0];
  EXPECT_EQ(blocks_for(std::vector<TimingResult>{one, one}, 0.02, 8), analysis::kMostTimingRounds);
  EXPECT_EQ(blocks_for(std::vector<TimingResult>{one}, 0.02, 8), analysis::kFirstTimingRounds);
}

}  // namespace
}  // namespace descent::sweep
