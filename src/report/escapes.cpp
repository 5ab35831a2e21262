#include "report/escapes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "descent/core/text.hpp"
#include "descent/record/find.hpp"
#include "report/format.hpp"

namespace descent::report {
namespace {

using Cell = TextTable::Cell;
using enum TextTable::Align;

struct EscapeRow {
  const record::Escape* escape;
  const record::Series* series;
};

std::vector<EscapeRow> rows_of(const record::Report& report, const record::Workload& workload) {
  std::vector<EscapeRow> rows;
  for (const record::Escape& escape : report.escapes)
    if (const record::Series* const series = find_series(report, escape.series);
        series != nullptr && series->workload == workload.id && escape.runs > 0)
      rows.push_back({&escape, series});
  return rows;
}

/// "gd: its one run is stuck at the saddle after 3,000 steps."
std::string sentence_of(const EscapeRow& row) {
  const record::Escape& escape = *row.escape;
  const std::string name = row.series->full_batch
                               ? row.series->optimizer + " without noise"
                               : fmt::format("{} with batch {}", row.series->optimizer, count_text(row.series->batch));
  const int stuck = escape.runs - escape.escaped;
  if (escape.escaped == 0)
    return fmt::format("{}: {} at the saddle after {} steps.", name,
                       escape.runs == 1 ? "its one run is still" : fmt::format("all {} runs are still", escape.runs),
                       count_text(row.series->budget_steps));
  const std::string median = escape.median_steps
                                 ? fmt::format("half of the runs have left the saddle after {} steps",
                                               count_text(std::llround(*escape.median_steps)))
                                 : fmt::format("{} of {} runs leave the saddle", escape.escaped, escape.runs);
  const std::string predicted =
      escape.predicted_steps ? fmt::format(" (theory: {})", count_text(std::llround(*escape.predicted_steps))) : "";
  return fmt::format("{}: {}{}{}.", name, median, predicted,
                     stuck > 0 ? fmt::format("; {} of {} are still there at the end", stuck, escape.runs) : "");
}

std::string law_text(const record::EscapeLaw& law) {
  const auto with_theory = [](const record::Real& value, const record::Real& predicted) {
    return fmt::format("{:.3g} steps{}", *value, predicted ? fmt::format(" (theory: {:.3g})", *predicted) : "");
  };
  return fmt::format(
      "{}: each doubling of the batch delays that by {}, each tenth of the noise by {}; measured over {} batch sizes.",
      law.optimizer, with_theory(law.steps_per_doubling, law.predicted_per_doubling),
      with_theory(law.steps_per_decade, law.predicted_per_decade), law.batches);
}

TextTable table_of(const std::vector<EscapeRow>& rows) {
  TextTable table({{"optimizer", left, "the method"},
                   {"batch", right, "draws of noise that a step takes the mean of; full: no noise"},
                   {"lr", right, "learning rate"},
                   {"noise", right, "standard deviation of a step's gradient along the way out"},
                   {"left", right, "runs that left the saddle, of all runs"},
                   {"median [95 %]", right, "steps after which half of the runs have left (Kaplan–Meier)"},
                   {"theory", right, "the same for plain steps on the quadratic that the saddle is close by"},
                   {"curvature", right, "least eigenvalue of the Hessian on the first run's way"}});
  for (const auto& [escape, series] : rows) {
    std::string median = escape->median_steps ? count_text(std::llround(*escape->median_steps)) : "";
    if (escape->median_low || escape->median_high)
      median += ends_text(escape->median_low, escape->median_high,
                          [](double steps) { return count_text(std::llround(steps)); });
    table.add({series->optimizer, record::batch_name(series->full_batch, series->batch),
               fmt::format("{:.2g}", series->chosen_lr), escape->noise ? fmt::format("{:.2g}", *escape->noise) : "",
               Cell(fmt::format("{} of {}", escape->escaped, escape->runs),
                    escape->escaped < escape->runs ? Ink::warning : Ink::plain),
               median, escape->predicted_steps ? count_text(std::llround(*escape->predicted_steps)) : "",
               escape->least_curvature ? fmt::format("{:.3g}", *escape->least_curvature) : ""});
  }
  return table;
}

}  // namespace

void write_escapes(Page& page, const record::Report& report, const record::Workload& workload) {
  const std::vector<EscapeRow> rows = rows_of(report, workload);
  if (rows.empty()) return;
  page.say(fmt::format("A run has left the saddle once it is {} away from it, along the direction that leads away.",
                       core::shortest(rows.front().escape->distance)));
  for (const EscapeRow& row : rows) page.say(sentence_of(row), row.escape->escaped == 0 ? Ink::warning : Ink::plain);
  for (const record::EscapeLaw& law : report.escape_laws)
    if (law.workload == workload.id) page.say(law_text(law));
  page.table(table_of(rows));
}

}  // namespace descent::report
