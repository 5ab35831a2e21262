#include "report/answer_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "report/format.hpp"

namespace descent::report {
namespace {

using Cell = TextTable::Cell;
using enum TextTable::Align;

constexpr const char* kInterval = "[95 %]";
constexpr const char* kIntervalNote =
    "95 % interval of the figure before it: of seconds in this run of the program, not on another day";
constexpr std::size_t kMostThreadColumns = 3;

/// The unit of a column of seconds: that of its smallest value, so that no figure has zeros after its point.
struct Unit {
  double seconds = 1e-3;
  const char* name = "ms";
};

Unit unit_of(const std::vector<Row>& rows) {
  double least = 1;
  for (const Row& row : rows)
    for (const TimedCell& timed : row.cells)
      if (timed.seconds_per_step()) least = std::min(least, *timed.seconds_per_step());
  return least < 1e-4 ? Unit{1e-6, "µs"} : Unit{};
}

/// "[342, 600]", "[342, …)" where no upper end is known.
std::string ends(const record::Real& low, const record::Real& high, double unit, std::string (*number)(double)) {
  const auto scaled = [&](const record::Real& value) { return value ? record::Real(*value / unit) : record::Real(); };
  const std::string text = ends_text(scaled(low), scaled(high), number);
  return text.empty() ? "" : text.substr(1);
}

TimedCell at(const Row& row, int threads) {
  for (const TimedCell& timed : row.cells)
    if (timed.cell->threads == threads) return timed;
  return {};
}

/// The cell that the row's time is of; where it did not come to the target, the fastest.
TimedCell chosen(const Row& row) {
  if (row.best.cell != nullptr) return row.best;
  TimedCell best;
  for (const TimedCell& timed : row.cells)
    if (timed.seconds_per_step() &&
        (best.steps == nullptr || std::pair(timed.steps->oversubscribed, *timed.seconds_per_step()) <
                                      std::pair(best.steps->oversubscribed, *best.seconds_per_step())))
      best = timed;
  return best;
}

Cell step_cell(const TimedCell& timed, const Unit& unit) {
  if (timed.steps == nullptr || !timed.seconds_per_step()) return "";
  return three_digits(*timed.seconds_per_step() / unit.seconds) + (timed.steps->oversubscribed ? " !" : "");
}

std::string passes_text(double passes) {
  return passes < 99.95 ? fmt::format("{:.2g}", passes) : steps_text(std::round(passes));
}

bool has_no_target(const Row& row) {
  return row.convergence != nullptr && row.convergence->status == record::PassageStatus::no_optimum;
}

Cell steps_cell(const Row& row) {
  if (has_no_target(row)) return "";
  if (row.convergence != nullptr && row.convergence->ert_steps) return steps_text(*row.convergence->ert_steps);
  return row.longest_steps ? Cell(">" + steps_text(*row.longest_steps), Ink::faint) : Cell("");
}

Cell reached_cell(const Row& row) {
  const record::Convergence* const found = row.convergence;
  if (found == nullptr || found->runs == 0 || has_no_target(row)) return "";
  return {fmt::format("{} of {}", found->reached, found->runs),
          found->reached < found->runs ? Ink::warning : Ink::plain};
}

Cell time_cell(const Row& row, const TimedCell& cell, bool ranked) {
  if (row.best.time != nullptr)
    return {(row.best.time->status == record::PassageStatus::uncertified ? kUncertified : "") +
                seconds_with_interval(row.best.time->seconds, {}, {}),
            row.is_best && ranked ? Ink::good : Ink::plain};
  const bool missed =
      row.convergence != nullptr && row.convergence->runs > 0 && row.convergence->reached == 0 && !has_no_target(row);
  if (missed && row.longest_steps && cell.steps != nullptr && cell.seconds_per_step())
    return {"> " + seconds_with_interval(*row.longest_steps * *cell.seconds_per_step(), {}, {}), Ink::faint};
  return "";
}

/// How the row stands to the fastest, or why it has no time.
Cell standing_cell(const Row& row, const record::Summary* summary, const std::vector<std::string>& perhaps) {
  const record::Convergence* const found = row.convergence;
  if (found == nullptr || found->runs == 0) return {"not run", Ink::faint};
  if (has_no_target(row)) return found->diverged > 0 ? Cell("diverged", Ink::warning) : Cell("");
  if (found->diverged > 0 && found->diverged == found->runs) return {"diverged", Ink::warning};
  if (found->reached == 0) return {"not reached", Ink::warning};
  if (found->status == record::PassageStatus::at_start) return {"at the start", Ink::faint};
  if (row.best.time == nullptr) return {"not timed", Ink::faint};
  if (summary == nullptr || !summary->best_seconds) return "";
  const auto among = [&](const std::vector<std::string>& cells) {
    return std::any_of(row.cells.begin(), row.cells.end(), [&](const TimedCell& timed) {
      return std::find(cells.begin(), cells.end(), timed.cell->id) != cells.end();
    });
  };
  if (summary->suspect && among(perhaps)) return "perhaps fastest";
  if (row.is_best) return {"fastest", Ink::good};
  if (among(perhaps)) return "perhaps as fast";
  return among(summary->untold) ? Cell("not compared", Ink::faint) : Cell("");
}

std::vector<int> thread_counts(const std::vector<Row>& rows) {
  std::set<int> counts;
  for (const Row& row : rows)
    for (const TimedCell& timed : row.cells) counts.insert(timed.cell->threads);
  std::vector<int> threads(counts.begin(), counts.end());
  if (threads.size() > kMostThreadColumns) threads = {threads.front(), threads.back()};
  return threads;
}

/// Are there several methods at any batch size? Then a row's batch does not say whose row it is.
bool share_batches(const std::vector<Row>& rows) {
  std::map<std::string, std::string> methods;
  return std::any_of(rows.begin(), rows.end(), [&](const Row& row) {
    return methods.emplace(batch_text(*row.series), row.series->optimizer).first->second != row.series->optimizer;
  });
}

}  // namespace

TextTable answer_table(const std::vector<Row>& rows, const record::Summary* summary) {
  std::set<std::string> rules, engines;
  bool all_reached = true;
  for (const Row& row : rows) {
    rules.insert(record::to_text(row.series->lr_rule));
    if (!row.engine.empty()) engines.insert(row.engine);
    all_reached = all_reached && (row.convergence == nullptr || row.convergence->reached == row.convergence->runs);
  }
  const Unit unit = unit_of(rows);
  const std::string per_step = fmt::format("{}/step", unit.name);
  std::vector<TextTable::Column> columns{
      {"optimizer", left, "the method; `descent list optimizers` describes each", share_batches(rows) ? 0 : 4},
      {"batch", right, "training rows that a step reads; full: all of them"},
      {"rule", left, "where the learning rate is from: searched for this target (tuned), or a rule"},
      {"engine", left, "what computes the steps"},
      {"lr", right, "learning rate; * at the edge of what the search may try", 3},
      {"reached", right, "runs that came to the target, of all runs", all_reached ? 1 : 10},
      {"passes", right, "the steps in passes over the training rows", 1},
      {"steps", right, "to the target, expected: all steps taken over the runs that came there; > where none did"},
      {kInterval, left, kIntervalNote, 7, true},
      {per_step, right, "on the threads of this line: the other factor of the time to the target"},
      {kInterval, left, kIntervalNote, 6, true},
      {"threads", right, "that are the fastest for this line", 8},
      {"time", right, "to the target: steps × seconds per step; > not reached, so that it takes longer than that"},
      {kInterval, left, kIntervalNote, 9, true},
      {"", left, "", 5}};
  const std::vector<int> threads = thread_counts(rows);
  if (threads.size() > 1)
    for (const int count : threads)
      columns.push_back({fmt::format("×{} {}", count, unit.name), right,
                         "seconds per step on so many threads; ! more than the machine has CPUs",
                         count == threads.front() ? 1 : 2});
  TextTable table(columns);
  std::vector<std::string> perhaps;
  if (summary != nullptr) perhaps = summary->suspect ? may_be_fastest(*summary, rows) : summary->tied;
  for (const Row& row : rows) {
    const TimedCell cell = chosen(row);
    const bool ran = row.series->status != record::SeriesStatus::not_run && row.series->chosen_lr > 0;
    const record::Convergence* const found = row.convergence;
    std::vector<Cell> cells{
        row.series->optimizer,
        batch_text(*row.series),
        rules.size() > 1 ? record::to_text(row.series->lr_rule) : "",
        engines.size() > 1 ? row.engine : "",
        ran ? fmt::format("{:.2g}{}", row.series->chosen_lr, row.series->lr_at_edge ? "*" : "") : "",
        reached_cell(row),
        found != nullptr && found->epochs ? passes_text(*found->epochs) : "",
        steps_cell(row),
        found != nullptr && found->ert_steps ? ends(found->mean_low, found->mean_high, 1, steps_text) : "",
        step_cell(cell, unit),
        cell.steps != nullptr ? ends(cell.steps->low, cell.steps->high, unit.seconds, three_digits) : "",
        cell.cell != nullptr ? std::to_string(cell.cell->threads) : "",
        time_cell(row, cell, summary != nullptr && !summary->suspect),
        row.best.time != nullptr ? time_interval(row.best.time->seconds, row.best.time->low, row.best.time->high) : "",
        standing_cell(row, summary, perhaps)};
    if (threads.size() > 1)
      for (const int count : threads) cells.push_back(step_cell(at(row, count), unit));
    table.add(std::move(cells));
  }
  return table;
}

}  // namespace descent::report
