#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "descent/core/text.hpp"
#include "descent/record/find.hpp"
#include "report/comparison_page.hpp"
#include "report/comparison_words.hpp"
#include "report/format.hpp"
#include "report/phrases.hpp"

namespace descent::report {
namespace {

using join::CellVerdict;
using enum TextTable::Align;

Ink ink_of(CellVerdict verdict) {
  return verdict == CellVerdict::faster ? Ink::good : verdict == CellVerdict::slower ? Ink::warning : Ink::plain;
}

/// Slower ones first; of those without a verdict the ones that screening points at.
int weight_of(const join::CellRatio& cell) {
  switch (cell.verdict) {
    case CellVerdict::slower:
      return 0;
    case CellVerdict::faster:
      return 1;
    case CellVerdict::inconclusive:
      return cell.q && *cell.q < 0.05 ? 2 : 3;
    default:
      return 4;
  }
}

std::string p_text(const record::Real& p) {
  if (!p) return "";
  return *p < 0.001 ? "<0.001" : fmt::format("{:.{}f}", *p, *p < 0.1 ? 3 : 2);
}

/// Ratios outside of which so few processes of such scatter could have shown a difference. Where one is shown, nobody
/// asks.
std::string could_show(const join::CellRatio& cell) {
  if (cell.verdict == CellVerdict::faster || cell.verdict == CellVerdict::slower) return "";
  if (!cell.detectable) return "never";
  return fmt::format("{} to {}", ratio_digits(1 / (1 + *cell.detectable)), ratio_digits(1 + *cell.detectable));
}

template <class Rows, class Text>
bool several(const Rows& rows, Text&& text) {
  std::set<std::string> seen;
  for (const auto& row : rows) seen.insert(text(row));
  return seen.size() > 1;
}

std::string batch_of(const join::CellRatio& cell) {
  return cell.full_batch ? record::batch_name(true, cell.batch) : count_text(cell.batch);
}

std::string seconds_text(const record::Real& seconds) { return seconds_with_interval(seconds, {}, {}); }

std::string share_text(const record::Real& share) { return share ? fmt::format("{:.0f} %", 100 * *share) : ""; }

}  // namespace

std::vector<const join::CellRatio*> cells_by_weight(const join::Comparison& comparison) {
  std::vector<const join::CellRatio*> cells;
  for (const join::CellRatio& cell : comparison.cells) cells.push_back(&cell);
  std::stable_sort(cells.begin(), cells.end(), [](const join::CellRatio* a, const join::CellRatio* b) {
    if (weight_of(*a) != weight_of(*b)) return weight_of(*a) < weight_of(*b);
    return std::abs(std::log(*a->ratio)) > std::abs(std::log(*b->ratio));
  });
  return cells;
}

TextTable cell_table(const join::Comparison& comparison, std::size_t most) {
  const auto& cells = comparison.cells;
  const bool losses = several(cells, [](const join::CellRatio& cell) { return cell.workload; });
  std::set<std::string> named;  // of mini-batches: full batches say what they are
  for (const join::CellRatio& cell : cells)
    if (!cell.full_batch) named.insert(cell.optimizer);
  const bool optimizers = named.size() > 1;
  const bool engines = several(cells, [](const join::CellRatio& cell) { return cell.engine; });
  const bool roofs = !comparison.same_machine;
  TextTable table(
      {{"verdict", left,
        "faster or slower: by more than chance and than two runs of one build differ; "
        "same: the interval lies within the band"},
       {"loss"},
       {"optimizer"},
       {"engine"},
       {"batch", right},
       {"threads", right},
       {comparison.base.label + "\n/step", right, "seconds per step: the median of its processes", 4},
       {comparison.found.label + "\n/step", right, "", 4, true},
       {"times\nas fast", right, "of all pairs of a process each: the median of the ratios"},
       {"[95 %]", left, "interval of that ratio in these two runs", 0, true},
       {"over\nroofs", right, "the ratio, had both machines the same roofs: what the code makes of them", 3},
       {"Holm\np", right, "of a difference beyond what two runs of one build may differ by, over all cells", 1},
       {"shown only\noutside", right, "ratios between these such processes cannot tell from 1 among so many cells", 2},
       {"why", left, "", 5}});
  std::size_t shown = 0;
  for (const join::CellRatio* cell : cells_by_weight(comparison)) {
    if (shown++ == most) break;
    table.add({{record::to_text(cell->verdict), ink_of(cell->verdict)},
               losses ? cell->loss : "",
               optimizers && !cell->full_batch ? cell->optimizer : "",
               engines ? cell->engine : "",
               batch_of(*cell),
               std::to_string(cell->threads),
               seconds_text(cell->base_seconds),
               seconds_text(cell->new_seconds),
               {ratio_digits(*cell->ratio), Ink::strong},
               interval_only(cell->low, cell->high),
               roofs && cell->ratio_over_roofs ? ratio_digits(*cell->ratio_over_roofs) : "",
               p_text(cell->p_holm),
               could_show(*cell),
               {reason_text(*cell), Ink::faint}});
  }
  return table;
}

std::string cell_table_note(const join::Comparison& comparison) {
  if (comparison.cells.empty()) return "";
  std::string text =
      "Seconds per step are medians of processes. Times as fast is the median over all pairs of a process each, which "
      "may differ a little from their ratio.";
  std::vector<std::string> allowed;
  if (comparison.cells.size() > 1) allowed.push_back(fmt::format("for {} cells at once", comparison.cells.size()));
  if (std::any_of(comparison.cells.begin(), comparison.cells.end(),
                  [](const join::CellRatio& cell) { return cell.margin && *cell.margin > 0; }))
    allowed.emplace_back("for what two runs of one build may differ by");
  if (!allowed.empty()) text += fmt::format(" Verdicts and p allow {}; the 95 % intervals do not.", listed(allowed));
  return text;
}

TextTable group_table(const join::Comparison& comparison) {
  TextTable table({{"geometric mean of"},
                   {"cells", right, "", 1},
                   {"times\nas fast", right},
                   {"[95 %]", left, "each process counts once, with the mean of its cells", 0, true},
                   {"slower", right},
                   {"faster", right},
                   {"same", right},
                   {"incon-\nclusive", right}});
  const auto count_of_kind = [&](join::GroupKind kind) {
    return std::count_if(comparison.groups.begin(), comparison.groups.end(),
                         [&](const join::GroupRatio& group) { return group.kind == kind; });
  };
  for (const join::GroupRatio& group : comparison.groups) {
    const bool all = group.kind == join::GroupKind::all;
    if (!all && count_of_kind(group.kind) < 2) continue;
    table.add({all ? "all cells" : group.name,
               std::to_string(group.cells),
               {ratio_digits(*group.ratio), Ink::strong},
               interval_only(group.low, group.high),
               std::to_string(group.slower),
               std::to_string(group.faster),
               std::to_string(group.same),
               std::to_string(group.inconclusive)});
  }
  return table;
}

TextTable best_table(const join::Comparison& comparison) {
  TextTable table({{"best cell for"},
                   {"target"},
                   {"cell", left, "", 1},
                   {comparison.base.label, right},
                   {comparison.found.label, right},
                   {"times\nas fast", right},
                   {"[95 %]", left, "", 0, true}});
  for (const join::BestRatio& best : comparison.best)
    table.add({best.loss,
               target_words(best.target_kind, best.target_value),
               best.base_cell == best.new_cell ? best.base_cell : best.base_cell + " → " + best.new_cell,
               seconds_text(best.base_seconds),
               seconds_text(best.new_seconds),
               {ratio_digits(*best.ratio), Ink::strong},
               interval_only(best.low, best.high)});
  return table;
}

TextTable target_table(const join::Comparison& comparison, std::size_t most) {
  TextTable table({{"time to target"},
                   {"cell"},
                   {"target"},
                   {comparison.base.label, right, "", 2},
                   {comparison.found.label, right, "", 2},
                   {"times\nas fast", right, "steps × seconds per step: their logarithms add"},
                   {"[95 %]", left, "", 0, true},
                   {"of it\nsteps", right, "how many times fewer steps", 3},
                   {"of it\ns/step", right, "how many times faster steps", 3}});
  std::vector<const join::TargetRatio*> targets;
  for (const join::TargetRatio& target : comparison.targets) targets.push_back(&target);
  std::stable_sort(targets.begin(), targets.end(), [](const join::TargetRatio* a, const join::TargetRatio* b) {
    return std::abs(std::log(*a->ratio)) > std::abs(std::log(*b->ratio));
  });
  if (targets.size() > most) targets.resize(most);
  for (const join::TargetRatio* target : targets)
    table.add({target->loss,
               target->name,
               target_words(target->target_kind, target->target_value),
               seconds_text(target->base_seconds),
               seconds_text(target->new_seconds),
               {ratio_digits(*target->ratio), Ink::strong},
               interval_only(target->low, target->high),
               ratio_digits(*target->steps_ratio),
               ratio_digits(*target->step_seconds_ratio)});
  return table;
}

TextTable machine_table(std::span<const join::MachineRow> rows) {
  TextTable table({{"report"},
                   {"loss"},
                   {"best cell", left, "", 2},
                   {"target"},
                   {"time to it", right},
                   {"[95 %]", left, "", 1, true},
                   {"times\nas fast", right, "over the first report's best cell"},
                   {"share\nof roof", right, "of the least time that the machine allows such a step", 3},
                   {"speed-up\nby threads", right, "of that cell over one thread", 3}});
  std::vector<const join::MachineRow*> order;
  for (const join::MachineRow& row : rows) order.push_back(&row);
  std::stable_sort(order.begin(), order.end(), [](const join::MachineRow* a, const join::MachineRow* b) {
    return a->workload != b->workload ? a->workload < b->workload : *a->ratio > *b->ratio;
  });
  for (const join::MachineRow* row : order)
    table.add({{row->label, Ink::strong},
               row->loss,
               row->best_cell,
               target_words(row->target_kind, row->target_value),
               seconds_text(row->seconds),
               time_interval(row->seconds, row->low, row->high),
               {ratio_digits(*row->ratio), Ink::strong},
               share_text(row->share_of_roof),
               row->speed_up ? fmt::format("{:.2f}", *row->speed_up) : ""});
  return table;
}

}  // namespace descent::report
