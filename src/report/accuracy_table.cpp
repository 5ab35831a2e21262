#include "report/accuracy_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "descent/record/find.hpp"
#include "report/format.hpp"
#include "report/notes.hpp"
#include "report/phrases.hpp"

namespace descent::report {
namespace {

using Cell = TextTable::Cell;

/// The loss, with its l2 where it stands there with several.
std::string loss_of(const record::Report& report, const std::string& id) {
  const auto workload = std::find_if(report.workloads.begin(), report.workloads.end(),
                                     [&](const record::Workload& candidate) { return candidate.id == id; });
  if (workload == report.workloads.end()) return id;
  const bool alone =
      std::count_if(report.workloads.begin(), report.workloads.end(), [&](const record::Workload& other) {
        return other.loss == workload->loss && other.dataset == workload->dataset;
      }) == 1;
  return alone ? workload->loss : fmt::format("{}, l2 {:.3g}", workload->loss, workload->l2);
}

/// Are its cell's timings not to be leant on?
bool is_suspect(const record::Report& report, const record::LossAtAccuracy& row) {
  return std::any_of(report.throughput.begin(), report.throughput.end(), [&](const record::Throughput& steps) {
    return steps.suspect && steps.series == row.series && steps.cell == row.cell;
  });
}

/// "1.3x [1.2, 1.5]", and whether it is more than chance.
Cell ratio_cell(const record::LossAtAccuracy& row) {
  if (!row.ratio) return "";
  if (!(*row.ratio > 1)) return {"fastest", Ink::good};
  std::string text = fmt::format("{:.3g}x", *row.ratio);
  // No time is 0: that end is open.
  const record::Real low = row.ratio_low && *row.ratio_low > 0 ? row.ratio_low : record::Real();
  text += ends_text(low, row.ratio_high, [](double value) { return fmt::format("{:.3g}", value); });
  if (row.ratio_status == record::IntervalStatus::one_seed) return {text + ", of one seed", Ink::faint};
  const bool apart = row.ratio_low && *row.ratio_low > 1;
  return apart ? Cell(text) : Cell(text + ", perhaps as fast", Ink::faint);
}

/// Fastest first; those without a time last.
std::vector<const record::LossAtAccuracy*> rows_at(const record::Report& report, const std::string& dataset) {
  std::vector<const record::LossAtAccuracy*> rows;
  for (const record::LossAtAccuracy& row : report.losses_at_accuracy)
    if (row.dataset == dataset) rows.push_back(&row);
  std::stable_sort(rows.begin(), rows.end(), [](const record::LossAtAccuracy* a, const record::LossAtAccuracy* b) {
    return a->seconds && (!b->seconds || *a->seconds < *b->seconds);
  });
  return rows;
}

std::string why_none(const record::LossAtAccuracy& row) {
  if (row.status == record::AccuracyStatus::not_timed) return "reached, but not timed";
  if (row.status == record::AccuracyStatus::largest_class)
    return "not compared: always naming the most frequent class is as accurate as its optimum";
  if (row.status == record::AccuracyStatus::at_start) return "there before the first step: not compared";
  if (row.status == record::AccuracyStatus::stopped_before) return "its runs ended before all of them reached it";
  return row.status == record::AccuracyStatus::not_run ? "no cell was run" : "not reached within the budget";
}

}  // namespace

std::vector<std::string> losses_text(const record::Report& report, const std::string& dataset) {
  const std::vector<const record::LossAtAccuracy*> rows = rows_at(report, dataset);
  if (rows.size() != 2) return {};
  const bool sure = std::any_of(rows.begin(), rows.end(), [](const record::LossAtAccuracy* row) {
    return row->seconds && row->ratio_low && *row->ratio_low > 1;
  });
  std::vector<std::string> sentences;
  for (const record::LossAtAccuracy* row : rows) {
    const std::string loss = loss_of(report, row->workload);
    if (!row->seconds) {
      sentences.push_back(fmt::format("{}: {}.", loss, why_none(*row)));
      continue;
    }
    const std::string seconds = seconds_with_interval(row->seconds, {}, {}), cell = cell_phrase(report, row->cell);
    if (!row->ratio || !(*row->ratio > 1)) {
      sentences.push_back(
          fmt::format("{} {}: {} with {}.", loss, sure ? "is the fastest" : "took the least time", seconds, cell));
      continue;
    }
    const bool alone = row->ratio_status == record::IntervalStatus::one_seed;
    const bool apart = row->ratio_low && *row->ratio_low > 1;
    sentences.push_back(fmt::format("{} {} {} ({}){}.", loss, sure ? "takes" : "took", times_as_long(*row->ratio),
                                    seconds,
                                    alone   ? ", by one seed"
                                    : apart ? ""
                                            : ", but that may be chance"));
  }
  return sentences;
}

TextTable accuracy_table(const record::Report& report, const std::string& dataset) {
  constexpr auto left = TextTable::Align::left, right = TextTable::Align::right;
  TextTable table(
      {{"loss", left, "one of those that have an accuracy target on this data set"},
       {"batch", right, kBatchNote, 2},
       {"threads", right, "of the loss's fastest cell", 2},
       {"steps", right, kStepsNote, 1},
       {"time to accuracy", right,
        "on the loss's fastest batch size and threads; ? disturbed; between losses only accuracy compares, since a "
        "share of the starting gap is something else for each"},
       {"[95 %]", left, "95 % interval of the time", 3, true},
       {"to the fastest", left,
        "its seconds over those of the fastest loss, with the 95 % interval of that ratio; perhaps as fast: 1 is in "
        "it"}});
  for (const record::LossAtAccuracy* row : rows_at(report, dataset)) {
    if (!row->seconds) {
      table.add({loss_of(report, row->workload), "", "", "", "", "", {why_none(*row), Ink::faint}});
      continue;
    }
    const bool suspect = is_suspect(report, *row);
    const record::Series* const series = record::find_series(report, row->series);
    const record::Cell* const cell = record::find_cell(report, row->cell);
    table.add(
        {loss_of(report, row->workload),
         series == nullptr ? "" : batch_text(*series),
         cell == nullptr ? "" : std::to_string(cell->threads),
         steps_text(*row->steps),
         {seconds_with_interval(row->seconds, {}, {}) + (suspect ? " ?" : ""), suspect ? Ink::warning : Ink::plain},
         time_interval(row->seconds, row->low, row->high),
         ratio_cell(*row)});
  }
  return table;
}

}  // namespace descent::report
