#include "report/noise_table.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <set>

#include "report/doubling_table.hpp"
#include "report/format.hpp"
#include "report/notes.hpp"

namespace descent::report {
namespace {

using Cell = TextTable::Cell;

/// Rows of the workload as its batches are drawn, at the checkpoint nearest to the target, by batch.
std::vector<const record::BatchNoise*> rows_near(const record::Report& report, const record::Workload& workload,
                                                 const Target& target) {
  record::Sampling sampling = record::Sampling::iid_distinct;
  for (const record::Series& series : report.series)
    if (series.workload == workload.id && series.stochastic && series.sampling == record::Sampling::iid_replace)
      sampling = series.sampling;
  const double wanted = target.kind == record::TargetKind::suboptimality && target.value > 0 ? target.value : 1e-300;
  std::string checkpoint;
  double least = std::numeric_limits<double>::infinity();
  std::vector<const record::BatchNoise*> rows;
  for (const record::BatchNoise& row : report.batch_noise) {
    if (row.workload != workload.id || row.sampling != sampling || !row.delta || !(*row.delta > 0)) continue;
    const double away = std::abs(std::log(*row.delta / wanted));
    if (away < least) least = away, checkpoint = row.checkpoint, rows.clear();
    if (row.checkpoint == checkpoint) rows.push_back(&row);
  }
  return rows;
}

std::vector<const record::BatchNoise*> chosen(const std::vector<const record::BatchNoise*>& rows) {
  std::set<std::int64_t> wanted{1, 8, 32, 64, 512, 1024, 8192, 16384};
  if (!rows.empty()) wanted.insert(rows.back()->batch);
  std::vector<const record::BatchNoise*> result;
  for (const record::BatchNoise* row : rows)
    if (wanted.contains(row->batch)) result.push_back(row);
  return result;
}

template <class Text>
void add_line(TextTable& table, const char* label, const std::vector<const record::BatchNoise*>& rows, const char* note,
              Text&& text) {
  std::vector<Cell> cells{{label, Ink::faint}};
  bool some = false;
  for (const record::BatchNoise* row : rows) {
    cells.emplace_back(text(*row));
    some = some || !cells.back().text.empty();
  }
  if (some) table.add(std::move(cells), note);
}

}  // namespace

TextTable noise_table(const record::Report& report, const record::Workload& workload, const Target& target) {
  const std::vector<const record::BatchNoise*> rows = chosen(rows_near(report, workload, target));
  std::vector<TextTable::Column> columns{{"batch", TextTable::Align::left, kBatchNote}};
  // Where there is no room, every second batch size leaves, and then every second of the others.
  for (std::size_t i = 0; i < rows.size(); ++i)
    columns.push_back({count_text(rows[i]->batch), TextTable::Align::right, "", i % 2 == 1 ? 1 : i % 4 == 2 ? 2 : 0});
  TextTable table(columns);
  const auto digits = [](const record::Real& value) { return value ? three_digits(*value) : std::string(); };
  add_line(table, "gradient noise / signal", rows,
           "standard deviation of a batch's gradient over the length of the whole gradient, near the target",
           [&](const record::BatchNoise& row) { return digits(row.relative_sd); });
  add_line(table, "doubling takes off", rows, "how much less that is with a batch twice as large",
           [&](const record::BatchNoise& row) {
             if (!row.absolute_gain || !row.relative_sd || !row.predicted_sd || !(*row.predicted_sd > 0))
               return std::string();
             return three_digits(*row.absolute_gain * *row.relative_sd / *row.predicted_sd);
           });
  add_line(table, "… of this noise", rows, "the same as a share of the batch's own noise",
           [](const record::BatchNoise& row) {
             return row.relative_gain ? fmt::format("{:.1f} %", 100 * *row.relative_gain) : std::string();
           });
  add_line(table, "… and saves steps", rows, "how many times fewer steps the batch twice as large takes",
           [&](const record::BatchNoise& row) { return gain_text(row.step_gain, {}, {}); });
  const std::vector<const record::Doubling*> doublings = doublings_of(report, workload, target);
  add_line(table, "… and saves time", rows,
           "those steps times the seconds of one, each batch on its fastest threads; below 1x it loses",
           [&](const record::BatchNoise& row) {
             for (const record::Doubling* doubling : doublings)
               if (doubling->batch == row.batch) return gain_text(doubling->time_gain, {}, {});
             return std::string();
           });
  return table;
}

}  // namespace descent::report
