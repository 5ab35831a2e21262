#pragma once

#include <string>
#include <vector>

#include "descent/join/comparison.hpp"
#include "report/page.hpp"

namespace descent::report {

/// What the two reports are, line by line: machine, build, steps, processes.
void comparison_facts(Page& page, const join::Comparison& comparison);

/// What a reader has to know before leaning on the verdicts.
std::vector<std::string> comparison_warnings(const join::Comparison& comparison);

/// "Gate passed …", "Gate failed …" with its reasons; nothing where no gate was asked for.
void gate_lines(Page& page, const join::Gate& gate);

// The tables, what matters first: slower cells, then faster ones, then those that may differ, then the others.
TextTable cell_table(const join::Comparison& comparison, std::size_t most);
/// How to read that table: what its ratio is, and what its verdicts allow for beyond its intervals. "" without cells.
std::string cell_table_note(const join::Comparison& comparison);
TextTable group_table(const join::Comparison& comparison);
TextTable best_table(const join::Comparison& comparison);
TextTable target_table(const join::Comparison& comparison, std::size_t most);
TextTable machine_table(std::span<const join::MachineRow> rows);

/// The whole page.
void comparison_page(Page& page, const join::Comparison& comparison, bool details);

/// The cells in the order of the table.
std::vector<const join::CellRatio*> cells_by_weight(const join::Comparison& comparison);

}  // namespace descent::report
