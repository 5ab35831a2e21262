#include "report/comparison_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "descent/report/comparison.hpp"
#include "report/format.hpp"
#include "report/phrases.hpp"

namespace descent::report {
namespace {

using join::Fingerprint;
using join::StepsVerdict;

constexpr std::size_t kMostCells = 16, kMostTargets = 8, kMostReasons = 5, kMostPlaces = 4;

const join::GroupRatio* all_cells(const join::Comparison& comparison) {
  return comparison.groups.empty() ? nullptr : &comparison.groups.front();
}

/// "abc1234" of a long commit hash; other values at most so long.
std::string short_text(const std::string& text) {
  constexpr std::size_t kMost = 28;
  const bool hash = text.size() >= 40 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (hash) return text.substr(0, 8);
  return text.size() > kMost ? text.substr(0, kMost - 1) + "…" : text;
}

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

const join::Difference* first_of(const join::Comparison& comparison, Fingerprint kind) {
  for (const join::Difference& difference : comparison.differences)
    if (difference.kind == kind) return &difference;
  return nullptr;
}

std::string count_of(int count, int of, const char* word) {
  return count == 0    ? fmt::format("none {}", word)
         : count == of ? fmt::format("all {}", word)
                       : fmt::format("{} {}", count, word);
}

/// "42 of 44 cells faster, none slower, 2 the same".
std::string tally(const join::GroupRatio& group) {
  const bool faster_first = group.faster >= group.slower;
  const int first = faster_first ? group.faster : group.slower, second = faster_first ? group.slower : group.faster;
  const char *const word = faster_first ? "faster" : "slower", *const other = faster_first ? "slower" : "faster";
  std::string text = first == 0             ? fmt::format("none of {} {}", counted(group.cells, "cell"), word)
                     : first == group.cells ? fmt::format("all {} {}", counted(group.cells, "cell"), word)
                                            : fmt::format("{} of {} {}", first, counted(group.cells, "cell"), word);
  if (group.cells == 1 && first == 1) text = fmt::format("the one cell {}", word);
  text += fmt::format(", {}", count_of(second, group.cells, other));
  if (group.same > 0) text += fmt::format(", {} the same", group.same);
  if (group.inconclusive > 0) text += fmt::format(", {} inconclusive", group.inconclusive);
  return text;
}

}  // namespace

std::string first_sentence(const join::Comparison& comparison) {
  const std::string &base = comparison.base.label, &found = comparison.found.label;
  const join::Difference* const change = first_of(comparison, Fingerprint::steps);
  if (comparison.steps == StepsVerdict::changed && comparison.same_arithmetic && change != nullptr) {
    return fmt::format("{} computes other values than {} though its arithmetic is the same: {}: found {}, expected {}.",
                       found, base, change->place, short_text(change->found), short_text(change->base));
  }
  const join::GroupRatio* const all = all_cells(comparison);
  if (all == nullptr && !comparison.best.empty()) {
    const join::BestRatio& best = comparison.best.front();
    return fmt::format(
        "The best cell of {} comes to its target {} times as fast as that of {}; no cell was timed in "
        "both reports.",
        found, ratio_text(best.ratio, best.low, best.high), base);
  }
  if (all == nullptr)
    return fmt::format("{} and {} have runs in common, but no cell that was timed in both.", found, base);
  if (all->same == all->cells)
    return fmt::format("{} is as fast as {}: {} times, all {} the same within {}.", found, base,
                       ratio_text(all->ratio, all->low, all->high), counted(all->cells, "cell"),
                       percent(comparison.same_within));
  if (all->faster + all->slower == 0)
    return fmt::format(
        "No cell is shown to be faster or slower in {} than in {}: as a whole it is {} times as fast; {} "
        "of {} the same, {} inconclusive.",
        found, base, ratio_text(all->ratio, all->low, all->high), all->same, counted(all->cells, "cell"),
        all->inconclusive);
  if (all->low && *all->low > 1)
    return fmt::format("{} is {} times as fast as {}; {}.", found, ratio_text(all->ratio, all->low, all->high), base,
                       tally(*all));
  if (all->high && *all->high < 1)
    return fmt::format("{} takes {} times as long as {}; {}.", found,
                       ratio_text(1 / *all->ratio, 1 / *all->high, 1 / *all->low), base, tally(*all));
  return fmt::format("{} is about as fast as {}: {} times; {}.", found, base,
                     ratio_text(all->ratio, all->low, all->high), tally(*all));
}

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
  processes += comparison.alternating ? ", in turns" : ", each report in its own time";
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
    if (difference.kind == Fingerprint::data)
      warnings.push_back(fmt::format("{} differs: {}.", difference.place, difference.note));
  }
  if (comparison.processes_needed > 0)
    warnings.push_back(
        fmt::format("So few processes can never tell {} apart: take --invocations {} or more for both "
                    "reports.",
                    counted(static_cast<std::int64_t>(comparison.cells.size()), "cell"), comparison.processes_needed));
  for (const join::SentinelRatio& sentinel : comparison.sentinels) {
    const bool moved = sentinel.low && sentinel.high && (*sentinel.low > 1.02 || *sentinel.high < 1 / 1.02);
    if (moved && comparison.same_machine)
      warnings.push_back(fmt::format("The machine itself was not the same: its {} kernel ran {} times as fast in {}.",
                                     record::to_text(sentinel.kind),
                                     ratio_text(sentinel.ratio, sentinel.low, sentinel.high), comparison.found.label));
  }
  const auto within = std::count_if(comparison.cells.begin(), comparison.cells.end(), [](const join::CellRatio& cell) {
    return cell.reason == join::Reason::within_runs;
  });
  if (within > 0)
    warnings.push_back(
        fmt::format("{} by no more than two runs of one build may: let the processes of both reports "
                    "take turns, as descent ab does.",
                    within == 1 ? "One cell differs" : fmt::format("{} cells differ", within)));
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
