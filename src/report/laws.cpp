#include "report/laws.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "report/doubling_table.hpp"
#include "report/format.hpp"
#include "report/pareto.hpp"

namespace descent::report {
namespace {

using Cell = TextTable::Cell;

std::string whole(double batch) { return steps_text(std::round(batch)); }

record::Real less(const record::Real& factor) { return factor ? record::Real(100 * (1 - *factor)) : record::Real(); }

/// A factor of f − f* as what a step takes off: "1.24 %".
std::string taken_off(double factor) { return three_digits(100 * (1 - factor)) + " %"; }

std::string fitted_text(const record::Convergence& row) {
  if (!row.rate) return row.rate_status == record::RateStatus::none ? "" : "no fit: " + to_text(row.rate_status);
  return fmt::format("{}{} fitted{}", taken_off(*row.rate),
                     ends_text(less(row.rate_high), less(row.rate_low), three_digits),
                     row.rate_status == record::RateStatus::ok ? "" : " (" + to_text(row.rate_status) + ")");
}

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
  const std::string best = row->best_batch_model ? fmt::format("B* {} × {} thread{}", whole(*row->best_batch_model),
                                                               row->best_threads, row->best_threads == 1 ? "" : "s")
                                                 : "";
  if (row->fit_status == record::FitStatus::lack_of_fit)
    return {fmt::format("S_min (1 + B_crit/B) steps is rejected (lack_of_fit{}): not to be leant on: {}{}",
                        row->lack_of_fit_p ? fmt::format(", p {:.2g}", *row->lack_of_fit_p) : "", crit,
                        best.empty() ? "" : ", " + best),
            Ink::warning};
  if (row->fit_status == record::FitStatus::beyond_range || row->fit_status == record::FitStatus::below_range)
    return {fmt::format("{}, {} the batches tried ({}): an extrapolation{}", crit,
                        row->fit_status == record::FitStatus::beyond_range ? "beyond" : "below",
                        to_text(row->fit_status), best.empty() ? "" : ", as is " + best),
            Ink::warning};
  return fmt::format("{} (1 + B_crit/B) steps: {}{}{}", whole(*row->s_min), crit, best.empty() ? "" : ", " + best,
                     says_more(row->fit_status) ? " (" + to_text(row->fit_status) + ")" : "");
}

/// By how much f − f* falls in a step of gradient descent: as fitted, in the tail, and by theory.
Cell descent_rate(const record::Report& report, const record::Workload& workload, const Target& target) {
  for (const Row& row : rows_of(report, workload.id, target)) {
    const record::Convergence* const found = row.convergence;
    if (row.series->stochastic || found == nullptr || !(found->rate || found->tail_ratio || found->theory_rate))
      continue;
    std::vector<std::string> parts;
    if (const std::string fitted = fitted_text(*found); !fitted.empty()) parts.push_back(fitted);
    if (found->tail_ratio)
      parts.push_back(taken_off(*found->tail_ratio) +
                      ends_text(less(found->tail_high), less(found->tail_low), three_digits) + " in the tail" +
                      (found->tail_status == record::TailStatus::ok ? "" : " (" + to_text(found->tail_status) + ")"));
    else if (found->tail_status == record::TailStatus::too_short)
      parts.emplace_back("tail too short");
    if (found->theory_rate)
      parts.push_back(fmt::format("{}{} by theory ({})",
                                  found->theory_kind == record::TheoryKind::l2_bound ? "at least " : "",
                                  taken_off(*found->theory_rate), to_text(found->theory_kind)));
    return fmt::format("a step of {} takes off f − f*: {}", row.series->optimizer, fmt::join(parts, ", "));
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
