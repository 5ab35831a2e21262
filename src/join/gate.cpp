#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "descent/stats/two_samples.hpp"
#include "join/comparing.hpp"

namespace descent::join {
namespace {

constexpr double kLevel = 0.05;

bool gates(GateKind kind, GateKind what) { return kind == what || kind == GateKind::both; }

std::string slower_text(const CellRatio& cell) {
  return fmt::format("{}, {}: {:.1f} % slower", cell.loss, cell.name, 100 * (1 / *cell.ratio - 1));
}

/// Steps: equal to the bit, or within their intervals.
void judge_steps(const Comparison& comparison, Gate& gate) {
  if (comparison.steps == StepsVerdict::not_compared)
    gate.warnings.push_back("steps could not be compared: the reports have no run in common");
  if (comparison.steps != StepsVerdict::changed) return;
  for (const Difference& difference : comparison.differences)
    if (difference.kind == Fingerprint::steps)
      gate.failures.push_back(
          fmt::format("{}: found {}, expected {}", difference.place, difference.found, difference.base));
}

/// Times: by evidence (the one-sided p of a slow-down, by Holm) and by size (the estimate passes the limit).
void judge_times(const Comparison& comparison, const CompareOptions& options, Gate& gate) {
  if (comparison.cells.empty())
    gate.warnings.push_back("times could not be compared: no cell was timed in both reports");
  const auto cells = static_cast<double>(comparison.cells.size());
  std::size_t most = 0, few = 0;
  for (const CellRatio& cell : comparison.cells) {
    const double slow_down = -std::log(*cell.ratio);
    if (slow_down <= std::log1p(options.fail_if_slower)) continue;
    const double least = stats::least_rank_p(static_cast<std::size_t>(cell.base_processes),
                                             static_cast<std::size_t>(cell.new_processes));
    const std::string text = slower_text(cell);
    if (cell.base_suspect && cell.new_suspect)
      gate.warnings.push_back(text + ", but its timings are doubtful in both reports");
    else if (comparison.same_machine &&
             slow_down - move_of_sentinels(comparison.sentinels, -slow_down) <= std::log1p(options.fail_if_slower))
      gate.warnings.push_back(text + ", but so were the kernels that time the machine itself");
    else if (*cell.p_slower_holm < kLevel)
      gate.failures.push_back(fmt::format("{} (p {:.2g} over all cells)", text, *cell.p_slower_holm));
    else if (least * cells >= kLevel)
      ++few, most = std::max(most, stats::values_needed(kLevel / cells));
    else
      gate.warnings.push_back(text + ", but the processes scatter too much to tell");
  }
  if (few > 0)
    gate.warnings.push_back(
        fmt::format("{} cell{} slower by more than the limit, but so few processes can never tell; "
                    "take --invocations {} or more for both reports",
                    few, few == 1 ? " is" : "s are", most));
}

}  // namespace

Gate judge(const Comparison& comparison, const CompareOptions& options) {
  Gate gate;
  gate.kind = options.gate, gate.fail_if_slower = options.fail_if_slower, gate.strict = options.strict;
  if (gate.kind == GateKind::none) return gate;
  if (gates(gate.kind, GateKind::steps)) judge_steps(comparison, gate);
  if (gates(gate.kind, GateKind::times)) judge_times(comparison, options, gate);
  gate.verdict = !gate.failures.empty()   ? GateVerdict::failed
                 : !gate.warnings.empty() ? GateVerdict::undecided
                                          : GateVerdict::passed;
  return gate;
}

int exit_status(const Comparison& comparison) noexcept {
  const Gate& gate = comparison.gate;
  if (gate.verdict == GateVerdict::failed) return 1;
  if (gate.verdict == GateVerdict::undecided && gate.strict) return 3;
  const bool bits_changed = comparison.same_arithmetic && comparison.steps == StepsVerdict::changed;
  return gate.kind == GateKind::none && bits_changed ? 1 : 0;
}

}  // namespace descent::join
