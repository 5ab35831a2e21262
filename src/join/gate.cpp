#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "descent/stats/two_samples.hpp"
#include "join/comparing.hpp"

namespace descent::join {
namespace {

constexpr double kLevel = 0.05;

bool gates(GateKind kind, GateKind what) { return kind == what || kind == GateKind::both; }

std::string slower_text(const CellRatio& cell) {
  const double factor = 1 / *cell.ratio;
  return factor < 2 ? fmt::format("{}, {}: {:.1f} % slower", cell.loss, cell.name, 100 * (factor - 1))
                    : fmt::format("{}, {}: takes {:.1f} times as long", cell.loss, cell.name, factor);
}

/// The gate on steps: they have to be equal to the bit, or within their intervals.
void judge_steps(const Comparison& comparison, Gate& gate) {
  if (comparison.steps == StepsVerdict::not_compared)
    gate.warnings.emplace_back("steps could not be compared: the reports have no run in common");
  if (comparison.steps != StepsVerdict::changed) return;
  for (const Difference& difference : comparison.differences)
    if (difference.kind == Fingerprint::steps)
      gate.failures.push_back(
          fmt::format("{}: found {}, expected {}", difference.place, difference.found, difference.base));
}

/// Why a slow-down of more than the limit does not fail the gate; nullptr if it fails. Failing needs evidence (the
/// one-sided p, by Holm) and size (the estimate, which the caller has compared with the limit).
const char* excuse(const CellRatio& cell, const Comparison& comparison, double limit) {
  if (cell.base_suspect && cell.new_suspect) return "timings are doubtful in both reports";
  const double slow_down = -std::log(*cell.ratio);
  const double moved = comparison.same_machine ? move_of_sentinels(comparison.sentinels, -slow_down) : 0;
  if (moved > 0 && slow_down - moved <= limit) return "the kernels that time the machine itself were slower, too";
  if (*cell.p_slower_holm < kLevel) return nullptr;
  return "that is no more than chance, or two runs of one build, may differ by";
}

void judge_times(Comparison& comparison, Gate& gate) {
  if (comparison.cells.empty())
    gate.warnings.emplace_back("times could not be compared: no cell was timed in both reports");
  const auto cells = static_cast<double>(comparison.cells.size());
  const double limit = std::log1p(gate.fail_if_slower);
  std::size_t most = 0, few = 0;
  std::map<std::string, std::vector<const CellRatio*>> excused;
  for (CellRatio& cell : comparison.cells) {
    cell.gate = GateVerdict::passed;
    if (-std::log(*cell.ratio) <= limit) continue;
    cell.gate = GateVerdict::undecided;
    const double least = stats::least_rank_p(static_cast<std::size_t>(cell.base_processes),
                                             static_cast<std::size_t>(cell.new_processes));
    if (least * cells >= kLevel) {
      ++few, most = std::max(most, stats::values_needed(kLevel / cells));
    } else if (const char* const why = excuse(cell, comparison, limit)) {
      excused[why].push_back(&cell);
    } else {
      cell.gate = GateVerdict::failed;
      gate.failures.push_back(fmt::format("{} (p {:.2g} over all cells)", slower_text(cell), *cell.p_slower_holm));
    }
  }
  for (const auto& [why, slower] : excused) {
    const CellRatio& worst = **std::min_element(
        slower.begin(), slower.end(), [](const CellRatio* a, const CellRatio* b) { return *a->ratio < *b->ratio; });
    const std::string more = slower.size() > 1 ? fmt::format("; {} more", slower.size() - 1) : "";
    gate.warnings.push_back(fmt::format("{}{}; {}", slower_text(worst), more, why));
  }
  if (few > 0)
    gate.warnings.push_back(
        fmt::format("{} cell{} slower by more than the limit, but so few processes can never tell; "
                    "take --invocations {} or more for both reports",
                    few, few == 1 ? " is" : "s are", most));
}

}  // namespace

void judge(Comparison& comparison, const CompareOptions& options) {
  Gate& gate = comparison.gate;
  gate.kind = options.gate, gate.fail_if_slower = options.fail_if_slower, gate.strict = options.strict;
  if (gate.kind == GateKind::none) return;
  if (gates(gate.kind, GateKind::steps)) judge_steps(comparison, gate);
  if (gates(gate.kind, GateKind::times)) judge_times(comparison, gate);
  gate.verdict = !gate.failures.empty()   ? GateVerdict::failed
                 : !gate.warnings.empty() ? GateVerdict::undecided
                                          : GateVerdict::passed;
}

int exit_status(const Comparison& comparison) noexcept {
  const Gate& gate = comparison.gate;
  if (gate.verdict == GateVerdict::failed) return 1;
  if (gate.verdict == GateVerdict::undecided && gate.strict) return 3;
  const bool bits_changed = comparison.same_arithmetic && comparison.steps == StepsVerdict::changed;
  return gate.kind == GateKind::none && bits_changed ? 1 : 0;
}

}  // namespace descent::join
