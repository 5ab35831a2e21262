// What a page says about several methods, and about the saddle of a landscape.
#include "report/methods.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "descent/report/exporters.hpp"
#include "report/fake.hpp"

namespace descent::report {
namespace {

using testing::HasSubstr;
using testing::Not;

/// The fake report with one more method at batch 128, which takes `steps` steps; for it doubling the batch pays up to
/// about batch `half`, with the interval from `low` to `high`.
record::Report with_momentum(double steps, double half, double low, double high) {
  record::Report report = fake_report();
  record::Series series = fake_series(report.workloads[0].id, "momentum(beta=0.9)", 128);
  series.plain_step = false;
  report.series.push_back(series);
  add_cell(report, series, 1, 73e-6, 1);
  add_passage(report, series, 1e-2, 10, 10, steps);
  record::Returns returns = report.returns[0];
  returns.optimizer = series.optimizer;
  returns.half_efficiency_batch = half, returns.half_low = low, returns.half_high = high;
  report.returns.push_back(returns);
  return report;
}

std::string text(const record::Report& report) {
  const Target headline = report.targets[1];
  std::string text;
  for (const std::string& sentence :
       methods_text(report, report.workloads[0], headline, rows_of(report, report.workloads[0].id, headline)))
    text += sentence + "\n";
  return text;
}

TEST(MethodsText, NamesTheFastestAtEachBatchThatSeveralTookAndWhatMovedTheDoublings) {
  // Momentum takes half of sgd's 4,700 steps, but was timed on one thread only. sgd is 1.4 times as fast on two threads
  // as on one, so that momentum is 2 / 1.4 times as fast as sgd.
  const std::string said = text(with_momentum(2350, 900, 700, 1100));
  EXPECT_THAT(said, HasSubstr("Least time to the target, by batch size: momentum(beta=0.9) at batch 128 (1.4 times as "
                              "fast as the next)."));
  EXPECT_THAT(said, HasSubstr("Doubling the batch saves a factor of √2 or more in steps up to about batch 310 (95 % "
                              "interval 250 to 400) with sgd; it does so up to larger batches with momentum(beta=0.9) "
                              "(up to about batch 900 (95 % interval 700 to 1,100))."));
}

TEST(MethodsText, SaysWhereIntervalsDoNotTellThemApart) {
  EXPECT_THAT(text(with_momentum(4700, 380, 300, 600)),
              HasSubstr("with sgd; the intervals do not tell that from momentum(beta=0.9) (up to about batch 380"));
  EXPECT_THAT(text(with_momentum(4700, 100, 80, 120)),
              HasSubstr("with sgd; only up to smaller ones with momentum(beta=0.9) (up to about batch 100"));
}

TEST(MethodsText, IsSilentWhereThereIsOneMethod) { EXPECT_EQ(text(fake_report()), ""); }

std::string page(const record::Report& report, std::size_t width = 1000) {
  TableOptions options;
  options.width = width, options.report_path = "r.json";
  std::ostringstream out;
  write_table(out, report, options);
  return out.str();
}

// Two rows "full" without the names of their methods could not be told apart, so that a narrow terminal keeps the
// names.
TEST(AnswerTable, NamesMethodsThatTakeTheSameBatch) {
  record::Report report = fake_report();
  EXPECT_THAT(page(report, 80), Not(HasSubstr("\ngd ")));
  record::Series series = fake_series(report.workloads[0].id, "nesterov(beta=0.9)", 60000);
  series.plain_step = false, series.full_batch = report.series[2].full_batch = true;
  report.series.push_back(series);
  add_cell(report, series, 1, 26e-3, 1);
  add_passage(report, series, 1e-2, 1, 1, 90);
  EXPECT_THAT(page(report, 80), testing::AllOf(HasSubstr("\ngd "), HasSubstr("\nnesterov(beta=0.9) ")));
}

record::Report saddle() {
  record::Report report = fake_report();
  record::Workload& workload = report.workloads[0];
  report.targets = {{record::TargetKind::escape, 0.5, true}};
  workload.optimum_kind = record::word("none");
  report.summary.clear(), report.returns.clear(), report.doublings.clear();
  for (record::Convergence& row : report.convergence)
    row.target_kind = record::TargetKind::escape, row.target_value = 0.5;
  record::Escape escape;
  escape.distance = 0.5, escape.runs = escape.escaped = 20, escape.noise = 0.01, escape.stuck_share = 0;
  escape.series = report.series[0].id;
  escape.median_steps = 63, escape.median_low = 58, escape.median_high = 70, escape.predicted_steps = 62;
  escape.least_curvature = -1;
  report.escapes.push_back(escape);
  escape.series = report.series[2].id, escape.runs = 1, escape.escaped = 0, escape.noise = 0;
  escape.median_steps = escape.median_low = escape.median_high = escape.predicted_steps = {};
  report.series[2].budget_steps = 3000;
  report.escapes.push_back(escape);
  record::EscapeLaw law;
  law.workload = workload.id, law.optimizer = "sgd", law.batches = 4;
  law.steps_per_doubling = 3.7, law.predicted_per_doubling = 3.64;
  law.steps_per_decade = 24.5, law.predicted_per_decade = 24.16;
  report.escape_laws.push_back(law);
  return report;
}

TEST(Escapes, ArePutIntoSentencesAndATable) {
  const std::string said = page(saddle());
  EXPECT_THAT(said, Not(HasSubstr("no target, since")));
  EXPECT_THAT(said, HasSubstr("target: 0.5 away from the saddle"));
  EXPECT_THAT(said,
              HasSubstr("sgd with batch 128: half of the runs have left the saddle after 63 steps (theory: 62)."));
  EXPECT_THAT(said, HasSubstr("gd without noise: its one run is still at the saddle after 3,000 steps."));
  EXPECT_THAT(said, HasSubstr("sgd: each doubling of the batch delays that by 3.7 steps (theory: 3.64), each tenth of "
                              "the noise by 24.5 steps (theory: 24.2); measured over 4 batch sizes."));
  EXPECT_THAT(said, HasSubstr("20 of 20"));
  EXPECT_THAT(said, HasSubstr("[58, 70]"));
}

TEST(Escapes, RunsThatAreStillThereAreCounted) {
  record::Report report = saddle();
  report.escapes[0].escaped = 8, report.escapes[0].median_steps.reset();
  EXPECT_THAT(page(report), HasSubstr("sgd with batch 128: 8 of 20 runs leave the saddle (theory: 62); 12 of 20 are "
                                      "still there at the end."));
}

TEST(Escapes, NothingIsSaidOfOtherWorkloads) { EXPECT_THAT(page(fake_report()), Not(HasSubstr("saddle"))); }

TEST(MethodsText, SaysWhatCannotBeRepeated) {
  record::Report report = fake_report();
  EXPECT_THAT(page(report), Not(HasSubstr("differ even with the same seed")));
  report.series[0].unrepeatable = true;
  EXPECT_THAT(page(report), HasSubstr("Runs of sgd differ even with the same seed"));
  EXPECT_THAT(text(report), HasSubstr("Runs of sgd differ even with the same seed"))
      << "the answer itself has to say it, whatever the warnings say";
}

}  // namespace
}  // namespace descent::report
