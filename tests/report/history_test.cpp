#include "descent/report/history.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "descent/report/text_table.hpp"

namespace descent::report {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

join::History made() {
  join::History history;
  for (int i = 0; i < 12; ++i) {
    join::Side side;
    side.label = "r" + std::to_string(i), side.date = "2026-02-" + std::to_string(10 + i), side.commit = "abcdef0123";
    history.reports.push_back(side);
  }
  history.machines = 1, history.reports_needed = 9, history.enough = true;
  for (const bool steps : {false, true}) {
    join::CellCourse cell;
    cell.loss = "hinge", cell.name = steps ? "batch 32 × 2 threads" : "batch 64 × 2 threads";
    for (std::size_t i = 0; i < 12; ++i)
      cell.reports.push_back(i), cell.seconds.push_back(steps && i >= 6 ? 1.25e-4 : 1e-4);
    if (steps) cell.steps = {{6, 0.8, 1e-4}};
    history.cells.push_back(cell);
  }
  history.failures = {"hinge, batch 32 × 2 threads: takes 1.25 times as long since r6 (2026-02-16)"};
  return history;
}

std::string page(const join::History& history, bool gate = false, std::size_t width = 120) {
  std::ostringstream out;
  write_history(out, history, gate, {false, false, width});
  return out.str();
}

TEST(HistoryPage, BeginsWithTheAnswerAndPutsSlowDownsFirst) {
  const std::string text = page(made());
  EXPECT_THAT(text, StartsWith("12 reports of 1 machine from 2026-02-10 to 2026-02-21: 1 of 2 cells has steps.\n"));
  EXPECT_THAT(text, AllOf(HasSubstr("▁▁▁▁▁▁█"), HasSubstr("2026-02-16 abcdef01 slower 1.25x")));
  EXPECT_LT(text.find("batch 32"), text.find("batch 64"));
}

TEST(HistoryPage, SaysWhatTheGateDecided) {
  EXPECT_THAT(page(made(), true),
              HasSubstr("slower by more than 10 %: failed.\n1. hinge, batch 32 × 2 threads: takes"));
  join::History fine = made();
  fine.failures.clear();
  EXPECT_THAT(page(fine, true), HasSubstr("passed."));
}

TEST(HistoryPage, SaysHowManyReportsAreNeeded) {
  join::History few = made();
  few.enough = false;
  EXPECT_THAT(page(few, false, 200),
              HasSubstr("too few to find a step in 2 cells; it takes 9 or more of one machine."));
}

TEST(HistoryPage, FitsTheTerminal) {
  for (const std::size_t width : {std::size_t{60}, std::size_t{80}}) {
    std::istringstream lines(page(made(), true, width));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), width) << line;
  }
}

}  // namespace
}  // namespace descent::report
