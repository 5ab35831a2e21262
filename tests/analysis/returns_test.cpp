#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "analysis/make_report.hpp"
#include "descent/analysis/analyse.hpp"
#include "descent/core/random.hpp"

namespace descent::analysis {
namespace {

using testing::add_series;
using testing::add_timing;
using testing::empty_report;

const record::Returns& returns_at(const record::Report& report, double target, const std::string& rule = "tuned") {
  return *std::find_if(report.returns.begin(), report.returns.end(),
                       [&](const record::Returns& row) { return row.target_value == target && row.lr_rule == rule; });
}

std::string json_of(const record::Report& report) {
  std::ostringstream text;
  record::write_report(text, report);
  return text.str();
}

/// Steps S(B) = s_min (1 + b_crit/B) until δ is a half. In logarithms, batch sizes scatter by `between`, and the five
/// seeds of each by `within`.
record::Report noisy_returns(double b_crit, double between, double within, std::uint64_t trial, double s_min = 50) {
  record::Report report = empty_report();
  testing::set_targets(report, {0.01});
  core::CounterRandom random(trial, core::Purpose::data);
  for (std::int64_t batch = 16; batch <= 16384; batch *= 4) {
    const double off = between * random.next_normal();
    std::vector<double> speeds;
    for (int seed = 0; seed < 5; ++seed) speeds.push_back(std::exp(off + within * random.next_normal()));
    add_series(report, batch, s_min * (1 + b_crit / static_cast<double>(batch)), speeds, 200000);
  }
  return report;
}

TEST(Returns, IntervalOfTheCriticalBatchCoversWithScatterBetweenBatches) {
  int covered = 0, half = 0;
  constexpr int kTrials = 60;
  for (int trial = 0; trial < kTrials; ++trial) {
    const record::Report analysed = analyse(noisy_returns(1000, 0.03, 0.05, static_cast<std::uint64_t>(trial)));
    const record::Returns& row = returns_at(analysed, 0.01);
    covered += row.b_crit_low && *row.b_crit_low <= 1000 && (!row.b_crit_high || 1000 <= *row.b_crit_high);
    half += (!row.half_low || *row.half_low <= 1000 / std::sqrt(2.0)) &&
            (!row.half_high || 1000 / std::sqrt(2.0) <= *row.half_high);
  }
  EXPECT_GE(covered, 52) << "60 × 0.95, less three standard deviations";
  EXPECT_GE(half, 48) << "lines between batch sizes 4 times apart bias it a little";
}

TEST(Returns, LeaveAnEndOpenThatLiesBeyondTheBatchesTried) {
  const record::Report analysed = analyse(noisy_returns(30000, 0.05, 0.05, 1, 10));
  const record::Returns& row = returns_at(analysed, 0.01);
  EXPECT_EQ(row.fit_status == "ok", false);
  EXPECT_FALSE(row.half_high);
  const record::Report never = analyse(noisy_returns(1e9, 0, 0.01, 1, 3e-4));
  EXPECT_EQ(returns_at(never, 0.01).fit_status, "beyond_range");
  EXPECT_EQ(returns_at(never, 0.01).half_status, "beyond_range");
  EXPECT_EQ(returns_at(never, 0.01).half_interval_status, "open_above");
  EXPECT_FALSE(returns_at(never, 0.01).b_crit_high);
}

TEST(Returns, TakeTheSeriesTunedNearestToTheTarget) {
  record::Report report = empty_report();
  for (const double tuned : {0.1, 0.01})
    for (std::int64_t batch = 16; batch <= 4096; batch *= 4) {
      add_series(report, batch, (tuned == 0.1 ? 200 : 100) * (1 + 300.0 / static_cast<double>(batch)), {1, 1});
      report.series.back().id += tuned == 0.1 ? "/0.1" : "/0.01";
      report.series.back().tuned_for = tuned;
      for (std::size_t i = report.trajectories.size() - 2; i < report.trajectories.size(); ++i)
        report.trajectories[i].series = report.series.back().id;
    }
  const record::Report analysed = analyse(report);
  EXPECT_NEAR(*returns_at(analysed, 0.01).s_min, 100 * std::log2(100), 10);
  EXPECT_NEAR(*returns_at(analysed, 0.1).s_min, 200 * std::log2(10), 10);
  // If a series was not run, the one that was tuned for the other target takes its place.
  for (record::Trajectory& run : report.trajectories)
    if (run.series == "w/sgd/64/0.01") run.status = record::word("not_run"), run.curve = {};
  EXPECT_TRUE(returns_at(analyse(report), 0.01).batches_left_out.empty());
}

TEST(Returns, OfUntunedRulesStandBesideAndOutOfTheHeadline) {
  record::Report report = empty_report();
  for (const std::string rule : {"tuned", "linear"})
    for (std::int64_t batch = 32; batch <= 2048; batch *= 2) {
      add_series(report, batch,
                 (rule == "tuned" ? 50 : 80) * (1 + (rule == "tuned" ? 200.0 : 600.0) / static_cast<double>(batch)),
                 {1});
      report.series.back().id += rule, report.series.back().lr_rule = record::word(rule.c_str());
      report.trajectories.back().series = report.series.back().id;
    }
  const record::Report analysed = analyse(report);
  EXPECT_NEAR(*returns_at(analysed, 0.01).b_crit, 200, 20);
  EXPECT_NEAR(*returns_at(analysed, 0.01, "linear").b_crit, 600, 60);
  const auto summary = std::find_if(analysed.summary.begin(), analysed.summary.end(),
                                    [](const record::Summary& row) { return row.target_value == 0.01; });
  EXPECT_EQ(summary->half_efficiency_batch, returns_at(analysed, 0.01).half_efficiency_batch);
  EXPECT_EQ(std::count_if(analysed.doublings.begin(), analysed.doublings.end(),
                          [](const record::Doubling& row) { return row.batch == 32; }),
            2)
      << "one for each of the two targets";
}

// The time of a step is t₀ + cB with t₀/c = 100, so that the best batch is √(1000 · 100). On two threads every batch
// takes longer.
TEST(Returns, GiveTheBestBatchOfTheTimeModelWhereItIsFastest) {
  record::Report report = noisy_returns(1000, 0, 0, 1);
  for (const record::Series& series : report.series)
    for (int i = 0; i < 5; ++i)
      for (const int threads : {1, 2})
        add_timing(report, series.id, series.batch, threads, i,
                   {1e-7 * (100 + static_cast<double>(series.batch)) * threads});
  const record::Report analysed = analyse(report);
  EXPECT_EQ(returns_at(analysed, 0.01).best_threads, 1);
  EXPECT_NEAR(*returns_at(analysed, 0.01).best_batch_model, std::sqrt(1e5), 0.05 * std::sqrt(1e5));
}

TEST(Returns, SayWhereTheCriticalBatchIsOutsideTheBatchesTried) {
  const record::Report always = analyse(noisy_returns(3, 0, 0.001, 1));
  const record::Returns& below = returns_at(always, 0.01);
  EXPECT_EQ(below.fit_status, "below_range");
  EXPECT_EQ(below.half_status, "below_range");
  EXPECT_EQ(below.half_interval_status, "open_below");
  EXPECT_EQ(below.half_high, 16) << "the smallest batch size is an upper bound";
  EXPECT_FALSE(below.half_low);
  const record::Report never = analyse(noisy_returns(1e9, 0, 0.01, 1, 3e-4));
  EXPECT_NEAR(*returns_at(never, 0.01).half_low, 16384.0 / 2, 1e-9) << "the last doubling still saved steps";
}

// If steps fall as 1/B at all batch sizes, they show no S_min: a fit once gave 3e-14 steps.
TEST(Returns, HaveNeitherFloorNorCriticalBatchWhereNoneWasSeen) {
  const record::Report never = analyse(noisy_returns(1e9, 0, 0.01, 1, 3e-4));
  const record::Returns& row = returns_at(never, 0.01);
  EXPECT_EQ(row.fit_status, "beyond_range");
  EXPECT_FALSE(row.b_crit || row.s_min);
}

TEST(Returns, ThatDoNotFitSayFirstThatTheirFloorIsOutOfSight) {
  const record::Report scattered = analyse(noisy_returns(1e9, 0.3, 0.01, 1, 3e-4));
  const record::Returns& row = returns_at(scattered, 0.01);
  EXPECT_EQ(row.fit_status, "beyond_range");
  EXPECT_LT(*row.lack_of_fit_p, 0.05);
}

TEST(Returns, NameTheEndThatTheIntervalOfHalfEfficiencyLacks) {
  // The true value is 45/√2 = 32, near the smallest batch size of 16, and seeds scatter by a fifth. So some resamples
  // have it below 16.
  const record::Report near = analyse(noisy_returns(45, 0, 0.2, 1));
  const record::Returns& row = returns_at(near, 0.01);
  EXPECT_EQ(row.half_status, "ok");
  EXPECT_EQ(row.half_interval_status, "open_below");
  EXPECT_TRUE(!row.half_low && row.half_high);
  EXPECT_EQ(near.summary.at(0).half_interval_status, "open_below");
  EXPECT_EQ(returns_at(analyse(noisy_returns(1000, 0, 0.05, 1)), 0.01).half_interval_status, "ok");
}

// The logarithms of the steps of five seeds differ by 0.4. An interval would hold the true value in three of four cases
// only.
TEST(Returns, OfFewSeedsThatScatterMuchHaveNoIntervalOfHalfEfficiency) {
  const record::Report scattered = analyse(noisy_returns(1000, 0, 0.4, 1));
  const record::Returns& row = returns_at(scattered, 0.01);
  EXPECT_TRUE(row.half_efficiency_batch);
  EXPECT_FALSE(row.half_low || row.half_high);
  EXPECT_EQ(row.half_interval_status, "open");
}

TEST(Returns, OfOneSeedHaveNoInterval) {
  record::Report report = empty_report();
  testing::set_targets(report, {0.01});
  for (std::int64_t batch = 16; batch <= 4096; batch *= 2)
    add_series(report, batch, 50 * (1 + 300.0 / static_cast<double>(batch)), {1});
  const record::Report analysed = analyse(report);
  const record::Returns& row = returns_at(analysed, 0.01);
  EXPECT_EQ(row.half_status, "ok");
  EXPECT_EQ(row.half_interval_status, "one_seed");
  EXPECT_FALSE(row.half_low || row.half_high || row.b_crit_low || row.b_crit_high);
  EXPECT_EQ(analysed.doublings.at(0).interval_status, "one_seed");
}

/// Batch sizes 32 … 2,048 with three runs each. For batch sizes in `failing`, only `reached` of the three reach the
/// target.
record::Report some_failing(const std::vector<std::int64_t>& failing, std::size_t reached = 1) {
  record::Report report = empty_report();
  testing::set_targets(report, {0.01});
  for (std::int64_t batch = 32; batch <= 2048; batch *= 2) {
    std::vector<double> speeds{0.98, 1, 1.02};
    if (std::count(failing.begin(), failing.end(), batch) > 0)
      for (std::size_t i = reached; i < 3; ++i) speeds[i] = 0.001;
    add_series(report, batch, 100 * (1 + 200.0 / static_cast<double>(batch)), speeds, 20000);
  }
  return report;
}

TEST(Returns, SayWhichBatchesTheyWereMadeWithout) {
  const record::Report whole = analyse(some_failing({}));
  EXPECT_EQ(returns_at(whole, 0.01).fit_status, "ok");
  EXPECT_EQ(returns_at(whole, 0.01).batches_used, (std::vector<std::int64_t>{32, 64, 128, 256, 512, 1024, 2048}));
  EXPECT_TRUE(returns_at(whole, 0.01).batches_left_out.empty());
  record::Report report = some_failing({256, 2048}, 0);
  for (record::Trajectory& run : report.trajectories)
    if (run.batch == 64) run.status = record::word("diverged"), run.curve = {};
  const record::Report analysed = analyse(report);
  const record::Returns& row = returns_at(analysed, 0.01);
  EXPECT_EQ(row.fit_status, "left_out");
  EXPECT_EQ(row.batches_used, (std::vector<std::int64_t>{32, 128, 512, 1024}));
  EXPECT_EQ(row.batches_left_out, (std::vector<std::string>{"64: diverged", "256: not_reached", "2048: not_reached"}));
}

// One of three runs at batch 256 reached the target. S(256) is then the steps of all three runs, and not those of the
// one.
TEST(Returns, TakeABatchOfWhichSomeRunsReachedAtItsExpectedSteps) {
  const record::Report report = some_failing({256}), analysed = analyse(report);
  EXPECT_EQ(returns_at(analysed, 0.01).batches_used.size(), 7U);
  const double reached = 100 * (1 + 200.0 / 256) * std::log2(100) / 0.98;
  const auto budget = static_cast<double>(report.trajectories.back().steps);
  const double next = 100 * (1 + 200.0 / 512) * std::log2(100);
  const record::Doubling& doubling = *std::find_if(analysed.doublings.begin(), analysed.doublings.end(),
                                                   [](const record::Doubling& row) { return row.batch == 256; });
  EXPECT_NEAR(*doubling.step_gain, (reached + 2 * budget) / next, 0.01 * (2 * budget / next));
}

TEST(Returns, StandThereWhereNoBatchReachedTheTarget) {
  const record::Report analysed = analyse(some_failing({32, 64, 128, 256, 512, 1024, 2048}, 0));
  const record::Returns& row = returns_at(analysed, 0.01);
  EXPECT_EQ(row.fit_status, "not_reached");
  EXPECT_EQ(row.half_status, "not_reached");
  EXPECT_EQ(row.half_interval_status, "none");
  EXPECT_EQ(row.batches_left_out.size(), 7U);
  EXPECT_FALSE(row.half_efficiency_batch || row.b_crit || row.s_min);
  EXPECT_TRUE(analysed.doublings.empty()) << "neither batch size reached the target";
}

// S(256) is unknown, since no run reached the target. From 128 to 256, the gain is at most S(128) over the steps that
// were taken at 256. From 256 to 512 it is at least these steps over S(512).
TEST(Doubling, BesideABatchThatDidNotReachHasABoundOnOneSide) {
  const record::Report report = some_failing({256}, 0), analysed = analyse(report);
  const auto steps_of = [](double batch) { return 100 * (1 + 200 / batch) * std::log2(100); };
  double most = 0;
  for (const record::Trajectory& run : report.trajectories)
    if (run.batch == 256) most = static_cast<double>(run.steps);
  const auto from = [&](std::int64_t batch) {
    return *std::find_if(analysed.doublings.begin(), analysed.doublings.end(),
                         [&](const record::Doubling& row) { return row.batch == batch; });
  };
  const record::Doubling before = from(128), after = from(256);
  EXPECT_FALSE(before.step_gain || before.step_gain_low || after.step_gain || after.step_gain_high);
  EXPECT_EQ(before.interval_status, "open_below");
  EXPECT_EQ(after.interval_status, "open_above");
  EXPECT_EQ(before.regime, "none");
  // Three seeds, whose steps scatter by 0.02 in logarithms. Those of the five other batch sizes do, too, so that there
  // are 12 degrees of freedom, for which t is 2.179.
  EXPECT_NEAR(*before.step_gain_high, steps_of(128) / most * std::exp(2.179 * 0.02 / std::sqrt(3.0)),
              0.01 * *before.step_gain_high);
  EXPECT_NEAR(*after.step_gain_low, most / steps_of(512) / std::exp(2.179 * 0.02 / std::sqrt(3.0)),
              0.01 * *after.step_gain_low);
  EXPECT_EQ(from(32).interval_status, "ok");
}

TEST(Doubling, GainsInTimeAreStepsTimesSecondsWithAnInterval) {
  record::Report report = empty_report();
  testing::set_targets(report, {0.01});
  for (const std::int64_t batch : {32, 64}) {
    add_series(report, batch, batch == 32 ? 190 : 100, {0.98, 1, 1.02});
    for (int i = 0; i < 8; ++i)
      add_timing(report, report.series.back().id, batch, 1, i, {(batch == 32 ? 1e-5 : 1.25e-5) * (1 + 0.01 * (i % 3))});
  }
  const record::Doubling row = analyse(report).doublings.at(0);
  EXPECT_NEAR(*row.step_gain, 1.9, 0.03);
  EXPECT_NEAR(*row.time_gain, *row.step_gain / 1.25, 1e-6);
  EXPECT_LT(*row.time_gain_low, *row.time_gain);
  EXPECT_GT(*row.time_gain_high, *row.time_gain);
  EXPECT_EQ(row.interval_status, "ok");
}

TEST(Doubling, OfABatchThatMayNotSucceedIsOpen) {
  record::Report report = empty_report();
  testing::set_targets(report, {0.01});
  for (const std::int64_t batch : {32, 64})
    add_series(report, batch, 100, batch == 32 ? std::vector<double>{1, 1, 0.6} : std::vector<double>{1, 1, 1}, 1050);
  const record::Doubling row = analyse(report).doublings.at(0);
  EXPECT_EQ(row.interval_status, "open_above");
  EXPECT_FALSE(row.step_gain_high);
  EXPECT_TRUE(row.step_gain_low);
}

// By hand: (32^-½ − 64^-½)/(8192^-½ − 16384^-½) is 16 for independent draws. For batches of distinct rows out of 60,000
// the same with √((N−B)/(B(N−1))) is 14.3653.
TEST(Doubling, TakesSixteenTimesAsMuchNoiseOffAtTheSmallEnd) {
  for (const std::string sampling : {"iid_replace", "iid_distinct"}) {
    record::Report report = empty_report();
    testing::set_targets(report, {0.01});
    report.datasets[0].n = 60000;
    for (const std::int64_t batch : {32, 64, 8192, 16384}) {
      add_series(report, batch, 100, {1});
      report.series.back().sampling = record::word(sampling.c_str());
    }
    const record::Report analysed = analyse(report);
    ASSERT_EQ(analysed.doublings.size(), 2U);
    EXPECT_NEAR(*analysed.doublings[0].noise_gain_absolute / *analysed.doublings[1].noise_gain_absolute,
                sampling == "iid_replace" ? 16 : 14.3653, 1e-4);
  }
}

/// Six cells in eight processes each. The first `equal` of them have the same mean, and the others are a third slower.
record::Report cells(int equal, std::uint64_t trial) {
  record::Report report = empty_report();
  testing::set_targets(report, {0.01});
  core::CounterRandom random(trial, core::Purpose::data);
  for (int cell = 0; cell < 6; ++cell) {
    std::vector<double> speeds;
    for (int seed = 0; seed < 10; ++seed) speeds.push_back(std::exp(0.1 * random.next_normal()));
    add_series(report, 32 << cell, cell < equal ? 100 : 133, speeds, 3000);
    for (int i = 0; i < 8; ++i)
      add_timing(report, report.series.back().id, 32 << cell, 1, i, {1e-5 * std::exp(0.02 * random.next_normal())});
  }
  return report;
}

TEST(Summary, TiedSetHoldsTheEqualCellsAndNotTheSlowOnes) {
  int missed = 0, slow = 0, trials = 40;
  for (int trial = 0; trial < trials; ++trial) {
    const record::Report analysed = analyse(cells(3, static_cast<std::uint64_t>(trial)));
    const record::Summary& row = analysed.summary.at(0);
    std::vector<std::string> named = testing::names_of(analysed, row.tied);
    named.push_back(cell_name(analysed, *find_cell(analysed, row.best_cell)));
    for (int cell = 0; cell < 6; ++cell) {
      const bool in =
          std::find(named.begin(), named.end(), "batch " + std::to_string(32 << cell) + " × 1 thread") != named.end();
      if (cell < 3)
        missed += !in;
      else
        slow += in;
    }
  }
  EXPECT_LE(missed, 6) << "5 % of 40 reports, plus three standard deviations";
  EXPECT_LE(slow, 20) << "of 120 cells that are a third slower";
}

TEST(Analyse, AgainGivesTheSameReportToTheLetter) {
  record::Report report = cells(3, 7);
  testing::set_targets(report, {0.1, 0.01});
  const record::Report once = analyse(report);
  const std::string text = json_of(once);
  EXPECT_EQ(json_of(analyse(once)), text);
  EXPECT_EQ(text.find("nan"), std::string::npos);
  EXPECT_EQ(text.find("inf"), std::string::npos);
}

}  // namespace
}  // namespace descent::analysis
