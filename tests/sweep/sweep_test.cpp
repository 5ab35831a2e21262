#include "descent/sweep/sweep.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "descent/core/error.hpp"
#include "descent/join/merge.hpp"
#include "descent/machine/team.hpp"
#include "descent/record/json.hpp"
#include "sweep/deterministic.hpp"
#include "sweep/tiny.hpp"

namespace descent::sweep {
namespace {

record::Report run(const SweepOptions& options, Listener& listener) {
  return run_sweep(options, {"descent", "run"}, listener, listener.cancel);
}
record::Report run(const SweepOptions& options) {
  Listener listener;
  return run(options, listener);
}

/// The report of the tiny sweep on one thread, which runs once for all tests.
const record::Report& whole() {
  static const record::Report report = [] {
    SweepOptions options = tiny_options();
    options.threads = {1};
    return run(options);
  }();
  return report;
}

class SweepFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("descent-sweep-" + std::to_string(getpid()));
    std::filesystem::create_directory(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  SweepOptions options() const {
    SweepOptions result = tiny_options();
    result.out = (folder_ / "report.json").string();
    return result;
  }
  std::filesystem::path folder_;
};

TEST(RunSweep, FillsTheRawTablesOfEveryPlannedSeries) {
  const record::Report& report = whole();
  EXPECT_EQ(report.status, "complete");
  ASSERT_EQ(report.datasets.size(), 1U);
  EXPECT_EQ(report.datasets[0].n, 240);
  EXPECT_TRUE(report.datasets[0].lambda1 > 0);
  ASSERT_EQ(report.workloads.size(), 2U);
  EXPECT_EQ(report.workloads[0].optimum_kind, "certified");
  ASSERT_EQ(report.series.size(), 6U);
  ASSERT_EQ(report.trajectories.size(), 2U * (2U + 2U + 1U));
  for (const record::Series& series : report.series) {
    EXPECT_EQ(series.status, "completed") << series.id;
    EXPECT_EQ(series.lr_rule, "tuned");
    EXPECT_TRUE(series.chosen_lr > 0);
    EXPECT_FALSE(series.lr_at_edge);
    EXPECT_TRUE(std::any_of(report.tunings.begin(), report.tunings.end(), [&](const record::Tuning& t) {
      return t.series == series.id && t.lr == series.chosen_lr;
    }));
  }
  for (const record::Trajectory& trajectory : report.trajectories) {
    EXPECT_EQ(trajectory.status, "completed") << trajectory.id;
    EXPECT_EQ(trajectory.weights_hash.size(), 64U);
    EXPECT_FALSE(trajectory.curve.loss.empty());
  }
  EXPECT_FALSE(report.convergence.empty());
}

TEST(RunSweep, TunedGdReachesItsTargetAndStopsThere) {
  for (const record::Trajectory& trajectory : whole().trajectories)
    if (trajectory.optimizer == "gd") {
      EXPECT_EQ(trajectory.stop, "target") << trajectory.id;
    }
}

TEST(RunSweep, GradientDescentGoesOnForItsRateAndCountsNoneOfIt) {
  const record::Report& report = whole();
  for (const record::Trajectory& run : report.trajectories)
    if (run.optimizer == "sgd") {
      EXPECT_LE(run.done_step, run.steps) << run.id;
    }
  for (const record::Convergence& row : report.convergence)
    if (row.deterministic && row.target_kind == "suboptimality") {
      const auto series = std::find_if(report.series.begin(), report.series.end(),
                                       [&](const record::Series& s) { return s.id == row.series; });
      const auto run = std::find_if(report.trajectories.begin(), report.trajectories.end(),
                                    [&](const record::Trajectory& t) { return t.series == row.series; });
      const bool smooth = series->workload.find("softmax") != std::string::npos;
      EXPECT_EQ(smooth, static_cast<double>(run->steps) >= 2.5 * static_cast<double>(run->done_step)) << run->id;
      EXPECT_TRUE(*row.ert_steps <= static_cast<double>(run->done_step));
    }
}

TEST(RunSweep, WeightsAreEqualAtOtherThreadCounts) {
  const record::Report report = run(tiny_options());
  EXPECT_EQ(difference(deterministic_text(report), deterministic_text(whole())), "");
  const auto hashes = std::count_if(report.checks.begin(), report.checks.end(), [](const record::Check& check) {
    return check.kind == "weights_hash" && check.verdict == "ok";
  });
  EXPECT_GE(hashes, 5);
  EXPECT_FALSE(join::has_failed_check(report));
}

/// As long as this exists, two threads for each CPU keep it busy.
class Load {
 public:
  Load() {
    for (int i = 0; i < 2 * machine::available_cpus(); ++i)
      threads_.emplace_back([](const std::stop_token& stop) {
        for (volatile std::uint64_t spins = 0; !stop.stop_requested();) spins = spins + 1;
      });
  }

 private:
  std::vector<std::jthread> threads_;
};

/// The report with rows sorted by their ids, so that the order in which they were made does not matter.
record::Report in_order(record::Report report) {
  const auto by = [](auto& rows, auto key) {
    std::stable_sort(rows.begin(), rows.end(), [&](const auto& a, const auto& b) { return a.*key < b.*key; });
  };
  by(report.workloads, &record::Workload::id);
  by(report.series, &record::Series::id);
  by(report.tunings, &record::Tuning::series);
  by(report.trajectories, &record::Trajectory::id);
  by(report.moments, &record::Moment::workload);
  return report;
}

TEST(RunSweep, AnotherOrderAndMoreThreadsGiveEqualTables) {
  SweepOptions options = tiny_options();
  std::reverse(options.losses.begin(), options.losses.end());
  options.batch_sizes = {0, 32, 8};
  options.threads = {2, 1};
  EXPECT_EQ(difference(deterministic_text(in_order(run(options))), deterministic_text(in_order(whole()))), "");
}

// A sweep of one loss and two batch sizes, since it is timed twice, once while all CPUs are busy.
TEST(RunSweep, UnderLoadGivesEqualTablesAndIsMarked) {
  SweepOptions options = tiny_options();
  options.losses = {"softmax_cross_entropy"};
  options.batch_sizes = {0, 32};
  options.shard_what = preset_options("quick").shard_what;
  const auto run_under_load = [&] {
    const Load load;
    return run(options);
  };
  const record::Report report = run_under_load();
  const auto disturbance = std::find_if(report.checks.begin(), report.checks.end(),
                                        [](const record::Check& check) { return check.kind == "disturbance"; });
  ASSERT_TRUE(disturbance != report.checks.end());
  EXPECT_EQ(disturbance->verdict, "suspect") << disturbance->note;
  EXPECT_TRUE(std::any_of(report.timings.begin(), report.timings.end(), [](const record::Timing& timing) {
    return timing.suspect && timing.cpu_share < 0.9 && timing.involuntary_switches > 0;
  }));
  // Without the load, the same cells get a larger share of their CPUs, and fewer of them are suspect.
  const record::Report quiet = run(options);
  const auto mean_share = [](const record::Report& r) {
    double sum = 0;
    for (const record::Timing& timing : r.timings) sum += timing.cpu_share;
    return sum / static_cast<double>(r.timings.size());
  };
  const auto suspects = [](const record::Report& r) {
    return std::count_if(r.timings.begin(), r.timings.end(),
                         [](const record::Timing& timing) { return timing.suspect; });
  };
  EXPECT_GT(mean_share(quiet), mean_share(report));
  EXPECT_LE(suspects(quiet), suspects(report));
  EXPECT_EQ(difference(deterministic_text(quiet), deterministic_text(report)), "");
}

// The end of training is reported once and at the right time, also if searches take more trials than were expected.
TEST(RunSweep, TrainingIsSaidToBeOverWhenItIs) {
  Listener listener;
  run_sweep(tiny_options(), {}, listener, listener.cancel);
  EXPECT_TRUE(listener.honest);
  EXPECT_EQ(listener.trained_out, 1U);
}

TEST(RunSweep, BooksItsTime) {
  std::set<std::string> accounts;
  for (const record::Spent& spent : whole().spent) {
    EXPECT_TRUE(spent.seconds >= 0);
    EXPECT_TRUE(accounts.insert(spent.what).second);
  }
  for (const char* account : {"optimum", "search", "train", "evaluate", "other"})
    EXPECT_TRUE(accounts.contains(account)) << account;
  const auto share = std::find_if(whole().checks.begin(), whole().checks.end(),
                                  [](const record::Check& check) { return check.kind == "evaluation_share"; });
  ASSERT_NE(share, whole().checks.end());
  EXPECT_TRUE(*share->value > 0 && *share->value < 1);
  EXPECT_EQ(share->verdict == "ok", *share->value <= 1.0 / 3);
}

TEST(RunSweep, AFixedRateIsNotSearched) {
  SweepOptions options = tiny_options();
  options.losses = {"logistic"};
  options.learning_rates = {0.25};
  const record::Report report = run(options);
  EXPECT_TRUE(report.tunings.empty());
  for (const record::Series& series : report.series) {
    EXPECT_EQ(series.lr_rule, "fixed");
    EXPECT_EQ(series.chosen_lr, 0.25);
  }
}

// At such a rate the exponential loss leaves weights whose gradient is beyond the range of double.
TEST(RunSweep, ThatDivergesLeavesAReportThatCanBeRead) {
  SweepOptions options = tiny_options();
  options.losses = {"exponential"};
  options.optimizers = {"gd"};
  options.batch_sizes = {0};
  options.learning_rates = {1e3};
  const record::Report report = run(options);
  EXPECT_EQ(report.trajectories.front().status, "diverged");
  std::stringstream text;
  record::write_report(text, report);
  EXPECT_EQ(record::read_report(text, "report").trajectories.size(), 1U);
}

TEST(RunSweep, UntunedRulesScaleTheSmallestBatchsWinner) {
  SweepOptions options = tiny_options();
  options.losses = {"softmax_cross_entropy"};
  options.untuned_rules = true;
  const record::Report report = run(options);
  const auto rate = [&](const std::string& rule, std::int64_t batch) {
    for (const record::Series& series : report.series)
      if (series.lr_rule == rule && series.batch == batch && series.optimizer == "sgd") return series.chosen_lr;
    return 0.0;
  };
  EXPECT_EQ(rate("linear", 32), 4 * rate("tuned", 8));
  EXPECT_EQ(rate("sqrt", 32), 2 * rate("tuned", 8));
  EXPECT_EQ(rate("linear", 8), 0.0);
}

TEST_F(SweepFolder, CancelledAtAnyPieceAndResumedGivesTheSameTables) {
  const std::string expected = deterministic_text(whole());
  Listener first;
  run(options(), first);
  const std::size_t pieces = first.fresh.size();
  EXPECT_TRUE(first.honest);
  for (const std::size_t at : {std::size_t{1}, pieces / 7, pieces / 3, pieces / 2, pieces - 4}) {
    SweepOptions resumed = options();
    Listener cancelled;
    cancelled.cancel_after = at;
    EXPECT_EQ(run(resumed, cancelled).status, "partial") << at;
    Listener again;
    again.cancel_after = at;
    resumed.resume = true;
    run(resumed, again);
    Listener rest;
    const record::Report report = run(resumed, rest);
    EXPECT_EQ(report.status, "complete") << at;
    EXPECT_EQ(difference(deterministic_text(report), expected), "") << at;
    EXPECT_EQ(cancelled.fresh.size() + again.fresh.size() + rest.fresh.size(), pieces)
        << "pieces were lost or done twice";
  }
}

// In a model whose seeds have different starts, each run has its own f0, whether the optimum is computed or comes from
// the journal.
TEST_F(SweepFolder, ResumedRunsOfAModelWithManyStartsKeepTheirOwnF0) {
  SweepOptions many = options();
  many.model = "regression", many.losses = {"squared"}, many.optimizers = {"sgd"};
  many.threads = {1}, many.batch_sizes = {32};
  many.targets.clear(), many.loss_targets = {1e-3}, many.learning_rates = {0.01};
  const record::Report expected = run(many);
  ASSERT_EQ(expected.trajectories.size(), 2U);
  ASSERT_NE(expected.trajectories[0].f0, expected.trajectories[1].f0);
  Listener cancelled;
  cancelled.cancel_after = 2;  // after the data set and the workload
  run(many, cancelled);
  ASSERT_EQ(cancelled.fresh.size(), 2U);
  ASSERT_EQ(cancelled.fresh[1].rfind("workload ", 0), 0U) << cancelled.fresh[1];
  many.resume = true;
  EXPECT_EQ(difference(deterministic_text(run(many)), deterministic_text(expected)), "");
}

TEST_F(SweepFolder, ResumingAFinishedSweepDoesNothingAgain) {
  SweepOptions options_now = options();
  options_now.losses = {"softmax_cross_entropy"};
  const std::string expected = deterministic_text(run(options_now));
  options_now.resume = true;
  std::reverse(options_now.batch_sizes.begin(), options_now.batch_sizes.end());
  Listener listener;
  const record::Report report = run(options_now, listener);
  EXPECT_TRUE(listener.fresh.empty()) << listener.fresh.front();
  EXPECT_EQ(difference(deterministic_text(report), expected), "");
}

TEST_F(SweepFolder, RefusesToResumeOnOtherDataAndNamesThem) {
  SweepOptions options_now = options();
  options_now.losses = {"softmax_cross_entropy"};
  Listener listener;
  listener.cancel_after = 3;
  run(options_now, listener);
  options_now.resume = true;
  options_now.data = "synthetic:blobs?n=240&d=5&classes=3&separation=2&noise=0.02&seed=2";
  try {
    run(options_now);
    FAIL();
  } catch (const core::InputError& error) {
    EXPECT_NE(std::string(error.what()).find("cannot resume: it is of another"), std::string::npos) << error.what();
  }
}

TEST_F(SweepFolder, ShardsJoinToTheWhole) {
  std::vector<record::Report> parts;
  for (const int shard : {3, 1, 2}) {
    SweepOptions part = options();
    part.shard = std::pair{shard, 3};
    part.out += std::to_string(shard);
    parts.push_back(run(part));
    EXPECT_EQ(parts.back().status, "partial");
  }
  const record::Report merged = join::merge_reports(parts);
  EXPECT_EQ(merged.status, "complete");
  EXPECT_EQ(difference(deterministic_text(merged), deterministic_text(whole())), "");
  parts.pop_back();
  EXPECT_EQ(join::merge_reports(parts).status, "partial");
}

TEST(MergeReports, TakesOneReportTwiceAsOnce) {
  const std::vector<record::Report> twice{whole(), whole()};
  EXPECT_EQ(difference(deterministic_text(join::merge_reports(twice)), deterministic_text(whole())), "");
}

TEST(MergeReports, NamesTheFirstConflict) {
  std::vector<record::Report> reports{whole(), whole()};
  reports[1].trajectories[3].weights_hash = "0000";
  try {
    join::merge_reports(reports);
    FAIL();
  } catch (const core::InputError& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("trajectory " + whole().trajectories[3].id + ": weights_hash: found 0000"), std::string::npos)
        << text;
  }
  reports = {whole(), whole()};
  reports[1].context.arithmetic["plan_version"] = "other";
  EXPECT_THROW(join::merge_reports(reports), core::InputError);
}

TEST_F(SweepFolder, TimingsComeFromProcessesOfTheirOwn) {
  SweepOptions timed = options();
  timed.shard_what = "all";
  timed.losses = {"softmax_cross_entropy"};
  timed.batch_sizes = {32, 0};
  timed.threads = {1};
  timed.invocations = 2;
  const record::Report report = run(timed);
  EXPECT_EQ(report.status, "complete");
  ASSERT_GE(report.invocations.size(), 2U);  // and one more if a timing was suspect
  EXPECT_EQ(report.roofs.size(), 1U);
  // Two cells, each timed under two names in two processes.
  EXPECT_EQ(std::count_if(report.timings.begin(), report.timings.end(),
                          [](const record::Timing& timing) { return timing.invocation <= 2; }),
            2 * 2 * 2);
  for (const record::Timing& timing : report.timings) {
    EXPECT_GE(timing.seconds_per_step.size(), 2U);
    EXPECT_EQ(timing.seconds_per_step.size(), timing.timed_from.size());
    EXPECT_EQ(timing.workers, 1);
    EXPECT_TRUE(timing.flops > 0 && timing.bytes > 0);
    for (const double seconds : timing.seconds_per_step) EXPECT_TRUE(seconds > 0);
  }
  EXPECT_FALSE(std::filesystem::exists(timed.out + ".timing"));
}

TEST(RunSweep, ExactPassageLooksAtEveryStep) {
  SweepOptions options = tiny_options();
  options.losses = {"softmax_cross_entropy"};
  options.passage = "exact";
  for (const record::Trajectory& trajectory : run(options).trajectories)
    for (std::size_t i = 0; i < trajectory.curve.step.size(); ++i)
      ASSERT_EQ(trajectory.curve.step[i], static_cast<std::int64_t>(i)) << trajectory.id;
}

}  // namespace
}  // namespace descent::sweep
