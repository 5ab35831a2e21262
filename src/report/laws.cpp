#include "report/laws.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "report/doubling_table.hpp"
#include "report/format.hpp"
#include "report/pareto.hpp"
#include "report/phrases.hpp"

namespace descent::report {
namespace {

using Cell = TextTable::Cell;

std::string whole(double batch) { return steps_text(std::round(batch)); }

record::Real less(const record::Real& factor) { return factor ? record::Real(100 * (1 - *factor)) : record::Real(); }

/// A factor of f − f* as what a step takes off: "1.24 %".
std::string taken_off(double factor) { return three_digits(100 * (1 - factor)) + " %"; }

/// Is it more than that there is a fit?
bool says_more(record::FitStatus status) {
  return status != record::FitStatus::ok && status != record::FitStatus::not_run;
}

/// S(B) = S_min (1 + B_crit/B): its B_crit, or that the fit was rejected, and B* of the time model.
Cell returns_model(const record::Returns* row) {
  if (!row->s_min) return "";
  const std::string crit =
      row->b_crit ? fmt::format("B_crit {}{}", whole(*row->b_crit), ends_text(row->b_crit_low, row->b_crit_high, whole))
                  : "B_crit without bound" + ends_text(row->b_crit_low, row->b_crit_high, whole);
  const std::string best = row->best_batch_model
                               ? fmt::format("; fastest by it: batch {} on {}", whole(*row->best_batch_model),
                                             counted(row->best_threads, "thread"))
                               : "";
  const std::string model = fmt::format("steps = {} (1 + B_crit/B), {}{}", whole(*row->s_min), crit, best);
  if (row->fit_status == record::FitStatus::lack_of_fit)
    return {fmt::format("does not fit{}, so do not use it: {}",
                        row->lack_of_fit_p ? fmt::format(" (p {:.2g})", *row->lack_of_fit_p) : "", model),
            Ink::warning};
  if (row->fit_status == record::FitStatus::beyond_range || row->fit_status == record::FitStatus::below_range)
    return {fmt::format("{}: an extrapolation {} the batches tried", model,
                        row->fit_status == record::FitStatus::beyond_range ? "beyond" : "below"),
            Ink::warning};
  return model + (says_more(row->fit_status) ? " (" + to_text(row->fit_status) + ")" : "");
}

/// By how much f − f* falls in a step of gradient descent: where it was at last, over the whole run, and in the long
/// run, each with what it is good for, as they may differ by far.
Cell descent_rate(const record::Report& report, const record::Workload& workload, const Target& target) {
  for (const Row& row : rows_of(report, workload.id, target)) {
    const record::Convergence* const found = row.convergence;
    if (row.series->stochastic || found == nullptr || !(found->rate || found->tail_ratio || found->theory_rate))
      continue;
    std::vector<std::string> parts;
    if (found->tail_ratio)
      parts.push_back(fmt::format("{}{} at the end of its run, for steps soon after it{}",
                                  taken_off(*found->tail_ratio),
                                  ends_text(less(found->tail_high), less(found->tail_low), three_digits),
                                  found->tail_status == record::TailStatus::ok ? "" : " (it still changes)"));
    if (found->theory_rate)
      parts.push_back(fmt::format("{}{} in the long run, by theory ({})",
                                  found->theory_kind == record::TheoryKind::l2_bound ? "at least " : "",
                                  taken_off(*found->theory_rate), to_text(found->theory_kind)));
    if (found->rate)
      parts.push_back(fmt::format("{}{} on average over its run{}", taken_off(*found->rate),
                                  ends_text(less(found->rate_high), less(found->rate_low), three_digits),
                                  found->rate_status == record::RateStatus::ok ? "" : " (it is not constant)"));
    return fmt::format("a step of {} takes off f − f*: {}", row.series->optimizer, fmt::join(parts, "; "));
  }
  return "";
}

}  // namespace

void law_facts(Page& page, const record::Report& report, const record::Workload& workload, const Target& target) {
  const auto line = [&](const char* label, const TextTable::Cell& cell) {
    if (!cell.text.empty()) page.fact(label, cell.text, cell.ink);
  };
  const std::vector<const record::Returns*> returns = headline_returns(report, workload, target);
  for (const record::Returns* row : returns) {
    Cell model = returns_model(row);
    if (!model.text.empty() && returns.size() > 1) model.text = row->optimizer + ": " + model.text;
    line("model", model);
  }
  if (!page.roomy()) line("pareto", pareto_text(report, workload, target));
  line("rate", descent_rate(report, workload, target));
}

void detail_tables(Page& page, const record::Report& report, const record::Workload& workload, const Target& target) {
  if (!page.roomy()) return;
  if (const TextTable doublings = doubling_table(report, workload, target); !doublings.empty()) {
    page.fact("doublings",
              "steps saved, time saved (each batch on its fastest threads), "
              "and noise taken off: in units of the standard deviation of one row's gradient, and of the batch's own");
    page.table(doublings);
  }
  if (const TextTable pareto = pareto_table(report, workload, target); !pareto.empty()) {
    page.fact("pareto", "cells of which no other needs both fewer seconds and fewer examples");
    page.table(pareto);
  }
}

}  // namespace descent::report
