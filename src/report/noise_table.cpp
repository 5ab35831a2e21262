#include "report/noise_table.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <set>

#include "report/format.hpp"

namespace descent {
namespace {

constexpr const char* kNote =
    "of the noise table: a batch gradient's standard deviation over the length of the whole gradient; what doubling "
    "the "
    "batch takes off it, and which share; how many times fewer steps that takes, read off the mean over seeds";

using Cell = TextTable::Cell;

/// Rows of the workload as its batches are drawn, at the checkpoint nearest to the target, by batch.
std::vector<const BatchNoise*> rows_near(const Report& report, const Workload& workload, const Target& target) {
  std::string sampling = "iid_distinct";
  for (const Series& series : report.series)
    if (series.workload == workload.id && series.optimizer == "sgd" && series.sampling == "iid_replace")
      sampling = series.sampling;
  const double wanted = target.kind == "suboptimality" && target.value > 0 ? target.value : 1e-300;
  std::string checkpoint;
  double least = std::numeric_limits<double>::infinity();
  std::vector<const BatchNoise*> rows;
  for (const BatchNoise& row : report.batch_noise) {
    if (row.workload != workload.id || row.sampling != sampling || !row.delta || !(*row.delta > 0)) continue;
    const double away = std::abs(std::log(*row.delta / wanted));
    if (away < least) least = away, checkpoint = row.checkpoint, rows.clear();
    if (row.checkpoint == checkpoint) rows.push_back(&row);
  }
  return rows;
}

std::vector<const BatchNoise*> chosen(const std::vector<const BatchNoise*>& rows) {
  std::set<std::int64_t> wanted{1, 8, 32, 64, 512, 1024, 8192, 16384};
  if (!rows.empty()) wanted.insert(rows.back()->batch);
  std::vector<const BatchNoise*> result;
  for (const BatchNoise* row : rows)
    if (wanted.contains(row->batch)) result.push_back(row);
  return result;
}

template <class Text>
void add_line(TextTable& table, const char* label, const std::vector<const BatchNoise*>& rows, Text&& text) {
  std::vector<Cell> cells{{label, Ink::faint}};
  bool some = false;
  for (const BatchNoise* row : rows) {
    cells.emplace_back(text(*row));
    some = some || !cells.back().text.empty();
  }
  if (some) table.add(std::move(cells));
}

}  // namespace

TextTable noise_table(const Report& report, const Workload& workload, const Target& target) {
  const std::vector<const BatchNoise*> rows = chosen(rows_near(report, workload, target));
  std::vector<TextTable::Column> columns{{"batch", TextTable::Align::left, kNote}};
  for (const BatchNoise* row : rows) columns.push_back({count_text(row->batch), TextTable::Align::right});
  TextTable table(columns);
  const auto digits = [](const Real& value) { return value ? three_digits(*value) : std::string(); };
  add_line(table, "gradient noise / signal", rows, [&](const BatchNoise& row) { return digits(row.relative_sd); });
  add_line(table, "doubling takes off", rows, [&](const BatchNoise& row) {
    if (!row.absolute_gain || !row.relative_sd || !row.predicted_sd || !(*row.predicted_sd > 0)) return std::string();
    return three_digits(*row.absolute_gain * *row.relative_sd / *row.predicted_sd);
  });
  add_line(table, "… of this noise", rows, [](const BatchNoise& row) {
    return row.relative_gain ? fmt::format("{:.1f} %", 100 * *row.relative_gain) : std::string();
  });
  add_line(table, "… and saves steps", rows,
           [&](const BatchNoise& row) { return row.step_gain ? digits(row.step_gain) + "x" : std::string(); });
  return table;
}

}  // namespace descent
