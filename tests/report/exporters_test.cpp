#include "descent/report/exporters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "descent/report/text_table.hpp"
#include "report/fake.hpp"

namespace descent::report {
namespace {

using testing::HasSubstr;
using testing::Not;

template <class F>
std::string text_of(F&& write) {
  std::ostringstream out;
  write(out);
  return out.str();
}

/// Options with such long lines that no sentence is broken.
TableOptions wide(bool explain = false) {
  TableOptions options;
  options.width = 1000, options.explain = explain;
  return options;
}

std::string table_of(const record::Report& report, const TableOptions& options = wide()) {
  return text_of([&](std::ostream& out) {
    write_table(out, report, {options.color, options.explain, options.report_path, true, options.width});
  });
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// The last line that contains all of these words. The last, because details are printed after the answers.
std::string line_with(const std::string& text, const std::vector<std::string>& words) {
  const std::vector<std::string> lines = lines_of(text);
  for (const std::string& line : std::vector<std::string>(lines.rbegin(), lines.rend()))
    if (std::all_of(words.begin(), words.end(),
                    [&](const std::string& w) { return line.find(w) != std::string::npos; }))
      return line;
  return "";
}

TEST(Table, HasTheBaselineEvenWhereNothingWasTimed) {
  record::Report report = fake_report();
  report.time_to_target.clear();
  report.throughput.clear();
  for (record::Summary& summary : report.summary) {
    summary.best_seconds.reset();
    summary.status = record::word("not_timed");
    summary.note = "The target was reached, but no cell that reached it was timed.";
  }
  const std::string text = table_of(report);
  EXPECT_THAT(line_with(text, {"baseline"}),
              HasSubstr("L-BFGS comes to the target in 2.50 s and 31 passes over the data"));
  EXPECT_THAT(text, HasSubstr("No steps were timed"));
}

TEST(Table, MarksWhatIsNotToBeRankedByAndNamesTheOtherRulesApart) {
  record::Report report = fake_report();
  for (record::Summary& summary : report.summary) {
    summary.status = record::word("suspect"), summary.suspect = true;
    summary.others = {"linear: batch 64 × 2 threads, 0.2 s"};
    summary.tuning_core_seconds = 123;
    summary.high.reset();
  }
  const std::string text = table_of(report);
  EXPECT_THAT(text, HasSubstr("Not ranked: timings were too disturbed."));
  EXPECT_THAT(line_with(text, {"apart     "}), HasSubstr("linear: batch 64"));
  EXPECT_THAT(line_with(text, {"tuning"}), HasSubstr("123 core-seconds"));
  EXPECT_THAT(text, HasSubstr("(95 % interval from 0.233 s on, without an upper end"));
}

TEST(Table, ShowsBothMarksAlsoAtOtherTargets) {
  record::Report report = fake_report();
  for (record::Summary& summary : report.summary)
    summary.suspect = summary.uncertified = true, summary.status = record::word("suspect");
  const std::string text = table_of(report);
  EXPECT_THAT(text, HasSubstr("As measured, batch 128 on 2 threads took the least time: ~0.245 s"));
  EXPECT_THAT(text, HasSubstr("Until 10 % of the starting gap is left, batch 128 on 2 threads was the fastest in "
                              "disturbed timings: ~24.5 ms"));
  EXPECT_NE(line_with(text, {"~", "the optimum is not known well enough"}), "");
}

TEST(Table, ClaimsNothingOfOneSeed) {
  record::Report report = fake_report();
  for (record::Summary& summary : report.summary) {
    summary.interval_status = record::word("one_seed");
    summary.low.reset(), summary.high.reset(), summary.tied.clear();
  }
  std::string text = table_of(report);
  EXPECT_THAT(text, HasSubstr("It ran with one seed, so that how much of its lead is chance is not known."));
  EXPECT_THAT(text, Not(HasSubstr("slower by more than chance")));
  for (record::Summary& summary : report.summary)
    summary.untold = summary.tied.empty() ? std::vector{report.cells.back().id} : summary.tied;
  EXPECT_THAT(table_of(report), HasSubstr("not compared with the fastest: batch 64 on 2 threads"));
  for (record::Summary& summary : report.summary) summary.interval_status = record::word("ok");
  EXPECT_THAT(table_of(report), HasSubstr("Whether it really beats batch 64 on 2 threads is not known"));
}

TEST(Table, SaysInOneLineThatThereIsNoTarget) {
  record::Report report = fake_report();
  report.workloads[0].optimum_kind = record::word("none"), report.workloads[0].optimum_value.reset();
  report.workloads[0].note = "l2 is 0 and the data are separable: no minimiser, infimum 0";
  for (record::Convergence& row : report.convergence)
    row.status = record::word("no_optimum"), row.reached = 0, row.ert_steps.reset(), row.epochs.reset();
  for (record::TimeToTarget& row : report.time_to_target)
    row.status = record::word("no_optimum"), row.seconds.reset(), row.steps.reset();
  for (record::Summary& row : report.summary)
    row.status = record::word("no_optimum"), row.best_seconds.reset(),
    row.note = "The loss has no minimum, so that there is no target.";
  report.returns.clear(), report.doublings.clear();
  const std::string text = table_of(report);
  EXPECT_THAT(text, HasSubstr("softmax_cross_entropy, l2 0.0001: no target, since the loss has no minimum\n"));
  EXPECT_THAT(line_with(text, {"sgd", " 128 "}), HasSubstr("no target"));
  for (const char* word : {"target: ", "not reached", "fastest", "Until", ">3,000", "baseline"})
    EXPECT_THAT(text, Not(HasSubstr(word))) << word;
}

TEST(Table, ShowsWhatIsOpenAndWhatIsLeftOutOfTheReturns) {
  record::Report report = fake_report();
  report.returns[0].half_high.reset();
  report.returns[0].batches_left_out = {"8192: diverged", "16384: not_reached"};
  EXPECT_THAT(table_of(report), HasSubstr("up to about batch 310 (95 % interval 250 or more); steps saved"));
  EXPECT_THAT(table_of(report), HasSubstr("8192: diverged, 16384: not_reached"));
  report.returns[0].half_low.reset(), report.returns[0].half_high = 400;
  EXPECT_THAT(table_of(report), HasSubstr("up to about batch 310 (95 % interval 400 or less)"));
  report.returns[0].half_interval_status = record::word("one_seed"), report.returns[0].half_high.reset();
  EXPECT_THAT(table_of(report), HasSubstr("up to about batch 310 (by one seed, so without an interval); steps"));
  report.returns[0].half_interval_status = record::word("open_below"), report.returns[0].half_high = 400;
  report.returns[0].half_efficiency_batch.reset(), report.returns[0].half_status = record::word("below_range");
  EXPECT_THAT(table_of(report), HasSubstr("in steps only below batch 400"));
}

TEST(Table, HoldsTheFiguresOfEachCell) {
  TableOptions options = wide();
  options.report_path = "results/mnist.json";
  const std::string text = table_of(fake_report(), options);
  EXPECT_THAT(text, HasSubstr("AMD EPYC, 2 cores, AVX2; 2 threads read 33 GB/s and do 198 GFLOP/s"));
  EXPECT_THAT(text, HasSubstr("mnist, 60,000 rows × 784 features + bias, 10 classes"));
  EXPECT_THAT(text, HasSubstr("softmax_cross_entropy, l2 0.0001, target: 1 % of its starting gap left"));
  EXPECT_THAT(text, HasSubstr("0.25992, off by at most 3e-09, found by L-BFGS"));
  const std::string best = line_with(text, {"sgd", " 128 "});
  EXPECT_THAT(best, HasSubstr("0.22   4,700"));
  EXPECT_THAT(best, HasSubstr("10 of 10"));
  EXPECT_THAT(best, HasSubstr("0.0730  0.0521 1.4x"));
  EXPECT_THAT(best, HasSubstr("58 % fma"));
  EXPECT_THAT(best, HasSubstr("0.245 s [.233, .257] ×2"));
  EXPECT_THAT(best, HasSubstr("1.90"));
  const std::string gd = line_with(text, {"gd", "full"});
  EXPECT_THAT(gd, HasSubstr("852"));
  EXPECT_THAT(gd, HasSubstr("1 of 1"));
  EXPECT_THAT(
      text, HasSubstr("Batch 128 on 2 threads is the fastest: 0.245 s (95 % interval 0.233 to 0.257 s). Its lead over "
                      "batch 64 on 2 threads may be chance."));
  EXPECT_THAT(
      text,
      HasSubstr("up to about batch 310 (95 % interval 250 to 400); steps saved: 32→64 1.90x, 8,192→16,384 1.04x"));
  EXPECT_THAT(text,
              HasSubstr("Until 10 % of the starting gap is left, batch 128 on 2 threads is the fastest: 24.5 ms"));
  EXPECT_THAT(text, HasSubstr("L-BFGS comes to the target in 2.50 s and 31 passes over the data, timed once"));
  EXPECT_THAT(text, HasSubstr("search 30 %, train 60 %, time 10 %"));
  EXPECT_THAT(text, HasSubstr("Report: results/mnist.json"));
}

/// The noise of batch 128 at a checkpoint. `relative` is its standard deviation, divided by the length of the gradient.
record::Noise noise_at(const char* checkpoint, double delta, const char* sampling, double relative) {
  record::Noise noise = fake_report().noise[0];
  noise.checkpoint = checkpoint, noise.delta = delta, noise.sampling = record::word(sampling);
  noise.predicted_variance = 0.5 * relative * relative;
  noise.measured_variance = 0.5 * 99;  // not shown: the predicted variance is exact
  return noise;
}

TEST(Table, NoiseIsThatOfTheSeriesOwnSamplingAtTheCheckpointNearestToTheTarget) {
  record::Report report = fake_report();
  report.noise = {noise_at("start", 1, "iid_replace", 1.11),     noise_at("start", 1, "iid_distinct", 1.22),
                  noise_at("0.1", 0.098, "iid_replace", 2.11),   noise_at("0.1", 0.098, "iid_distinct", 2.22),
                  noise_at("0.01", 0.0099, "iid_replace", 3.11), noise_at("0.01", 0.0099, "iid_distinct", 3.22),
                  noise_at("end", 0.005, "iid_replace", 4.11),   noise_at("end", 0.005, "iid_distinct", 4.22),
                  noise_at("optimum", 0, "iid_replace", 5.11),   noise_at("optimum", 0, "iid_distinct", 5.22)};
  const std::pair<const char*, const char*> expected[]{
      {"iid_replace", "3.11"}, {"iid_distinct", "3.22"}, {"reshuffle", "3.22"}};
  for (const auto& [sampling, text] : expected) {
    report.series[0].sampling = record::word(sampling);
    EXPECT_THAT(line_with(table_of(report), {"sgd", " 128 "}), testing::EndsWith(text)) << sampling;
  }
}

TEST(Table, ShowsWhatADoublingTakesOffTheNoise) {
  record::Report report = fake_report();
  for (const std::int64_t batch : {32, 64, 60000}) {
    record::BatchNoise row;
    row.workload = report.workloads[0].id, row.checkpoint = "0.01", row.sampling = record::Sampling::iid_distinct;
    row.delta = 0.01, row.batch = batch;
    row.predicted_sd = batch == 60000 ? 0.0 : 3.0, row.relative_sd = batch == 60000 ? 0.0 : 6.0;
    if (batch == 32) row.absolute_gain = 0.5, row.relative_gain = 0.293, row.step_gain = 1.9;
    report.batch_noise.push_back(row);
  }
  const std::string text = table_of(report);
  EXPECT_THAT(line_with(text, {"batch", "32", "60,000"}), testing::EndsWith("60,000"));
  EXPECT_THAT(line_with(text, {"gradient noise / signal"}), HasSubstr("6.00"));
  EXPECT_THAT(line_with(text, {"doubling takes off"}), HasSubstr("1.00"));
  EXPECT_THAT(line_with(text, {"of this noise"}), HasSubstr("29.3 %"));
  EXPECT_THAT(line_with(text, {"saves steps"}), HasSubstr("1.90x"));
  EXPECT_THAT(table_of(report, wide(true)), HasSubstr("\ntime to target")) << "the notes explain the main table, too";
  const auto lines = lines_of(text_of([&](std::ostream& out) { write_noise_csv(out, report); }));
  ASSERT_EQ(lines.size(), 4U);
  for (const std::string& line : lines) EXPECT_EQ(std::count(line.begin(), line.end(), ','), 16) << line;
}

TEST(Table, CensoredCellsSaySoWithALowerBound) {
  const std::string line = line_with(table_of(fake_report()), {"sgd", "16,384"});
  EXPECT_THAT(line, HasSubstr(">3,000"));
  EXPECT_THAT(line, HasSubstr("0 of 5"));
  EXPECT_THAT(line, HasSubstr("not reached, > 16.9 s"));  // 3,000 steps × 7.9 ms / 1.4
}

TEST(Table, FitsIntoTheWidthAsked) {
  record::Report report = fake_report();
  report.summary[1].tied.assign(12, add_cell_of(report, report.series[1], "fused", 128));
  report.series[0].lr_at_edge = true;
  report.convergence[3].diverged = 3;
  for (record::Throughput& cell : report.throughput) *cell.seconds_per_step *= 1234;
  for (const std::string& line : lines_of(table_of(report, {}))) EXPECT_LE(display_width(line), 100U) << line;
}

TEST(Table, HasNoColorUnlessAsked) {
  EXPECT_THAT(table_of(fake_report()), Not(HasSubstr("\x1b")));
  EXPECT_THAT(table_of(fake_report(), {true, false, ""}), HasSubstr("\x1b["));
}

TEST(Table, ExplainsEachColumnOnRequest) {
  const std::string text = table_of(fake_report(), wide(true));
  for (const char* column : {"optimizer  ", "batch  ", "lr  ", "steps  ", "reached  ", "ms/step ×1", "ms/step ×2",
                             "of roof", "time to target", "noise"})
    EXPECT_THAT(text, HasSubstr(std::string("\n") + column));
}

TEST(Table, ManyThreadCountsBecomeTheFewestAndTheFastest) {
  record::Report report = fake_report();
  for (const int threads : {4, 8, 16})
    add_cell(report, report.series[0], threads, 73e-6 / (threads == 8 ? 5 : 3), threads == 8 ? 5 : 3);
  EXPECT_THAT(line_with(table_of(report), {"sgd", " 128 "}), HasSubstr("0.0146 ×8 5.0x"));
}

TEST(Table, MoreThreadsThanCpusAreMarkedWithAFootnote) {
  record::Report report = fake_report();
  EXPECT_THAT(table_of(report), Not(HasSubstr(" !")));
  for (record::Throughput& cell : report.throughput) cell.oversubscribed = cell.cell.ends_with("/2");
  for (record::TimeToTarget& cell : report.time_to_target) cell.oversubscribed = cell.cell.ends_with("/2");
  const std::string text = table_of(report), row = line_with(text, {"sgd", " 128 "});
  EXPECT_THAT(row, HasSubstr("0.0521 1.4x !"));
  // The best time is that of one thread: two threads are faster, but they are more than the machine has CPUs.
  EXPECT_THAT(row, HasSubstr(" ×1"));
  EXPECT_NE(line_with(text, {"more threads than CPUs"}), "");
  for (record::Summary& summary : report.summary) summary.best_oversubscribed = true;
  EXPECT_THAT(table_of(report), HasSubstr("Batch 128 on 2 threads (more threads than CPUs) is the fastest"));
}

TEST(Table, PartialReportsAndFailedChecksStandOut) {
  record::Report report = fake_report();
  report.status = record::word("partial");
  report.trajectories[0].status = record::word("not_run");
  report.checks[0].verdict = record::word("failed");
  const std::string text = table_of(report);
  EXPECT_THAT(text, HasSubstr("2. It was stopped early: 1 of 1 runs are missing."));
  EXPECT_THAT(text, HasSubstr("1. Check weights_hash failed"));
}

TEST(Table, EmptyReportsArePrintedToo) { EXPECT_THAT(table_of(record::Report{}), HasSubstr("machine")); }

TEST(Markdown, HoldsTheSameCells) {
  const std::string text = text_of([](std::ostream& out) { write_markdown(out, fake_report()); });
  EXPECT_THAT(text, HasSubstr("### softmax_cross_entropy, l2 0.0001, target: 1 % of its starting gap left"));
  EXPECT_THAT(text, HasSubstr("| optimizer | batch |"));
  EXPECT_THAT(text, HasSubstr("| --- | ---: |"));
  EXPECT_THAT(text, HasSubstr("| sgd | 128 | 0.22 | 4,700 |"));
}

TEST(Csv, HasOneRowPerCellWithAsManyFieldsAsTheHead) {
  const auto lines = lines_of(text_of([](std::ostream& out) { write_csv(out, fake_report()); }));
  ASSERT_EQ(lines.size(), 1U + 2 * 3 * 2);  // targets × series × thread counts
  const auto commas = [](const std::string& line) { return std::count(line.begin(), line.end(), ','); };
  for (const std::string& line : lines) EXPECT_EQ(commas(line), commas(lines[0]));
  EXPECT_THAT(lines[0], testing::StartsWith("dataset,model,loss,l2,optimizer,batch,"));
}

TEST(Csv, LetsNoTextBecomeAFormula) {
  for (const char* name : {"=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "\rx"}) {
    record::Report report = fake_report();
    for (record::Workload& workload : report.workloads) workload.dataset = name;
    const std::string text = text_of([&](std::ostream& out) { write_csv(out, report); });
    const std::string cell = text.substr(text.find('\n') + 1, 3);
    EXPECT_TRUE(cell.starts_with("'") || cell.starts_with("\"'")) << name << " became " << cell;
  }
}

TEST(Csv, QuotesWhatHoldsCommasOrQuotes) {
  record::Report report = fake_report();
  report.workloads[0].dataset = "a,\"b\"";
  EXPECT_THAT(text_of([&](std::ostream& out) { write_csv(out, report); }), HasSubstr("\n\"a,\"\"b\"\"\","));
}

TEST(GoogleBenchmark, HasContextAndRowsWithoutNulls) {
  const auto json =
      nlohmann::json::parse(text_of([](std::ostream& out) { write_google_benchmark(out, fake_report()); }));
  EXPECT_EQ(json["benchmarks"][0]["real_time"], 52.1);
  EXPECT_FALSE(json["benchmarks"][0].contains("aggregate_name"));
  EXPECT_TRUE(json["context"].contains("num_cpus"));
  for (const auto& [key, value] : json["benchmarks"][0].items()) EXPECT_FALSE(value.is_null()) << key;
}

TEST(CiMetrics, AreNamedSecondsWhereTheTargetWasReached) {
  const auto json = nlohmann::json::parse(text_of([](std::ostream& out) { write_ci_metrics(out, fake_report()); }));
  ASSERT_EQ(json.size(), 2U + 2 * 2 * 2);  // two summaries; targets × series that reached them × thread counts
  EXPECT_EQ(json[1]["name"], "mnist/linear/softmax_cross_entropy/0.0001 best to suboptimality 0.01");
  EXPECT_EQ(json[1]["unit"], "s");
  for (const auto& metric : json) EXPECT_TRUE(metric["value"].is_number());
}

TEST(TextTable, AlignsByLettersNotBytes) {
  TextTable table({{"a"}, {"b", TextTable::Align::right}});
  table.add({"×µ", "1"});
  table.add({"abc", "22"});
  EXPECT_EQ(text_of([&](std::ostream& out) { table.write(out, false); }), "a     b\n×µ    1\nabc  22\n");
}

TEST(TextTable, DropsEmptyColumnsAndThenTheLeastImportant) {
  TextTable table({{"one"}, {"two"}, {"three", TextTable::Align::left, "", 1}});
  table.add({"1111", "", "3333"});
  EXPECT_EQ(text_of([&](std::ostream& out) { table.write(out, false); }), "one   three\n1111  3333\n");
  EXPECT_EQ(text_of([&](std::ostream& out) { table.write(out, false, 0, 8); }), "one\n1111\n");
}

}  // namespace
}  // namespace descent::report
