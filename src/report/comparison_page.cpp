#include "report/comparison_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "descent/report/comparison.hpp"
#include "report/comparison_words.hpp"
#include "report/format.hpp"
#include "report/phrases.hpp"

namespace descent::report {
namespace {

using join::Fingerprint;
using join::StepsVerdict;

constexpr std::size_t kMostCells = 16, kMostTargets = 8, kMostReasons = 5, kMostPlaces = 4;

/// The places of one kind that differ: "git_commit abc → def, flags …".
std::string places_of(const join::Comparison& comparison, Fingerprint kind) {
  std::vector<std::string> places;
  for (const join::Difference& difference : comparison.differences)
    if (difference.kind == kind)
      places.push_back(
          fmt::format("{} {} → {}", difference.place, short_text(difference.base), short_text(difference.found)));
  std::string text;  // values may hold commas and "and": semicolons part them
  for (std::size_t i = 0; i < std::min(places.size(), kMostPlaces); ++i) text += (i == 0 ? "" : "; ") + places[i];
  return places.size() <= kMostPlaces ? text : text + fmt::format("; {} more", places.size() - kMostPlaces);
}

}  // namespace

void comparison_facts(Page& page, const join::Comparison& comparison) {
  const auto machine = [](const join::Side& side) {
    return fmt::format("{}, {}", side.machine.empty() ? "unknown" : side.machine, counted(side.cores, "CPU"));
  };
  const std::string state = places_of(comparison, Fingerprint::machine);
  page.fact("machine", comparison.same_machine
                           ? fmt::format("the same, {}{}", machine(comparison.base), state.empty() ? "" : "; " + state)
                           : fmt::format("{}: {}; {}: {}", comparison.base.label, machine(comparison.base),
                                         comparison.found.label, machine(comparison.found)));
  const std::string build = places_of(comparison, Fingerprint::build);
  page.fact("build", build.empty() ? "the same" : build);
  const std::string options = places_of(comparison, Fingerprint::options);
  if (!options.empty()) page.fact("options", options);
  switch (comparison.steps) {
    case StepsVerdict::equal:
      page.fact("steps", "equal to the bit, so that times to target differ as the seconds per step do");
      break;
    case StepsVerdict::within:
      page.fact("steps", fmt::format("of other arithmetic ({}), but within the intervals of {}",
                                     places_of(comparison, Fingerprint::arithmetic), comparison.base.label));
      break;
    case StepsVerdict::changed: {
      const join::Difference* const change = first_of(comparison, Fingerprint::steps);
      if (change == nullptr) break;
      page.fact("steps",
                fmt::format("changed: {}: {} → {} ({})", change->place, short_text(change->base),
                            short_text(change->found), change->note),
                Ink::warning);
      break;
    }
    default:
      page.fact("steps", "not compared: no run in common");
  }
  std::string processes = fmt::format("{} of {}, {} of {}", comparison.base.processes, comparison.base.label,
                                      comparison.found.processes, comparison.found.label);
  processes += comparison.alternating ? ", taking turns" : ", one report after the other";
  page.fact("processes", processes);
}

std::vector<std::string> comparison_warnings(const join::Comparison& comparison) {
  std::vector<std::string> warnings;
  for (const join::Difference& difference : comparison.differences) {
    if (difference.kind == Fingerprint::tables)
      warnings.push_back(
          fmt::format("{}: derived tables are not what its raw tables give: {}. They were computed "
                      "again.",
                      difference.place, difference.note));
    if (difference.kind == Fingerprint::clock)
      warnings.push_back(fmt::format("{}: {} in {}, {} in {}: {}.", difference.place, difference.base,
                                     comparison.base.label, difference.found, comparison.found.label, difference.note));
    if (difference.kind == Fingerprint::data)
      warnings.push_back(fmt::format("{} differs: {}.", difference.place, difference.note));
  }
  if (comparison.processes_needed > 0)
    warnings.push_back(
        fmt::format("{} are too few to show any difference among {}: take --invocations {} or more for both reports.",
                    processes_text(comparison), counted(static_cast<std::int64_t>(comparison.cells.size()), "cell"),
                    comparison.processes_needed));
  for (const join::SentinelRatio& sentinel : comparison.sentinels) {
    const bool moved = sentinel.low && sentinel.high && (*sentinel.low > 1.02 || *sentinel.high < 1 / 1.02);
    if (moved && comparison.same_machine)
      warnings.push_back(fmt::format("The machine itself was not the same: its {} kernel ran {} times as fast in {}.",
                                     record::to_text(sentinel.kind),
                                     ratio_text(sentinel.ratio, sentinel.low, sentinel.high), comparison.found.label));
  }
  if (std::any_of(comparison.cells.begin(), comparison.cells.end(),
                  [](const join::CellRatio& cell) { return cell.reason == join::Reason::within_runs; }))
    warnings.push_back(
        "Two runs of one build may differ: to show smaller differences, let the processes of both reports take turns, "
        "or use descent ab.");
  if (comparison.base_only + comparison.new_only > 0)
    warnings.push_back(fmt::format("{} in {} alone, {} in {} alone: not compared cell by cell.",
                                   counted(comparison.base_only, "cell"), comparison.base.label,
                                   counted(comparison.new_only, "cell"), comparison.found.label));
  return warnings;
}

void gate_lines(Page& page, const join::Gate& gate) {
  if (gate.kind == join::GateKind::none) return;
  const std::string what = gate.kind == join::GateKind::both ? "steps and times" : record::to_text(gate.kind);
  const std::string limit =
      gate.kind == join::GateKind::steps ? "" : fmt::format(", slower by more than {}", percent(gate.fail_if_slower));
  switch (gate.verdict) {
    case join::GateVerdict::failed:
      page.say(fmt::format("Gate on {}{}: failed.", what, limit), Ink::warning);
      break;
    case join::GateVerdict::undecided:
      page.say(fmt::format("Gate on {}{}: undecided{}.", what, limit, gate.strict ? ", which --strict refuses" : ""),
               Ink::warning);
      break;
    default:
      page.say(fmt::format("Gate on {}{}: passed.", what, limit), Ink::good);
  }
  int number = 0;
  const auto list = [&](const std::vector<std::string>& reasons) {
    for (const std::string& reason : reasons) {
      if (static_cast<std::size_t>(number) == kMostReasons) return;
      page.item(++number, reason + ".", Ink::warning);
    }
  };
  list(gate.failures), list(gate.warnings);
  const std::size_t all = gate.failures.size() + gate.warnings.size();
  if (all > kMostReasons) page.say(fmt::format("and {} more.", all - kMostReasons), Ink::faint);
}

void comparison_page(Page& page, const join::Comparison& comparison, bool details) {
  page.say(first_sentence(comparison), Ink::strong);
  gate_lines(page, comparison.gate);
  comparison_facts(page, comparison);
  const auto common = static_cast<int>(comparison.cells.size());
  // Of machines with other thread counts the best cells are the answer; cells in common are a part of it.
  const bool few_common = 2 * common < std::max(comparison.base.cells, comparison.found.cells);
  const auto show = [&](const TextTable& table) {
    if (table.empty()) return;
    page.heading("");
    page.table(table);
  };
  if (few_common) show(best_table(comparison));
  const std::size_t most = details || page.roomy() ? comparison.cells.size() : kMostCells;
  show(cell_table(comparison, most));
  if (const std::string note = cell_table_note(comparison); !note.empty()) page.say(note, Ink::faint);
  if (comparison.cells.size() > most)
    page.say(fmt::format("{} more, which matter less: --details.",
                         counted(static_cast<std::int64_t>(comparison.cells.size() - most), "cell")),
             Ink::faint);
  if (comparison.cells.size() > 1) show(group_table(comparison));
  if (!few_common) show(best_table(comparison));
  const bool split = comparison.steps != StepsVerdict::equal || details;
  if (split) show(target_table(comparison, details ? comparison.targets.size() : kMostTargets));
  const std::vector<std::string> warnings = comparison_warnings(comparison);
  if (warnings.empty()) return;
  page.heading("Warnings");
  for (std::size_t i = 0; i < warnings.size(); ++i) page.item(static_cast<int>(i) + 1, warnings[i]);
}

void write_comparison(std::ostream& out, const join::Comparison& comparison, const ComparisonPage& options) {
  comparison_page(*terminal_page(out, options.color, options.width), comparison, options.details);
}

void write_machines(std::ostream& out, std::span<const join::MachineRow> rows,
                    std::span<const join::Comparison> comparisons, const ComparisonPage& options) {
  const std::unique_ptr<Page> page = terminal_page(out, options.color, options.width);
  for (const join::Comparison& comparison : comparisons) page->say(first_sentence(comparison), Ink::strong);
  const TextTable table = machine_table(rows);
  if (!table.empty()) {
    page->heading("");
    page->table(table);
  }
  for (const join::Comparison& comparison : comparisons) {
    page->heading(fmt::format("{} against {}", comparison.found.label, comparison.base.label));
    if (options.details) {
      comparison_page(*page, comparison, true);
      continue;
    }
    comparison_facts(*page, comparison);
    gate_lines(*page, comparison.gate);
  }
}

}  // namespace descent::report
