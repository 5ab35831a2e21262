#include "descent/record/find.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace descent::record {
namespace {

template <class T>
const T* with_id(const std::vector<T>& records, std::string_view id) noexcept {
  const auto found = std::find_if(records.begin(), records.end(), [&](const T& record) { return record.id == id; });
  return found == records.end() ? nullptr : &*found;
}

bool is_full(const Report& report, const Cell& cell) {
  return std::any_of(report.series.begin(), report.series.end(),
                     [&](const Series& series) { return times(cell, series) && series.full_batch; });
}

/// Do two optimizers of the workload have batches of the same name?
bool needs_optimizer(const Report& report, const std::string& workload) {
  for (const Series& one : report.series) {
    if (one.workload != workload) continue;
    for (const Series& other : report.series)
      if (one.batch == other.batch && one.full_batch == other.full_batch && other.workload == workload &&
          one.optimizer != other.optimizer)
        return true;
  }
  return false;
}

}  // namespace

const Workload* find_workload(const Report& report, std::string_view id) noexcept {
  return with_id(report.workloads, id);
}

const Series* find_series(const Report& report, std::string_view id) noexcept { return with_id(report.series, id); }

const Cell* find_cell(const Report& report, std::string_view id) noexcept { return with_id(report.cells, id); }

std::string cell_id(const Cell& cell) {
  std::string id = fmt::format("{}/{}/{}/{}/{}/{}", cell.workload, cell.optimizer, cell.batch, to_text(cell.sampling),
                               cell.engine, cell.threads);
  return cell.ranks == 1 ? id : fmt::format("{}/{}", id, cell.ranks);
}

bool times(const Cell& cell, const Series& series) noexcept {
  return cell.workload == series.workload && cell.optimizer == series.optimizer && cell.batch == series.batch &&
         cell.sampling == series.sampling;
}

std::string batch_name(bool full_batch, std::int64_t batch) { return full_batch ? "full" : std::to_string(batch); }

std::string batch_name(const Report& report, const Cell& cell) { return batch_name(is_full(report, cell), cell.batch); }

std::string cell_name(const Report& report, const Cell& cell, const std::string& batches) {
  return fmt::format("{}batch {} × {} thread{}{}", needs_optimizer(report, cell.workload) ? cell.optimizer + ", " : "",
                     batches, cell.threads, cell.threads == 1 ? "" : "s",
                     cell.ranks == 1 ? "" : fmt::format(" × {} ranks", cell.ranks));
}

std::string cell_name(const Report& report, const Cell& cell) {
  return cell_name(report, cell, batch_name(report, cell));
}

}  // namespace descent::record
