#include "report/page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "descent/core/text.hpp"
#include "descent/report/exporters.hpp"
#include "report/fake.hpp"

namespace descent::report {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string terminal(const record::Report& report, bool explain = false) {
  std::ostringstream out;
  write_table(out, report, {false, explain, "", true, 1000});
  return out.str();
}

std::string markdown(const record::Report& report) {
  std::ostringstream out;
  write_markdown(out, report);
  return out.str();
}

/// The line that begins with `label`.
std::string line_of(const std::string& text, const std::string& label) {
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(label)) return line;
  return "";
}

/// Collects the labels of lines, the titles of columns and the labels of rows that a page prints.
class Labels : public Page {
 public:
  std::set<std::string> lines, columns, rows;
  void heading(const std::string&) override {}
  void say(const std::string&, Ink) override {}
  void item(int, const std::string&, Ink) override {}
  void fact(const std::string& label, const std::string&, Ink) override { lines.insert(label); }
  void table(const TextTable& table) override {
    std::ostringstream out;
    table.write_markdown(out);
    std::istringstream in(out.str());
    std::string line;
    std::getline(in, line);
    std::vector<std::string> head;
    for (const std::string_view cell : core::split(line, '|'))
      if (!core::trim(cell).empty()) head.emplace_back(core::trim(cell));
    if (head.size() < 2 || head[1].find_first_not_of("0123456789,") != std::string::npos) {
      columns.insert(head.begin(), head.end());
      return;
    }
    rows.insert(head[0]);  // the columns are batch sizes, so that each row begins with a label
    std::getline(in, line);
    while (std::getline(in, line)) rows.emplace(core::trim(core::split(line, '|').at(1)));
  }
};

/// Two workloads with noise, doublings and a comparison of losses. Only the second workload has series with a rule, and
/// rates tuned for another target.
record::Report rich_report() {
  record::Report report = fake_report();
  record::Report other = fake_report();
  const std::string id = "mnist/linear/multiclass_svm/0.0001";
  other.workloads[0].id = id, other.workloads[0].loss = "multiclass_svm";
  for (record::Series& series : other.series) series.workload = id, series.id = "svm " + series.id;
  other.series[1].lr_rule = record::RateRule::sqrt;
  for (record::Series& series : other.series) series.tuned_for = 0.1;
  const auto append = [](auto& to, auto& from) { to.insert(to.end(), from.begin(), from.end()); };
  for (record::Convergence& row : other.convergence) row.series = "svm " + row.series;
  for (record::TimeToTarget& row : other.time_to_target) row.series = "svm " + row.series;
  for (record::Throughput& row : other.throughput) row.series = "svm " + row.series;
  for (record::Summary& row : other.summary) row.workload = id, row.best_series = "svm " + row.best_series;
  append(report.workloads, other.workloads), append(report.series, other.series);
  append(report.convergence, other.convergence), append(report.time_to_target, other.time_to_target);
  append(report.throughput, other.throughput), append(report.summary, other.summary);
  for (const std::int64_t batch : {32, 64}) {
    record::BatchNoise row;
    row.workload = report.workloads[0].id, row.checkpoint = "0.01", row.sampling = record::Sampling::iid_distinct;
    row.delta = 0.01, row.batch = batch, row.predicted_sd = 3.0, row.relative_sd = 6.0;
    row.absolute_gain = 0.5, row.relative_gain = 0.293, row.step_gain = 1.9;
    report.batch_noise.push_back(row);
  }
  for (record::Doubling& doubling : report.doublings) {
    doubling.step_gain_low = 1.5, doubling.step_gain_high = 2.5, doubling.regime = record::word("perfect");
    doubling.time_gain = 1.25, doubling.time_gain_low = 1.125;
    doubling.noise_gain_absolute = 0.0518, doubling.noise_gain_relative = 0.2929;
  }
  record::Returns& returns = report.returns[0];
  returns.s_min = 340, returns.b_crit = 158, returns.b_crit_low = 120, returns.b_crit_high = 200;
  returns.fit_status = record::word("ok"), returns.best_batch_model = 210, returns.best_threads = 2;
  for (record::TimeToTarget& row : report.time_to_target) row.pareto = row.seconds && row.cell.ends_with("/2");
  for (record::Convergence& row : report.convergence) {
    if (row.deterministic) {
      row.rate = 0.9876, row.rate_low = 0.985, row.rate_high = 0.99, row.rate_status = record::word("ok");
      row.tail_ratio = 0.9871, row.tail_status = record::word("ok"), row.theory_rate = 0.987,
      row.theory_kind = record::word("curvature");
    } else if (row.ert_steps) {
      row.few_seeds = true, row.mean_low = 4000, row.mean_high = 5000;
    }
  }
  for (record::Summary& row : report.summary) {
    row.others = {"linear: batch 64 × 2 threads, 0.2 s"}, row.tuning_core_seconds = 5;
    row.cheapest_cell = add_cell_of(report, fake_series(report.workloads[0].id, "sgd", 64), "fused", 1);
  }
  for (const char* loss : {"softmax_cross_entropy", "multiclass_svm"}) {
    record::LossAtAccuracy row;
    row.dataset = "mnist", row.workload = fmt::format("mnist/linear/{}/0.0001", loss), row.status = record::word("ok");
    row.series = report.series[0].id, row.cell = report.cells[1].id, row.steps = 100, row.seconds = 0.1, row.ratio = 1;
    if (row.workload == id) row.ratio = 1.5;
    report.losses_at_accuracy.push_back(row);
  }
  return report;
}

TEST(Explain, HasAFootnoteForEveryColumnRowAndLineThatIsPrintedOfAllWorkloads) {
  const record::Report report = rich_report();
  Labels labels;
  write_page(labels, report, true);
  const std::string text = terminal(report, true), notes = text.substr(text.find("\n\n", text.find("\nspent     ")));
  const auto expect = [&](const std::string& label) {
    const std::size_t width = display_width(label);
    const std::string head = label + std::string(width < 24 ? 24 - width : 1, ' ');
    const std::size_t at = notes.find("\n" + head);
    EXPECT_NE(at, std::string::npos) << "--explain has no footnote for '" << label << "'";
    EXPECT_EQ(notes.find("\n" + head, at + 1), std::string::npos) << "'" << label << "' has two footnotes";
  };
  EXPECT_THAT(labels.columns, testing::IsSupersetOf({"optimizer", "rule", "tuned for", "to the fastest", "loss"}));
  EXPECT_THAT(labels.rows,
              testing::IsSupersetOf({"batch", "doubling takes off", "… of this noise", "… and saves steps"}));
  for (const std::string& label : labels.columns) expect(label);
  for (const std::string& label : labels.rows) expect(label);
  // The lines "note", "~" and "!" explain themselves.
  for (const std::string& label : labels.lines)
    if (label != "note" && label != "~" && label != "!") expect(label);
  EXPECT_THAT(terminal(report), Not(HasSubstr("the method; `descent list`"))) << "only with --explain";
}

TEST(Page, ComparesLossesFastestFirstAndMarksWhatIsNotToBeLeantOn) {
  record::Report report = rich_report();
  record::LossAtAccuracy &first = report.losses_at_accuracy[1], &second = report.losses_at_accuracy[0];
  first.seconds = 0.05, first.low = 0.04, first.high = 0.06, first.ratio = 1;
  second.ratio = 2, second.ratio_low = 1.5, second.ratio_high = 2.5;
  for (record::LossAtAccuracy& row : report.losses_at_accuracy) row.target_accuracy = 0.868;
  EXPECT_THAT(
      terminal(report),
      HasSubstr(
          "losses compared by the time to 86.80 % validation accuracy\nmulticlass_svm is the fastest: 50.0 ms with "
          "batch 128 on 2 threads. softmax_cross_entropy takes 2.0 times as long (0.100 s)."));
  EXPECT_THAT(markdown(report), HasSubstr("| multiclass_svm | 128 | 2 | 100 | 50.0 ms | [40.0, 60.0] | fastest |\n"
                                          "| softmax_cross_entropy | 128 | 2 | 100 | 0.100 s |  | 2x [1.5, 2.5] |\n"));
  second.ratio_low = 0.9;
  EXPECT_THAT(
      terminal(report),
      HasSubstr("multiclass_svm took the least time: 50.0 ms with batch 128 on 2 threads. softmax_cross_entropy "
                "took 2.0 times as long (0.100 s), but that may be chance."));
  for (record::Throughput& cell : report.throughput) cell.suspect = true;
  EXPECT_THAT(markdown(report), HasSubstr("| 0.100 s ? |  | 2x [0.9, 2.5], perhaps as fast |"));
  second.seconds.reset(), second.ratio.reset(), second.status = record::word("not_reached");
  EXPECT_THAT(markdown(report), HasSubstr("| softmax_cross_entropy |  |  |  |  |  | not reached within the budget |"));
  report.workloads[1].loss = report.workloads[0].loss;
  EXPECT_THAT(markdown(report), HasSubstr("| softmax_cross_entropy, l2 0.0001 |"));
  report.losses_at_accuracy.clear();
  EXPECT_THAT(terminal(report), Not(HasSubstr("losses compared")));
}

TEST(Page, SaysWhatTheModelOfReturnsGivesOrThatItWasRejected) {
  record::Report report = rich_report();
  EXPECT_EQ(line_of(terminal(report), "model "),
            "model     steps = 340 (1 + B_crit/B), B_crit 158 [120, 200]; fastest by it: batch 210 on 2 threads");
  record::Returns& returns = report.returns[0];
  returns.fit_status = record::word("lack_of_fit"), returns.lack_of_fit_p = 0.0231;
  EXPECT_THAT(line_of(terminal(report), "model "), HasSubstr("does not fit (p 0.023), so do not use it"));
  returns.fit_status = record::word("beyond_range"), returns.b_crit.reset(), returns.b_crit_high.reset();
  returns.best_batch_model.reset();
  EXPECT_EQ(
      line_of(terminal(report), "model "),
      "model     steps = 340 (1 + B_crit/B), B_crit without bound [120, …): an extrapolation beyond the batches tried");
  returns.lr_rule = record::RateRule::linear;
  EXPECT_EQ(line_of(terminal(report), "model "), "") << "the model is printed only for the tuned series";
}

TEST(Page, HasTheThreeReadingsOfADoublingInTheNoiseTableAndInFullWhereThereIsRoom) {
  const record::Report report = rich_report();
  EXPECT_THAT(line_of(terminal(report), "… and saves time"), HasSubstr("1.25x"));
  EXPECT_THAT(terminal(report), Not(HasSubstr("perfect")));
  EXPECT_THAT(markdown(report),
              HasSubstr("| 32→64 | 1.90x [1.50, 2.50] | perfect | 1.25x [1.12, …) | 0.0518 | 29.3 % |"));
  record::Report bounded = report;
  record::Doubling& last = bounded.doublings[0];
  last.step_gain.reset(), last.step_gain_high.reset(), last.regime = record::word("none");
  EXPECT_THAT(markdown(bounded), HasSubstr("| 8,192→16,384 | >1.50x |  | 1.25x"));
}

TEST(Page, NamesTheParetoSetFastestFirst) {
  const record::Report report = rich_report();
  // Batch 128 takes 4,700 steps of 52.1 µs, the full batch of 60,000 takes 852 steps of 18.4 ms.
  EXPECT_EQ(line_of(terminal(report), "pareto "),
            "pareto    batch 128 on 2 threads: 0.245 s, 602 k examples; full-batch gradient descent on 2 threads: 15.6 "
            "s, 51.1 "
            "M examples");
  EXPECT_THAT(markdown(report), HasSubstr("| 128 | 2 | 0.245 s [.233, .257] | 602 k |"));
}

TEST(Page, HoldsTheRateOfGradientDescentAgainstTheory) {
  EXPECT_EQ(
      line_of(terminal(rich_report()), "rate "),
      "rate      a step of gd takes off f − f*: 1.29 % at the end of its run, for steps soon after it; 1.30 % in the "
      "long run, by theory (curvature); 1.24 % [1.00, 1.50] on average over its run");
}

TEST(Page, MarksFewSeedsAndRatesTunedForAnotherTarget) {
  record::Report report = rich_report();
  EXPECT_THAT(terminal(report),
              HasSubstr("Steps of some batch sizes rest on 5 seeds, so that their intervals are wide"));
  EXPECT_THAT(markdown(report), HasSubstr("| 4,700 [4,000, 5,000] |"));
  EXPECT_THAT(line_of(terminal(report), "Until "), Not(HasSubstr("searched")));
  for (record::Series& series : report.series) series.tuned_for = 0.01;
  EXPECT_THAT(line_of(terminal(report), "Until "), HasSubstr("at a learning rate that was searched for 1 %"));
  EXPECT_THAT(terminal(report), Not(HasSubstr("tuned for  "))) << "no column if all rates were tuned for this target";
  std::ostringstream csv;
  write_csv(csv, report);
  EXPECT_THAT(csv.str(), HasSubstr(",lr_rule,tuned_for,lr,"));
  EXPECT_THAT(csv.str(), HasSubstr(",tuned,0.01,0.22,suboptimality,0.1,"));
}

}  // namespace
}  // namespace descent::report
