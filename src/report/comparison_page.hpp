#pragma once

#include <string>
#include <vector>

#include "descent/join/comparison.hpp"
#include "report/page.hpp"

namespace descent::report {

/// The answer: "NEW is 1.31 [1.27, 1.35] times as fast as BASE; 42 of 44 cells faster, none slower."
std::string first_sentence(const join::Comparison& comparison);

/// What the two reports are, line by line: machine, build, steps, processes.
void comparison_facts(Page& page, const join::Comparison& comparison);

/// What a reader has to know before leaning on the verdicts.
std::vector<std::string> comparison_warnings(const join::Comparison& comparison);

/// "Gate passed …", "Gate failed …" with its reasons; nothing where no gate was asked for.
void gate_lines(Page& page, const join::Gate& gate);

// The tables, what matters first: slower cells, then faster ones, then those that may differ, then the others.
TextTable cell_table(const join::Comparison& comparison, std::size_t most);
TextTable group_table(const join::Comparison& comparison);
TextTable best_table(const join::Comparison& comparison);
TextTable target_table(const join::Comparison& comparison, std::size_t most);
TextTable machine_table(std::span<const join::MachineRow> rows);

/// The whole page.
void comparison_page(Page& page, const join::Comparison& comparison, bool details);

/// "1.31 [1.27, 1.35]"; the ends that are there.
std::string ratio_text(const record::Real& ratio, const record::Real& low, const record::Real& high);
/// The cells in the order of the table.
std::vector<const join::CellRatio*> cells_by_weight(const join::Comparison& comparison);

}  // namespace descent::report
