#include "report/workload_table.hpp"

#include <fmt/format.h>

#include <cmath>
#include <set>

#include "report/format.hpp"
#include "report/notes.hpp"

namespace descent::report {
namespace {

using Cell = TextTable::Cell;
using enum TextTable::Align;

/// Thread counts that get a column of their own: all of them when they are few, else one and the row's fastest.
constexpr std::size_t kThreadColumns = 3;

TimedCell at(const Row& row, int threads) {
  for (const TimedCell& timed : row.cells)
    if (timed.cell->threads == threads) return timed;
  return {};
}

TimedCell fastest(const Row& row) {
  TimedCell best;
  for (const TimedCell& timed : row.cells)
    if (timed.seconds_per_step() &&
        (best.steps == nullptr || std::pair(timed.steps->oversubscribed, *timed.seconds_per_step()) <
                                      std::pair(best.steps->oversubscribed, *best.seconds_per_step())))
      best = timed;
  return best;
}

Cell step_cell(const TimedCell& timed, int base_threads, bool name_threads) {
  const record::Throughput* const steps = timed.steps;
  if (steps == nullptr || !timed.seconds_per_step()) return "";
  std::string text = three_digits(1e3 * *timed.seconds_per_step());
  if (name_threads) text += fmt::format(" ×{}", timed.cell->threads);
  if (timed.cell->threads != base_threads && steps->speed_up)
    text += fmt::format(" {:.{}f}x", *steps->speed_up, *steps->speed_up < 1 ? 2 : 1);
  if (steps->oversubscribed) text += kOversubscribed;
  if (steps->suspect) text += " ?";
  return {text, steps->suspect ? Ink::warning : Ink::plain};
}

/// Without an optimum nothing can be reached or missed.
bool no_target(const Row& row) {
  return row.convergence != nullptr && row.convergence->status == record::PassageStatus::no_optimum;
}

/// " [4,512, 4,893]".
std::string steps_interval(const record::Convergence* found) {
  if (found == nullptr) return "";
  const std::string ends = ends_text(found->mean_low, found->mean_high, steps_text);
  return ends;
}

Cell steps_cell(const Row& row, bool roomy) {
  if (no_target(row)) return "";
  const std::string interval = roomy ? steps_interval(row.convergence) : "";
  if (row.best.time != nullptr && row.best.time->steps) return steps_text(*row.best.time->steps) + interval;
  if (row.convergence != nullptr && row.convergence->ert_steps)
    return steps_text(*row.convergence->ert_steps) + interval;
  if (row.longest_steps) return {">" + steps_text(*row.longest_steps), Ink::faint};
  return "";
}

Cell epochs_cell(const Row& row) {
  if (row.convergence == nullptr || !row.convergence->epochs) return "";
  return *row.convergence->epochs < 99.95 ? fmt::format("{:.2g}", *row.convergence->epochs)
                                          : steps_text(std::round(*row.convergence->epochs));
}

Cell reached_cell(const Row& row) {
  const record::Convergence* const found = row.convergence;
  if (found == nullptr || found->runs == 0) return {"not run", Ink::faint};
  if (no_target(row))
    return found->diverged > 0 ? Cell(fmt::format("{} diverged", found->diverged), Ink::warning) : Cell("");
  std::string text = fmt::format("{} of {}", found->reached, found->runs);
  if (found->diverged > 0) text += fmt::format(", {} diverged", found->diverged);
  return {text, found->reached < found->runs ? Ink::warning : Ink::plain};
}

Cell time_cell(const Row& row) {
  const bool some = row.convergence != nullptr && row.convergence->runs > 0;
  if (const record::TimeToTarget* const best = row.best.time; best != nullptr)
    return {fmt::format("{}{}{}{}", best->status == record::PassageStatus::uncertified ? kUncertified : "",
                        seconds_with_interval(best->seconds, best->low, best->high),
                        row.cells.size() > 1 ? fmt::format(" ×{}", row.best.cell->threads) : "",
                        best->oversubscribed ? kOversubscribed : ""),
            row.is_best ? Ink::good : Ink::plain};
  if (!some) return {"not run", Ink::faint};
  if (no_target(row)) return {"no target", Ink::faint};
  if (row.convergence->status == record::PassageStatus::at_start) return {"at the start", Ink::faint};
  if (row.convergence->reached > 0) return {"not timed", Ink::faint};
  if (row.convergence->diverged == row.convergence->runs) return {"diverged", Ink::warning};
  if (row.longest_steps && row.best_seconds_per_step)
    return {fmt::format("not reached, > {}",
                        seconds_with_interval(*row.longest_steps * *row.best_seconds_per_step, {}, {})),
            Ink::warning};
  return {"not reached", Ink::warning};
}

Cell noise_cell(const Row& row, bool some) {
  if (row.series->full_batch) return some ? "0" : "";
  if (row.convergence != nullptr && row.convergence->noise_to_signal)
    return three_digits(*row.convergence->noise_to_signal);
  // Of an accuracy, or where the runs' own gradients were not looked at: on gradient descent's path.
  if (row.noise == nullptr || !(row.noise->gradient_norm_squared.value_or(0) > 0)) return "";
  const record::Real variance = row.noise->predicted_variance;  // by the law, which is exact
  if (!variance || *variance < 0) return "";
  return three_digits(std::sqrt(*variance / *row.noise->gradient_norm_squared));
}

Cell tuned_elsewhere(const Row& row) {
  const record::Convergence* const found = row.convergence;
  const bool elsewhere = found != nullptr && is_tuned_elsewhere(*row.series, {found->target_kind, found->target_value});
  return elsewhere ? percent(*row.series->tuned_for) : "";
}

Cell roof_cell(const record::Throughput* cell) {
  if (cell == nullptr || !cell->fraction_of_roof) return "";
  return fmt::format("{:.0f} % {}", 100 * *cell->fraction_of_roof, to_text(cell->roof));
}

std::vector<TextTable::Column> columns_of(const std::vector<int>& threads) {
  std::vector<TextTable::Column> columns{
      {"optimizer", left, "the method; `descent list` describes each"},
      {"batch", right, kBatchNote},
      {"rule", left, "where the learning rate is from: searched (tuned), or a rule"},
      {"tuned for", right, "target that the learning rate was searched for, where it is another one", 6},
      {"engine", left, "what computes the steps", 7},
      {"lr", right, "learning rate; * at the edge of what the search may try", 3},
      {"steps", right, kStepsNote},
      {"epochs", right, "the same in passes over the training rows", 2},
      {"reached", right, "runs that came to the target, of all runs", 4}};
  const std::string step_note =
      "milliseconds a step on that many threads, and how much faster than on the fewest; ? suspect; ! more threads "
      "than "
      "CPUs";
  if (threads.size() <= kThreadColumns) {
    for (const int count : threads) columns.push_back({fmt::format("ms/step\n×{}", count), right, step_note, 5});
  } else {
    columns.push_back({fmt::format("ms/step\n×{}", threads.front()), right, step_note, 5});
    columns.push_back({"ms/step\nfastest", right, "the same on the thread count that is fastest for this row", 5});
  }
  columns.push_back(
      {"of roof", right,
       "share of what binds the step on this machine (fma: multiply-adds, int8: those of bytes, read: memory, join: "
       "waiting for each other), fastest threads",
       2});
  columns.push_back({"rows/s", right, "training rows through a step a second, fastest threads", 1});
  columns.push_back({"time to target", left,
                     "steps × seconds a step, with its 95 % interval (one seed has none), on the best threads; ~ "
                     "the "
                     "optimum is not known well enough for this target; >: not reached within the steps allowed"});
  columns.push_back({"noise", right,
                     "standard deviation of a batch's gradient over the length of the whole gradient of the "
                     "series' own runs, near the target",
                     3});
  return columns;
}

}  // namespace

TextTable workload_table(const std::vector<Row>& rows, bool roomy) {
  std::set<int> counts;
  std::set<std::string> rules, engines;
  bool some_noise = false;
  for (const Row& row : rows) {
    for (const TimedCell& timed : row.cells) counts.insert(timed.cell->threads);
    rules.insert(record::to_text(row.series->lr_rule));
    some_noise = some_noise || row.noise != nullptr;
    if (!row.engine.empty()) engines.insert(row.engine);
  }
  const std::vector<int> threads(counts.begin(), counts.end());
  TextTable table(columns_of(threads.empty() ? std::vector<int>{1} : threads));
  for (const Row& row : rows) {
    const TimedCell best = fastest(row);
    const bool ran = row.series->status != record::SeriesStatus::not_run && row.series->chosen_lr > 0;
    std::vector<Cell> cells{
        {row.series->optimizer, row.is_best ? Ink::good : Ink::plain},
        batch_text(*row.series),
        rules.size() > 1 ? record::to_text(row.series->lr_rule) : "",
        tuned_elsewhere(row),
        engines.size() > 1 ? row.engine : "",
        ran ? fmt::format("{:.2g}{}", row.series->chosen_lr, row.series->lr_at_edge ? "*" : "") : "",
        steps_cell(row, roomy),
        epochs_cell(row),
        reached_cell(row)};
    if (threads.size() <= kThreadColumns) {
      for (const int count : threads) cells.push_back(step_cell(at(row, count), threads.front(), false));
      if (threads.empty()) cells.emplace_back("");
    } else {
      cells.push_back(step_cell(at(row, threads.front()), threads.front(), false));
      cells.push_back(step_cell(best, threads.front(), true));
    }
    cells.push_back(roof_cell(best.steps));
    cells.push_back(best.steps != nullptr && best.steps->examples_per_s ? Cell(with_prefix(*best.steps->examples_per_s))
                                                                        : Cell(""));
    cells.push_back(time_cell(row));
    cells.push_back(noise_cell(row, some_noise));
    table.add(std::move(cells));
  }
  return table;
}

}  // namespace descent::report
