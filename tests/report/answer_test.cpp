// What the first lines of a page say, for every state in which a run may end.
#include "report/answer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "descent/core/error.hpp"
#include "descent/report/exporters.hpp"
#include "descent/report/glossary.hpp"
#include "report/fake.hpp"
#include "report/folded.hpp"
#include "report/warnings.hpp"

namespace descent::report {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string page(const record::Report& report, std::size_t width = 1000) {
  TableOptions options;
  options.width = width, options.report_path = "r.json";
  std::ostringstream out;
  write_table(out, report, options);
  return out.str();
}

/// The sentences about the only workload, one after the other.
std::string answer(const record::Report& report) {
  std::string text;
  for (const Sentence& sentence :
       answer_of(report, report.workloads[0], targets_of(report, report.workloads[0].id), false))
    text += sentence.text + "\n";
  return text;
}

record::Summary& headline(record::Report& report) { return report.summary[1]; }

TEST(Answer, NamesTheFastestWhatMayBeAsFastAndWhetherLargerBatchesPay) {
  EXPECT_EQ(
      answer(fake_report()),
      "Batch 128 on 2 threads is the fastest: 0.245 s (95 % interval 0.233 to 0.257 s). Its lead over batch 64 on "
      "2 threads may be chance.\n"
      "Full-batch gradient descent takes 64 times as long (15.6 s).\n"
      "Doubling the batch saves a factor of √2 or more in steps up to about batch 310 (95 % interval 250 to 400).\n"
      "Until 10 % of the starting gap is left, batch 128 on 2 threads is the fastest: 24.5 ms (95 % interval 23.3 "
      "to 25.7 ms).\n");
}

TEST(Answer, SaysWhereTheIntervalAllowsForTheLuckOfTheFastest) {
  record::Report report = fake_report();
  headline(report).high = 0.3;
  EXPECT_THAT(
      answer(report),
      HasSubstr("0.245 s (95 % interval 0.233 to 0.300 s, widened because the fastest of several was picked). Its"));
}

TEST(Answer, SaysThatAllOthersAreSlowerOnlyWhereNothingIsTied) {
  record::Report report = fake_report();
  headline(report).tied.clear();
  EXPECT_THAT(answer(report), HasSubstr("All others are slower by more than chance explains."));
  headline(report).untold = {report.cells[0].id};
  EXPECT_THAT(answer(report), HasSubstr("All others that were compared are slower"));
  EXPECT_THAT(answer(report), HasSubstr("Whether it really beats batch 128 on 1 thread is not known"));
  for (record::TimeToTarget& row : report.time_to_target)
    if (row.cell != headline(report).best_cell) row.seconds.reset();
  EXPECT_THAT(answer(report), HasSubstr("Nothing else reached the target"));
}

TEST(Answer, SaysWhatDoublingSavesWhereNothingWasTimedToo) {
  record::Report report = fake_report();
  headline(report).gain_32_64 = 1.88;
  EXPECT_THAT(answer(report), Not(HasSubstr("From 32 to 64")));
  headline(report).gain_8192_16384 = 1.02;
  const std::string said = "From 32 to 64 it divides the steps by 1.88, from 8,192 to 16,384 by 1.02.";
  EXPECT_THAT(answer(report), HasSubstr(said));
  headline(report).gain_8192_16384 = 0.95;
  EXPECT_THAT(answer(report), HasSubstr("by 1.88, from 8,192 to 16,384 it saves none."));
  headline(report).gain_8192_16384 = 1.02;
  headline(report).best_seconds.reset(), headline(report).status = record::word("not_timed");
  EXPECT_THAT(answer(report), AllOf(HasSubstr(said), HasSubstr("up to about batch 310"), Not(HasSubstr("Until 10 %"))));
}

TEST(Answer, DoesNotRankDisturbedTimings) {
  record::Report report = fake_report();
  headline(report).suspect = true;
  const std::string text = answer(report);
  EXPECT_THAT(
      text,
      HasSubstr(
          "Not ranked: timings were too disturbed. As measured, batch 128 on 2 threads took the least time: 0.245 s"));
  EXPECT_THAT(text, HasSubstr("Batch 64 and 128 on 2 threads may be the fastest."));
  EXPECT_THAT(text.substr(0, text.find('\n')), Not(HasSubstr("is the fastest")));
  EXPECT_THAT(page(report), HasSubstr("perhaps fastest"));
  // The gap to one thread is now smaller than the disturbances: it takes 1.4 times as long.
  headline(report).tied.clear(), headline(report).disturbance = 0.5;
  EXPECT_THAT(answer(report), HasSubstr("Not ranked: timings were too disturbed (±50 %)."));
  EXPECT_THAT(answer(report), HasSubstr("Batch 128 on 1 or 2 threads may be the fastest."));
  headline(report).withheld = record::word("composition");
  headline(report).disturbance.reset(), headline(report).untold = {report.cells[0].id};
  EXPECT_THAT(answer(report),
              HasSubstr("Whether others are slower was not tested: there is a single seed or process."));
  EXPECT_THAT(answer(report), HasSubstr("Not ranked: whole runs did not take the time that the table says."));
}

TEST(Answer, RanksDisturbedTimingsWhereTheGapIsLarger) {
  record::Report report = fake_report();
  headline(report).tied.clear(), headline(report).disturbance = 0.2, headline(report).gap = 0.4;
  EXPECT_THAT(answer(report), HasSubstr("The next takes 1.4 times as long, more than disturbances explain (±20 %)."));
}

TEST(Answer, SaysOfManyTiedCellsHowManyTheyAre) {
  record::Report report = fake_report();
  const std::string tied = headline(report).tied[0];
  headline(report).tied.assign(7, tied);
  EXPECT_THAT(answer(report), HasSubstr("Its lead over 7 of the 3 cells (batch size and threads) may be chance."));
}

TEST(Answer, ComparesWithBatch32OnOneThread) {
  record::Report report = fake_report();
  for (record::Series& series : report.series)
    if (series.batch == 16384) series.batch = 32;
  for (record::Cell& cell : report.cells)
    if (cell.batch == 16384) cell.batch = 32;
  for (record::TimeToTarget& row : report.time_to_target)
    if (row.series.ends_with("/16384")) row.seconds = 4.9 * row.target_value;
  EXPECT_THAT(answer(report),
              HasSubstr("takes 64 times as long (15.6 s). Batch 32 on 1 thread takes about as long as the fastest."));
  EXPECT_THAT(answer(report),
              HasSubstr("Larger batches save no time: batch 32, the smallest tried, is the fastest mini-batch."));
  for (record::TimeToTarget& row : report.time_to_target)
    if (row.series.ends_with("/16384")) row.seconds = 490 * row.target_value;
  EXPECT_THAT(answer(report), HasSubstr("takes 64 times as long (15.6 s), and batch 32 on 1 thread 20 times."));
  EXPECT_THAT(answer(report), HasSubstr("Larger batches save time up to batch 128, the largest mini-batch tried."));
}

// The end of an interval may tell nothing: with two seeds, Student's t has one degree of freedom, and the interval may
// go from 4e-7 µs to 331 minutes.
TEST(Answer, DoesNotPrintEndsThatTellNothing) {
  record::Report report = fake_report();
  headline(report).low = 4e-13, headline(report).high = 2e4;
  EXPECT_THAT(answer(report), HasSubstr("0.245 s (its 95 % interval is too wide to tell much)."));
  for (record::TimeToTarget& row : report.time_to_target) row.low = 4e-13, row.high = 2e4;
  EXPECT_THAT(page(report), HasSubstr("[too wide]"));
  EXPECT_THAT(page(report), Not(HasSubstr("20000")));
  headline(report).low = 0.01, headline(report).high = 0.99;  // these ends differ by a factor of 99
  EXPECT_THAT(answer(report), HasSubstr("(95 % interval 10.0 ms to 0.990 s)"));
}

TEST(Answer, OfARunThatWasCutSaysHowToGoOn) {
  record::Report report = fake_report();
  report.status = record::ReportStatus::partial, report.trajectories.clear();
  EXPECT_THAT(page(report), HasSubstr("It was stopped before the first run. Give the same command again with --resume, "
                                      "and a larger --budget where that ended it.\n"));
}

TEST(Answer, OfOneSeedClaimsNothing) {
  record::Report report = fake_report();
  headline(report).interval_status = record::word("one_seed");
  EXPECT_THAT(answer(report), HasSubstr("It ran with one seed, so that how much of its lead is chance is not known."));
  for (record::Convergence& row : report.convergence) row.runs = 1;
  EXPECT_THAT(page(report), HasSubstr("One seed tells nothing of chance between runs: take --seeds 10."));
}

TEST(Answer, OfOneProcessWarns) {
  record::Report report = fake_report();
  for (record::Throughput& row : report.throughput) row.invocations = 1;
  headline(report).tied.clear();
  headline(report).untold = {report.cells[0].id, report.cells[4].id, report.cells[5].id};
  EXPECT_THAT(answer(report), HasSubstr("Batch 128 on 2 threads was the fastest: 0.245 s"));
  EXPECT_THAT(answer(report),
              HasSubstr("It or the others had a single seed or process, so that how much of its lead is "
                        "chance is not known."));
  EXPECT_THAT(page(report),
              HasSubstr("One process tells nothing of what differs between processes: take --invocations 5."));
}

TEST(Answer, WhereNothingWasReachedSaysSoAndWhatToDo) {
  record::Report report = fake_report();
  for (record::Convergence& row : report.convergence) row.reached = 0, row.ert_steps.reset(), row.epochs.reset();
  report.convergence[4].diverged = 5;
  for (record::TimeToTarget& row : report.time_to_target) row.seconds.reset(), row.steps.reset();
  for (record::Summary& row : report.summary) row.best_seconds.reset(), row.status = record::word("not_reached");
  EXPECT_THAT(answer(report), HasSubstr("No batch size reached the target within the steps that its runs were allowed. "
                                        "Runs of 1 batch size diverged."));
  EXPECT_THAT(page(report), HasSubstr("No run of softmax_cross_entropy reached the target: raise --max-steps"));
  EXPECT_THAT(page(report), HasSubstr("not reached"));
}

TEST(Answer, WhereNothingWasTimedNamesTheFewestSteps) {
  record::Report report = fake_report();
  report.time_to_target.clear(), report.throughput.clear();
  for (record::Summary& row : report.summary) row.best_seconds.reset(), row.status = record::word("not_timed");
  EXPECT_THAT(answer(report), HasSubstr("so that nothing is known of seconds: `descent time` times these runs on this "
                                        "machine. Full-batch gradient descent reaches the "
                                        "target in the fewest steps, 852."));
  report.convergence[4].reached = 0, report.convergence[4].ert_steps.reset();
  for (record::Convergence& row : report.convergence)
    if (row.series.ends_with("/128")) row.ert_steps.reset();
  EXPECT_THAT(answer(report), HasSubstr("Full-batch gradient descent reaches the target in 852 steps."));
}

TEST(Answer, WithoutAMinimumThereIsNoTarget) {
  record::Report report = fake_report();
  report.workloads[0].optimum_kind = record::word("none");
  report.workloads[0].note = "l2 is 0 and the data are separable: no minimiser, infimum 0";
  for (record::Summary& row : report.summary) row.best_seconds.reset(), row.status = record::word("no_optimum");
  EXPECT_THAT(answer(report), HasSubstr("There is no target to reach: l2 is 0 and the data are separable"));
}

TEST(Page, OfAShareSpeaksOfTheShare) {
  record::Report report = fake_report();
  report.status = record::word("partial"), report.context.shard = 1, report.context.shards = 2;
  EXPECT_THAT(page(report),
              HasSubstr("This is share 1 of 2 of a sweep's work: what follows holds of this share alone."));
  EXPECT_THAT(page(report), Not(HasSubstr("missing"))) << "none of the runs of this share is missing";
  report.trajectories[0].status = record::word("not_run");
  EXPECT_THAT(page(report), HasSubstr("1 of 1 runs of this share are missing."));
}

TEST(Page, OfACancelledSweepSaysWhatIsMissingAndHowToGoOn) {
  record::Report report = fake_report();
  report.status = record::word("partial");
  report.trajectories[0].status = record::word("not_run");
  EXPECT_THAT(page(report),
              HasSubstr("1. It was stopped early: 1 of 1 runs are missing. Give the same command again with "
                        "--resume, and a larger --budget where that ended it."));
  report.trajectories[0].status = record::word("completed");
  EXPECT_THAT(page(report), HasSubstr("It was stopped early: all runs are there, but not all timings."));
  report = {};
  EXPECT_THAT(page(report), HasSubstr("It was stopped before the first run."));
}

TEST(Page, OfALandscapeHasNoRows) {
  record::Report report = fake_report();
  report.datasets[0].n = 0, report.datasets[0].id = "product";
  report.workloads[0].dataset = "product", report.workloads[0].loss = "none", report.workloads[0].l2 = 0;
  EXPECT_THAT(page(report), HasSubstr("Data: product, a function of its weights alone, without rows."));
  EXPECT_THAT(page(report), HasSubstr("\nproduct, target: 1 % of its starting gap left\n"));
}

TEST(Page, ShowsAtMostThreeWarningsTheWorstFirst) {
  record::Report report = fake_report();
  EXPECT_THAT(page(report), HasSubstr("\nWarnings\n1. Steps of some batch sizes rest on 5 seeds"));
  record::Check composition;
  composition.kind = record::word("composition"), composition.verdict = record::word("suspect"),
  composition.value = 2.78;
  report.checks.push_back(composition);
  report.context.library_build_type = "debug";
  report.timings.resize(77);
  for (int i = 0; i < 29; ++i) report.timings[static_cast<std::size_t>(i)].suspect = true;
  const std::string text = page(report);
  EXPECT_THAT(text, HasSubstr("\nWarnings, the worst 3 of 4 (--details has all)\n1. This is a debug build"));
  EXPECT_THAT(text, HasSubstr("\n2. Whole runs took 2.8 times what the table says"));
  EXPECT_THAT(text, HasSubstr("\n3. 29 of 77 timings were disturbed (none is left out): close other programs, or "
                              "raise --invocations.\n"));
  EXPECT_THAT(text, Not(HasSubstr("5 seeds")));
  const std::vector<Warning> warnings = warnings_of(report);
  ASSERT_EQ(warnings.size(), 4U);
  EXPECT_TRUE(std::is_sorted(warnings.begin(), warnings.end(),
                             [](const Warning& a, const Warning& b) { return a.severity > b.severity; }));
}

TEST(Page, SaysWhatNumbersAnEngineTrainsInWhereTheyAreNoFloats) {
  record::Report report = fake_report();
  report.context.arithmetic["engine"] = "exact8";
  report.context.arithmetic["float"] = "float32";
  EXPECT_THAT(page(report), Not(HasSubstr("Engine exact8 trained")));
  report.context.arithmetic["float"] = "weights of 16 bits, good for targets down to 1e-6";
  EXPECT_THAT(page(report),
              HasSubstr("Engine exact8 trained these runs, with weights of 16 bits, good for targets down to 1e-6."));
}

TEST(Page, NeverPrintsAnOpenEndAsZero) {
  record::Report report = fake_report();
  for (const double ratio : {1.0, 2.5}) {
    record::LossAtAccuracy row;
    row.dataset = "mnist", row.workload = report.workloads[0].id, row.status = record::word("ok");
    row.series = report.series[0].id, row.cell = report.cells[1].id, row.steps = 100, row.seconds = ratio,
    row.ratio = ratio;
    if (ratio > 1) row.ratio_low = 0, row.ratio_high = 8.71;
    report.losses_at_accuracy.push_back(row);
  }
  std::ostringstream out;
  write_markdown(out, report);
  EXPECT_THAT(out.str(), HasSubstr("2.5x (…, 8.71], perhaps as fast"));
  EXPECT_THAT(out.str(), Not(HasSubstr("[0,")));
}

TEST(Page, KeepsToTheWidthAtWordsAndLetsColumnsLeave) {
  record::Report report = fake_report();
  for (record::Convergence& row : report.convergence)
    if (row.ert_steps) row.mean_low = *row.ert_steps * 0.9, row.mean_high = *row.ert_steps * 1.1;
  for (record::Throughput& row : report.throughput)
    row.low = *row.seconds_per_step * 0.9, row.high = *row.seconds_per_step * 1.1;
  for (const std::size_t width : {60U, 80U, 100U, 140U}) {
    std::istringstream in(page(report, width));
    for (std::string line; std::getline(in, line);) EXPECT_LE(display_width(line), width) << line;
  }
  EXPECT_THAT(page(report, 200), HasSubstr("µs on 1"));
  EXPECT_THAT(page(report, 100), Not(HasSubstr("µs on 1")));
  EXPECT_THAT(page(report, 100), HasSubstr("steps [95 %]"));
  EXPECT_THAT(page(report, 60), HasSubstr("time [95 %]"));
  EXPECT_THAT(page(report, 60), Not(HasSubstr("steps [95 %]")));
}

std::size_t lines_of(const record::Report& report, std::size_t width) {
  const std::string text = page(report, width);
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(Page, OfThePresetQuickFitsOnAScreenAlsoWhereAllIsDoubtful) {
  std::ifstream in(DESCENT_SOURCE_DIR "/results/example.json");
  record::Report report;
  try {
    report = record::read_report(in, "results/example.json");
  } catch (const core::InputError& error) {
    FAIL() << error.what() << "; run scripts/example to make the report anew";
  }
  EXPECT_EQ(report.context.configuration.at("preset"), "quick");
  EXPECT_THAT(page(report),
              HasSubstr("With 3 seeds and 3 processes, intervals are wide: take --seeds 10 --invocations 5."));
  EXPECT_LE(lines_of(report, 100), 40U);
  EXPECT_LE(lines_of(report, 80), 52U);
  for (record::Summary& row : report.summary) {
    row.suspect = true;
    if (row.tied.empty()) row.tied = {report.cells[0].id, report.cells[3].id};
  }
  for (record::Timing& row : report.timings) row.suspect = true;
  report.context.library_build_type = "debug";
  EXPECT_LE(lines_of(report, 100), 40U) << page(report, 100);
  EXPECT_LE(lines_of(report, 80), 52U) << page(report, 80);
}

TEST(Folded, BreaksAtWordsButNotBeforeUnits) {
  EXPECT_EQ(folded("one two three", 7), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(folded("takes 342 µs", 9), (std::vector<std::string>{"takes", "342 µs"}));
  EXPECT_EQ(folded("a 95 % interval", 5), (std::vector<std::string>{"a", "95 %", "inter", "val"}));
  EXPECT_EQ(folded("", 7), (std::vector<std::string>{""}));
}

TEST(Glossary, HasTheWordsOfThePage) {
  std::ostringstream out;
  write_glossary(out, false, 80);
  for (const char* word : {"starting gap ", "95 % interval ", "perhaps as fast ", "factor √2 ", "lr ", "disturbed "})
    EXPECT_THAT("\n" + out.str(), HasSubstr(std::string("\n") + word));
  std::istringstream in(out.str());
  for (std::string line; std::getline(in, line);) EXPECT_LE(display_width(line), 80U) << line;
}

}  // namespace
}  // namespace descent::report
