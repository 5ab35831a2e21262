#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "descent/report/history.hpp"
#include "report/comparison_words.hpp"
#include "report/format.hpp"
#include "report/page.hpp"
#include "report/phrases.hpp"

namespace descent::report {
namespace {

constexpr std::size_t kMostCells = 16, kMostMarks = 24;

/// A mark for each of the last reports, higher where a step took longer.
std::string course_of(const join::CellCourse& cell) {
  static constexpr const char* kMarks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const std::size_t from = cell.seconds.size() > kMostMarks ? cell.seconds.size() - kMostMarks : 0;
  const auto [least, most] =
      std::minmax_element(cell.seconds.begin() + static_cast<std::ptrdiff_t>(from), cell.seconds.end());
  std::string text = from > 0 ? "…" : "";
  // Less than a tenth from the least to the most fills less than the whole height: noise is not to look like steps.
  const double span = std::max(std::log(*most / *least), 0.1);
  for (std::size_t i = from; i < cell.seconds.size(); ++i)
    text += kMarks[std::min<std::size_t>(7, static_cast<std::size_t>(8 * std::log(cell.seconds[i] / *least) / span))];
  return text;
}

std::string when(const join::Side& report) {
  const std::string commit = report.commit.substr(0, 8);
  return fmt::format("{}{}", report.date.substr(0, 10), commit.empty() ? "" : " " + commit);
}

std::string step_text(const join::HistoryStep& step, const std::vector<join::Side>& reports) {
  return fmt::format("{} {} {}", when(reports[step.at]), step.ratio < 1 ? "slower" : "faster",
                     ratio_text(step.ratio < 1 ? 1 / step.ratio : step.ratio, {}, {}) + "x");
}

/// Those whose last step is the largest slow-down first, then other steps, then the others.
double weight_of(const join::CellCourse& cell) { return cell.steps.empty() ? 10 : std::log(cell.steps.back().ratio); }

std::string first_sentence(const join::History& history) {
  const auto stepped = std::count_if(history.cells.begin(), history.cells.end(),
                                     [](const join::CellCourse& cell) { return !cell.steps.empty(); });
  const std::string first = history.reports.front().date.substr(0, 10),
                    last = history.reports.back().date.substr(0, 10);
  const std::string what = fmt::format(
      "{} of {} {}", counted(static_cast<std::int64_t>(history.reports.size()), "report"),
      counted(history.machines, "machine"), first == last ? "of " + first : fmt::format("from {} to {}", first, last));
  const auto cells = static_cast<std::int64_t>(history.cells.size());
  if (!history.enough)
    return fmt::format("{}: too few to find a step in {}; it takes {} or more of one machine.", what,
                       counted(cells, "cell"), history.reports_needed);
  if (stepped == 0) return fmt::format("{}: no step in any of {}.", what, counted(cells, "cell"));
  return fmt::format("{}: {} of {} {} steps.", what, stepped, counted(cells, "cell"), stepped == 1 ? "has" : "have");
}

TextTable table_of(const join::History& history, std::size_t most) {
  using enum TextTable::Align;
  std::vector<const join::CellCourse*> cells;
  std::set<std::string> losses;
  for (const join::CellCourse& cell : history.cells) cells.push_back(&cell), losses.insert(cell.loss);
  std::stable_sort(cells.begin(), cells.end(),
                   [](const join::CellCourse* a, const join::CellCourse* b) { return weight_of(*a) < weight_of(*b); });
  if (cells.size() > most) cells.resize(most);
  TextTable table({{"loss", left, "", 2},
                   {"cell"},
                   {"reports", right, "", 3},
                   {"first\n/step", right, "", 2},
                   {"last\n/step", right, "", 1},
                   {"course", left, "a mark for each report, higher where a step took longer", 1},
                   {"last step"}});
  for (const join::CellCourse* cell : cells) {
    const bool slower = !cell->steps.empty() && cell->steps.back().ratio < 1;
    table.add({losses.size() > 1 ? cell->loss : "",
               cell->name,
               std::to_string(cell->seconds.size()),
               seconds_with_interval(cell->seconds.front(), {}, {}),
               seconds_with_interval(cell->seconds.back(), {}, {}),
               course_of(*cell),
               {cell->steps.empty() ? "" : step_text(cell->steps.back(), history.reports),
                slower ? Ink::warning : Ink::good}});
  }
  return table;
}

}  // namespace

void write_history(std::ostream& out, const join::History& history, bool gate, const ComparisonPage& options) {
  const std::unique_ptr<Page> page = terminal_page(out, options.color, options.width);
  page->say(first_sentence(history), Ink::strong);
  if (gate) {
    page->say(fmt::format("Gate, last step slower by more than {}: {}.", percent(history.fail_if_slower),
                          history.failures.empty() ? "passed" : "failed"),
              history.failures.empty() ? Ink::good : Ink::warning);
    int number = 0;
    for (const std::string& failure : history.failures) page->item(++number, failure + ".", Ink::warning);
  }
  const std::size_t most = options.details ? history.cells.size() : kMostCells;
  page->heading("");
  page->table(table_of(history, most));
  if (history.cells.size() > most)
    page->say(
        fmt::format("{} more: --details.", counted(static_cast<std::int64_t>(history.cells.size() - most), "cell")),
        Ink::faint);
  page->say(fmt::format("Of histories without a step at most {} show one.", percent(history.level)), Ink::faint);
}

}  // namespace descent::report
