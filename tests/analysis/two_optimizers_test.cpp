#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <regex>
#include <sstream>

#include "analysis/make_report.hpp"
#include "descent/analysis/analyse.hpp"

namespace descent::analysis {
namespace {

using testing::add_series;
using testing::add_timing;
using ::testing::ElementsAre;
using testing::empty_report;

/// Another method with mini-batches, which needs half the steps, and twice the seconds for each step.
void add_other(record::Report& report, std::int64_t batch, double half, const std::vector<double>& speeds) {
  const std::size_t before = report.trajectories.size();
  add_series(report, batch, half, speeds);
  record::Series& series = report.series.back();
  series.id = "w/momentum/" + std::to_string(batch), series.optimizer = "momentum", series.plain_step = false;
  for (std::size_t i = before; i < report.trajectories.size(); ++i)
    report.trajectories[i].series = series.id, report.trajectories[i].optimizer = "momentum";
}

/// Gradient descent, and two methods with batches of 32, 64, 128 and all rows.
record::Report two_optimizers() {
  record::Report report = empty_report();
  testing::set_targets(report, {0.01});
  const std::vector<double> speeds{0.9, 1, 1.1};
  for (const std::int64_t batch : {32, 64, 128, 65536}) {
    add_series(report, batch, 2000 / std::sqrt(batch), speeds);
    add_other(report, batch, 1000 / std::sqrt(batch), speeds);
  }
  add_series(report, 65536, 10, {1}, 3000, true);
  for (const record::Series& series : std::vector(report.series))
    for (int i = 0; i < 5; ++i)
      add_timing(report, series.id, series.batch, 1, i,
                 {1e-7 * (100 + static_cast<double>(series.batch)) * (series.plain_step ? 1 : 2) *
                  (series.stochastic ? 1.5 : 1) * (1 + 0.01 * i)});
  return report;
}

// Methods with the same batch size have throughputs of their own, also for batches of all rows, where gradient descent
// is a third.
TEST(TwoOptimizers, AreTimedByCellsOfTheirOwn) {
  const record::Report report = analyse(two_optimizers());
  ASSERT_EQ(report.throughput.size(), report.series.size());
  for (const record::Throughput& row : report.throughput) {
    const record::Series& series = *find_series(report, row.series);
    EXPECT_EQ(row.invocations, 5) << row.series;
    EXPECT_NEAR(*row.seconds_per_step,
                1.02e-7 * (100 + static_cast<double>(series.batch)) * (series.plain_step ? 1 : 2) *
                    (series.stochastic ? 1.5 : 1),
                1e-9 * static_cast<double>(series.batch));
  }
}

TEST(TwoOptimizers, HaveReturnsAndDoublingsOfTheirOwn) {
  const record::Report report = analyse(two_optimizers());
  std::vector<std::string> of_returns, of_doublings;
  for (const record::Returns& row : report.returns) {
    of_returns.push_back(row.optimizer);
    EXPECT_THAT(row.batches_used, ElementsAre(32, 64, 128, 65536)) << row.optimizer;
  }
  EXPECT_THAT(of_returns, ElementsAre("sgd", "momentum"));
  for (const record::Doubling& row : report.doublings) {
    of_doublings.push_back(row.optimizer);
    EXPECT_NEAR(*row.step_gain, std::sqrt(2), 0.05) << row.optimizer << row.batch;  // S is proportional to B^(-1/2)
  }
  EXPECT_THAT(of_doublings, ElementsAre("sgd", "sgd", "momentum", "momentum"));
}

TEST(TwoOptimizers, StandInTheNamesOfCellsWhereTheirBatchesCollide) {
  const record::Report both = two_optimizers();
  const auto name = [](const record::Report& report, const char* id) {
    return cell_name(report, *find_cell(report, id));
  };
  EXPECT_EQ(name(both, "w/momentum/64/reshuffle/fused/1"), "momentum, batch 64 × 1 thread");
  EXPECT_EQ(name(both, "w/sgd/64/reshuffle/fused/1"), "sgd, batch 64 × 1 thread");
  EXPECT_EQ(name(both, "w/gd/65536/none/fused/1"), "gd, batch full × 1 thread");
  record::Report one = two_optimizers();
  std::erase_if(one.series, [](const record::Series& series) { return series.optimizer == "momentum"; });
  EXPECT_EQ(name(one, "w/sgd/65536/reshuffle/fused/1"), "batch 65536 × 1 thread");
  EXPECT_EQ(name(one, "w/gd/65536/none/fused/1"), "batch full × 1 thread");
}

// The theory of steps w − α g holds for no other steps.
TEST(TwoOptimizers, TheoryOfGradientDescentIsHeldAgainstPlainStepsAlone) {
  record::Report report = two_optimizers();
  report.workloads[0].curvature_least = 0.01, report.workloads[0].curvature_most = 0.5;
  for (record::Series& series : report.series) {
    series.chosen_lr = 0.5;
    if (series.optimizer == "gd") series.plain_step = false;
  }
  for (const record::Convergence& row : analyse(report).convergence) EXPECT_FALSE(row.theory_rate) << row.series;
  report.series.back().plain_step = true;
  const record::Report analysed = analyse(report);
  EXPECT_NEAR(*analysed.convergence.back().theory_rate, 0.995 * 0.995, 1e-12);
  for (const record::CurveNoise& row : analysed.curve_noise) {
    const record::Series& series = *find_series(analysed, row.series);
    EXPECT_EQ(row.lyapunov_status == "not_plain", series.stochastic && !series.plain_step) << row.series;
  }
}

std::string text_of(const record::Report& report) {
  std::ostringstream out;
  write_report(out, report);
  return out.str();
}

/// Replaces names that are whole words. Ids have no meaning, and contain none of the names.
std::string renamed(std::string text, const std::vector<std::pair<std::string, std::string>>& names) {
  for (const auto& [from, to] : names) text = std::regex_replace(text, std::regex("\\b" + from + "\\b"), to);
  return text;
}

// The analysis has to be the same if optimizers, losses and the preset have made-up names.
TEST(Analyse, KnowsNoOptimizerLossOrPresetByName) {
  record::Report report = two_optimizers();
  std::map<std::string, std::string> ids;
  const auto plain = [&](std::string& id) {
    id = ids.try_emplace(id, "id" + std::to_string(ids.size())).first->second;
  };
  for (record::Series& series : report.series) plain(series.id);
  for (record::Trajectory& run : report.trajectories) plain(run.series), plain(run.id);
  for (record::Cell& cell : report.cells) plain(cell.id);
  for (record::Timing& timing : report.timings) plain(timing.cell);
  report.context.configuration = {{"preset", "full"}, {"optimizer", "gd,sgd,momentum"}, {"loss", "logistic"}};
  record::Report made_up = report;
  const std::map<std::string, std::string> names{
      {"gd", "steep"}, {"sgd", "drawn"}, {"momentum", "heavy"}, {"logistic", "bent"}};
  for (record::Series& series : made_up.series) series.optimizer = names.at(series.optimizer);
  for (record::Trajectory& run : made_up.trajectories) run.optimizer = names.at(run.optimizer);
  for (record::Cell& cell : made_up.cells) cell.optimizer = names.at(cell.optimizer);
  for (record::Workload& workload : made_up.workloads) workload.loss = names.at(workload.loss);
  made_up.context.configuration = {{"preset", "whole"}, {"optimizer", "steep,drawn,heavy"}, {"loss", "bent"}};
  const std::string back =
      renamed(text_of(analyse(made_up)),
              {{"steep", "gd"}, {"drawn", "sgd"}, {"heavy", "momentum"}, {"bent", "logistic"}, {"whole", "full"}});
  EXPECT_TRUE(back == text_of(analyse(report)));
}

}  // namespace
}  // namespace descent::analysis
