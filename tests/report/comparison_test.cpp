#include "descent/report/comparison.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "descent/report/text_table.hpp"

namespace descent::report {
namespace {

using join::CellVerdict;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

join::CellRatio cell(std::int64_t batch, CellVerdict verdict, double ratio, join::Reason reason = {}) {
  join::CellRatio row;
  row.cell = "w/sgd/" + std::to_string(batch), row.workload = "w", row.loss = "hinge", row.optimizer = "sgd";
  row.batch = batch, row.engine = "fused", row.threads = 2,
  row.name = "batch " + std::to_string(batch) + " × 2 threads";
  row.verdict = verdict, row.reason = reason;
  row.ratio = ratio, row.low = ratio * 0.97, row.high = ratio * 1.03;
  row.interval_kind = join::RatioInterval::ranks;
  row.base_seconds = 1e-4, row.new_seconds = 1e-4 / ratio, row.base_processes = row.new_processes = 8;
  row.p = row.q = 1e-3, row.margin = 0.02, row.p_beyond = row.p_holm = row.p_slower_holm = 0.004;
  row.detectable = 0.043;
  return row;
}

/// A comparison of 44 cells, of which 42 are faster and two the same.
join::Comparison made() {
  join::Comparison comparison;
  comparison.base = {"old", "old.json", "2026-01-01", "a CPU", "abc", "GCC 12", 2, 8, 44};
  comparison.found = {"new", "new.json", "2026-01-02", "a CPU", "def", "GCC 12", 2, 8, 44};
  comparison.same_machine = comparison.same_arithmetic = true;
  comparison.same_within = 0.02, comparison.steps = join::StepsVerdict::equal;
  comparison.differences = {{join::Fingerprint::build, "git_commit", "abc", "def", ""}};
  for (int i = 0; i < 44; ++i)
    comparison.cells.push_back(cell(8 + i, i < 42 ? CellVerdict::faster : CellVerdict::same, i < 42 ? 1.3 : 1.0));
  join::GroupRatio all;
  all.cells = 44, all.faster = 42, all.same = 2, all.ratio = 1.31, all.low = 1.27, all.high = 1.35;
  comparison.groups = {all};
  return comparison;
}

std::string page(const join::Comparison& comparison, std::size_t width = 100, bool details = false) {
  std::ostringstream out;
  write_comparison(out, comparison, {false, details, width});
  return out.str();
}

std::string written(const std::string& format, const join::Comparison& comparison) {
  std::ostringstream out;
  ComparisonFormats::instance().make("format", format)->write(out, comparison);
  return out.str();
}

TEST(ComparisonPage, BeginsWithTheAnswer) {
  EXPECT_THAT(page(made(), 140),
              StartsWith("new is 1.31 [1.27, 1.35] times as fast as old; 42 of 44 cells faster, none "
                         "slower, 2 the same.\n"));
  join::Comparison slower = made();
  slower.groups[0].faster = 0, slower.groups[0].slower = 44, slower.groups[0].same = 0;
  slower.groups[0].ratio = 0.8, slower.groups[0].low = 0.5, slower.groups[0].high = 0.9;
  EXPECT_THAT(page(slower, 140),
              StartsWith("new takes 1.25 [1.11, 2.00] times as long as old; all 44 cells slower, none "
                         "faster.\n"));
  join::Comparison same = made();
  same.groups[0].faster = 0, same.groups[0].same = 44, same.groups[0].ratio = 1;
  EXPECT_THAT(page(same, 140), StartsWith("new is as fast as old: 1.00 "));
  join::Comparison some = made();
  some.cells[0] = cell(8, CellVerdict::inconclusive, 1.1, join::Reason::not_shown);
  some.groups[0].faster = 41, some.groups[0].inconclusive = 1;
  EXPECT_THAT(page(some, 200), HasSubstr("41 of 44 cells faster, none slower, 2 the same, 1 inconclusive: it may be "
                                         "chance.\n"));
  join::Comparison mixed = made();
  mixed.groups[0].faster = 3, mixed.groups[0].slower = 2, mixed.groups[0].same = 39;
  mixed.groups[0].ratio = 0.9, mixed.groups[0].low = 0.8, mixed.groups[0].high = 1.1;
  EXPECT_THAT(page(mixed, 200), StartsWith("new against old: 3 of 44 cells faster, 2 slower, 39 the same. Over all "
                                           "cells together it took 1.11 [0.91, 1.25] times as long as old, which may "
                                           "be chance.\n"));
}

/// A comparison of eight cells that took 1.25 times as long; for none of them alone this is shown.
join::Comparison undecided() {
  join::Comparison comparison = made();
  comparison.cells.clear();
  for (int i = 0; i < 8; ++i)
    comparison.cells.push_back(
        cell(8 + i, CellVerdict::inconclusive, 0.8, i < 7 ? join::Reason::within_runs : join::Reason::sentinels));
  join::GroupRatio& all = comparison.groups[0];
  all = {}, all.cells = all.inconclusive = 8, all.ratio = 0.8, all.low = 0.64, all.high = 0.9;
  return comparison;
}

// One sentence says what all cells together show, that no single cell shows it, and why not.
TEST(ComparisonPage, WithoutAVerdictTheAnswerSaysWhatIsSeenAndWhyItIsNotShown) {
  join::Comparison comparison = undecided();
  EXPECT_THAT(page(comparison, 300),
              StartsWith("Inconclusive: new took 1.25 [1.11, 1.56] times as long as old over all 8 cells together, but "
                         "no cell by itself is shown to be slower: two runs of one build may differ by as much (7 "
                         "cells); the machine itself changed by as much (1 cell).\n"));
  for (join::CellRatio& row : comparison.cells) row.reason = join::Reason::too_few;
  comparison.base.processes = 3, comparison.found.processes = 4;
  comparison.groups[0].ratio = 1.02, comparison.groups[0].low = 0.97, comparison.groups[0].high = 1.07;
  EXPECT_THAT(page(comparison, 300),
              StartsWith("Inconclusive: new took 0.98 [0.93, 1.03] times as long as old over all 8 cells together, and "
                         "no cell by itself is shown to be faster or slower: 3 and 4 processes are too few.\n"));
  comparison.cells[0].verdict = CellVerdict::same, comparison.cells[0].reason = join::Reason::none;
  comparison.groups[0].same = 1, comparison.groups[0].inconclusive = 7;
  EXPECT_THAT(page(comparison, 300), HasSubstr("; 1 the same, 7 inconclusive: 3 and 4 processes are too few.\n"));
}

// The reader has to learn why a cell is inconclusive, and which differences could have been shown.
TEST(ComparisonPage, EachInconclusiveCellSaysWhyAndWhatCouldHaveBeenShown) {
  for (const std::size_t width : {std::size_t{80}, std::size_t{140}})
    EXPECT_THAT(page(undecided(), width),
                AllOf(HasSubstr("two runs may differ by 2 %\n"), HasSubstr("the machine changed as much\n")));
  EXPECT_THAT(page(undecided(), 140), AllOf(HasSubstr("0.96 to 1.04"), HasSubstr("for 8 cells at once and for what two "
                                                                                 "runs")));
  join::Comparison few = undecided();
  few.cells[0].detectable = std::nullopt, few.cells[0].reason = join::Reason::too_few;
  EXPECT_THAT(page(few, 140), HasSubstr("never  too few processes\n"));
  EXPECT_THAT(written("junit", undecided()), HasSubstr("inconclusive: 0.80 [0.78, 0.82] times as fast (two runs may "
                                                       "differ by 2 %)"));
}

TEST(ComparisonPage, BestCellsNameTheirTargetAndCountsOfNoneAreZero) {
  join::Comparison comparison = undecided();
  for (const auto& [kind, value] :
       {std::pair{record::TargetKind::suboptimality, 0.1}, {record::TargetKind::accuracy, 0.005}})
    comparison.best.push_back({"w", "hinge", kind, value, "batch 8 × 2 threads", "batch 8 × 2 threads", 1e-3, 9e-4,
                               2e-3, 5e-4, 4e-4, 6e-4, 2.0, 1.5, 2.5});
  for (const std::size_t width : {std::size_t{80}, std::size_t{140}})
    EXPECT_THAT(page(comparison, width), AllOf(HasSubstr("hinge          10 % of gap "),
                                               HasSubstr("hinge          accuracy within 0.5 points ")));
  EXPECT_THAT(page(comparison, 140), HasSubstr("[0.64, 0.90]       0       0     0        8\n"));
}

TEST(ComparisonPage, ChangedWeightsAreTheAnswerWhateverTheTimes) {
  join::Comparison changed = made();
  changed.steps = join::StepsVerdict::changed;
  changed.differences.push_back({join::Fingerprint::steps, "run w/1: weights_hash", "h1", "h2", ""});
  EXPECT_THAT(page(changed, 200),
              StartsWith("new computes other values than old though its arithmetic is the same: run "
                         "w/1: weights_hash: found h2, expected h1.\n"));
}

TEST(ComparisonPage, PutsSlowerCellsFirstAndSaysHowManyAreLeftOut) {
  join::Comparison comparison = made();
  comparison.cells[30] = cell(9999, CellVerdict::slower, 0.9);
  comparison.cells[31] = cell(8888, CellVerdict::inconclusive, 0.8, join::Reason::suspect);
  const std::string text = page(comparison, 140);
  const std::size_t slower = text.find("9,999"), faster = text.find("faster  ");
  ASSERT_NE(slower, std::string::npos);
  EXPECT_LT(slower, faster);
  EXPECT_THAT(text, HasSubstr("28 cells more, which matter less: --details."));
  EXPECT_THAT(text, Not(HasSubstr("timings doubtful in both")));
  EXPECT_THAT(page(comparison, 140, true), HasSubstr("timings doubtful in both"));
}

TEST(ComparisonPage, FitsTheTerminal) {
  join::Comparison comparison = made();
  comparison.best = {{"w", "hinge", record::TargetKind::suboptimality, 0.1, "batch 8 × 2 threads",
                      "batch 16 × 2 threads", 1e-3, 9e-4, 2e-3, 5e-4, 4e-4, 6e-4, 2.0, 1.5, 2.5}};
  comparison.targets = {{"w/sgd/8", "w/sgd/8/2", "w", "hinge", "batch 8 × 2 threads", record::TargetKind::suboptimality,
                         0.1, 1e-3, 5e-4, 2.0, 1.5, 2.5, 1.0, 2.0, join::StepsVerdict::within}};
  comparison.steps = join::StepsVerdict::within;
  for (const std::size_t width : {std::size_t{80}, std::size_t{100}, std::size_t{140}}) {
    std::istringstream lines(page(comparison, width));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), width) << line;
  }
  EXPECT_THAT(page(comparison, 140),
              AllOf(HasSubstr("batch 8 × 2 threads → batch 16 × 2 threads"), HasSubstr("steps")));
}

// Machines with 2 and 64 threads have few cells in common. Which machine is faster is then answered by comparing their
// best cells.
TEST(ComparisonPage, FewCellsInCommonStandBehindTheBestOnes) {
  join::Comparison comparison = made();
  comparison.best = {{"w", "hinge", record::TargetKind::suboptimality, 0.1, "batch 8 × 2 threads",
                      "batch 16 × 64 threads", 1e-3, 9e-4, 2e-3, 5e-4, 4e-4, 6e-4, 2.0, 1.5, 2.5}};
  const auto order = [](const std::string& text) { return text.find("best cell for") < text.find("verdict"); };
  EXPECT_FALSE(order(page(comparison, 140)));
  comparison.found.cells = 200;
  EXPECT_TRUE(order(page(comparison, 140)));
}

TEST(ComparisonPage, WarnsOfEditedTablesAndTooFewProcesses) {
  join::Comparison comparison = made();
  comparison.differences.push_back(
      {join::Fingerprint::tables, "old", "", "", "/throughput/0/low: had 1, its raw tables give 2"});
  comparison.processes_needed = 8;
  EXPECT_THAT(page(comparison, 200),
              AllOf(HasSubstr("old: derived tables are not what its raw tables give: /throughput/0/low"),
                    HasSubstr("take --invocations 8 or more for both reports")));
}

TEST(ComparisonPage, SaysWhatTheGateDecided) {
  join::Comparison comparison = made();
  EXPECT_THAT(page(comparison), Not(HasSubstr("Gate")));
  comparison.gate = {join::GateKind::times, join::GateVerdict::failed, 0.1, false, {"hinge, batch 8: 20 % slower"}, {}};
  EXPECT_THAT(page(comparison), HasSubstr("Gate on times, slower by more than 10 %: failed.\n1. hinge, batch 8"));
  comparison.gate.verdict = join::GateVerdict::passed, comparison.gate.failures.clear();
  EXPECT_THAT(page(comparison), HasSubstr("passed."));
}

TEST(Machines, BestFirstWithTheSentenceOfEachComparison) {
  std::vector<join::MachineRow> rows(2);
  rows[0].label = "old", rows[1].label = "new";
  for (join::MachineRow& row : rows) row.workload = "w", row.loss = "hinge", row.best_cell = "batch 8 × 2 threads";
  rows[0].seconds = 2e-3, rows[0].ratio = 1.0, rows[1].seconds = 1e-3, rows[1].ratio = 2.0;
  const std::vector<join::Comparison> comparisons{made()};
  std::ostringstream out;
  write_machines(out, rows, comparisons, {false, false, 140});
  EXPECT_THAT(out.str(), StartsWith("new is 1.31 "));
  EXPECT_LT(out.str().find("\nnew     hinge"), out.str().find("\nold     hinge"));
}

TEST(ComparisonFormats, EachFileOfTheFolderIsRegistered) {
  std::set<std::string> files, registered;
  for (const auto& entry : std::filesystem::directory_iterator(DESCENT_SOURCE_DIR "/src/report/comparison_formats"))
    files.insert(entry.path().filename().string());
  for (const auto& entry : ComparisonFormats::instance().entries())
    registered.insert(std::filesystem::path(entry.file).filename().string());
  EXPECT_EQ(registered, files);
  EXPECT_GE(files.size(), 6U);
}

TEST(ComparisonFormats, CsvHasAColumnForEveryMember) {
  join::Comparison comparison = made();
  comparison.cells[0].name = "a, \"b\"";
  std::istringstream lines(written("csv", comparison));
  std::string head, first;
  std::getline(lines, head), std::getline(lines, first);
  EXPECT_THAT(head, StartsWith("cell,workload,loss,"));
  EXPECT_THAT(first, AllOf(HasSubstr("\"a, \"\"b\"\"\""), HasSubstr(",faster,none,1.3,"), HasSubstr(",ranks,")));
  EXPECT_EQ(head.back(), '\r');
}

TEST(ComparisonFormats, JunitFailsWhatTheGateFailsAndSkipsWhatIsUndecided) {
  join::Comparison comparison = made();
  comparison.gate.kind = join::GateKind::times;
  for (join::CellRatio& row : comparison.cells) row.gate = join::GateVerdict::passed;
  comparison.cells[0].gate = join::GateVerdict::failed, comparison.cells[0].loss = "a<b&\"c\"";
  comparison.cells[1].gate = join::GateVerdict::undecided;
  const std::string xml = written("junit", comparison);
  EXPECT_THAT(xml,
              AllOf(HasSubstr("tests=\"45\" failures=\"1\" errors=\"0\" skipped=\"1\""),
                    HasSubstr("classname=\"a&lt;b&amp;&quot;c&quot;\""), HasSubstr("<failure message=\"faster: ")));
  comparison.steps = join::StepsVerdict::changed;  // --gate times ignores this
  comparison.differences.push_back({join::Fingerprint::steps, "run w/1: weights_hash", "h1", "h2", ""});
  EXPECT_THAT(written("junit", comparison), HasSubstr("failures=\"1\""));
  comparison.gate.kind = join::GateKind::both;
  EXPECT_THAT(written("junit", comparison), HasSubstr("failures=\"2\""));
}

TEST(ComparisonFormats, MetricsHaveTheShapeThatTheirReadersAskFor) {
  join::Comparison comparison = made();
  const auto smaller = nlohmann::json::parse(written("smaller-is-better", comparison));
  ASSERT_EQ(smaller.size(), 44U);
  EXPECT_EQ(smaller[0].at("unit"), "s/step");
  EXPECT_NEAR(smaller[0].at("value").get<double>(), 1e-4 / 1.3, 1e-12);
  const auto bigger = nlohmann::json::parse(written("bigger-is-better", comparison));
  ASSERT_EQ(bigger.size(), 45U);
  EXPECT_EQ(bigger[0].at("name"), "all cells");
  EXPECT_EQ(bigger[0].at("range"), "1.27 to 1.35");
  const auto bencher = nlohmann::json::parse(written("bencher", comparison));
  const auto& one = bencher.at("hinge, batch 8 × 2 threads");
  EXPECT_NEAR(one.at("latency").at("value").get<double>(), 1e5 / 1.3, 1e-6);
  EXPECT_EQ(one.at("times-as-fast").at("value"), 1.3);
  EXPECT_LT(one.at("times-as-fast").at("lower_value").get<double>(), 1.3);
}

}  // namespace
}  // namespace descent::report
