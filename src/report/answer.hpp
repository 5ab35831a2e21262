#pragma once

#include <string>
#include <vector>

#include "descent/record/report.hpp"
#include "descent/report/text_table.hpp"
#include "report/rows.hpp"

namespace descent::report {

/// A whole sentence or two of one thought, and how much a reader may lean on it.
struct Sentence {
  std::string text;
  Ink ink = Ink::plain;
};

/// What a workload's page says first: the fastest batch size and thread count, how sure that is, how full-batch
/// gradient descent and batch 32 on one thread compare, whether larger batches pay, and the other targets; the accuracy
/// that losses are compared at elsewhere on the page only with `details`.
std::vector<Sentence> answer_of(const record::Report& report, const record::Workload& workload,
                                const std::vector<Target>& targets, bool details);

/// "1 % of the starting gap", "0.5 points below the optimum's validation accuracy".
std::string target_text(const Target& target);

}  // namespace descent::report
