#include "descent/join/history.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "join/pair.hpp"

namespace descent::join {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Reports of one cell, one for each day. In report k its times are factor(k) times as long.
std::vector<record::Report> course(int count, const std::function<double(int)>& factor) {
  std::vector<record::Report> reports;
  for (int k = 0; k < count; ++k) {
    reports.push_back(made_report(1, 4, [&](int, int process) { return 1e-4 * factor(k) * off(k, process); }));
    reports.back().context.date = fmt::format("2026-02-{:02}T00:00:00+00:00", k + 1);
  }
  return reports;
}

History history(const std::vector<record::Report>& reports) {
  std::vector<Labelled> labelled;
  for (const record::Report& report : reports)
    labelled.push_back({"r" + report.context.date.substr(8, 2), "", &report});
  std::reverse(labelled.begin(), labelled.end());  // the order in the folder does not matter
  return history_of(labelled, 0.1);
}

TEST(History, FindsTheStepByDateAndFailsWhereItIsTheLast) {
  const History found = history(course(10, [](int k) { return k < 5 ? 1 : 1.25; }));
  ASSERT_EQ(found.cells.size(), 1U);
  ASSERT_EQ(found.cells[0].steps.size(), 1U);
  EXPECT_EQ(found.cells[0].steps[0].at, 5U);
  EXPECT_NEAR(found.cells[0].steps[0].ratio, 1 / 1.25, 0.01);
  EXPECT_EQ(found.reports[5].label, "r06");
  EXPECT_THAT(found.failures, ElementsAre(HasSubstr("takes 1.25 times as long since r06 (2026-02-06)")));
}

TEST(History, ASlowDownThatWasUndoneDoesNotFail) {
  const History found = history(course(27, [](int k) { return k < 9 || k >= 18 ? 1 : 1.3; }));
  ASSERT_EQ(found.cells[0].steps.size(), 2U);
  EXPECT_THAT(found.failures, IsEmpty());
}

TEST(History, SmallStepsAreToldButDoNotFail) {
  const History found = history(course(12, [](int k) { return k < 6 ? 1 : 1.06; }));
  EXPECT_EQ(found.cells[0].steps.size(), 1U);
  EXPECT_THAT(found.failures, IsEmpty());
}

TEST(History, SaysHowManyReportsAStepNeeds) {
  const History found = history(course(5, [](int k) { return k < 2 ? 1 : 2; }));
  EXPECT_THAT(found.cells[0].steps, IsEmpty());
  EXPECT_FALSE(found.enough);
  EXPECT_EQ(found.reports_needed, 8);  // four before the step and four after it: p is 2/C(8, 4) = .029
}

TEST(History, MachinesHaveCoursesOfTheirOwn) {
  std::vector<record::Report> reports = course(10, [](int k) { return k % 2 == 0 ? 1 : 2; });
  for (std::size_t k = 1; k < reports.size(); k += 2) reports[k].context.machine["model"] = "another";
  const History found = history(reports);
  EXPECT_EQ(found.machines, 2);
  ASSERT_EQ(found.cells.size(), 2U);
  for (const CellCourse& cell : found.cells) {
    EXPECT_EQ(cell.seconds.size(), 5U);
    EXPECT_THAT(cell.steps, IsEmpty());
  }
}

}  // namespace
}  // namespace descent::join
