#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "analysis/disturbance.hpp"
#include "analysis/tables.hpp"
#include "analysis/times.hpp"
#include "descent/stats/stability.hpp"
#include "descent/stats/summary.hpp"

namespace descent::analysis {
namespace {

const record::Roof* roof_at(const record::Report& report, int threads) {
  for (const record::Roof& roof : report.roofs)
    if (roof.threads == threads) return &roof;
  return nullptr;
}

/// Does the whole data set fit into the last-level cache? Then the roof is the bandwidth of that cache, not of memory.
bool lies_in_l3(const record::Report& report, const record::DatasetRecord& data) {
  for (const record::Context::Cache& cache : report.context.caches)
    if (cache.level == 3) return 4 * data.n * data.d < cache.size;
  return false;
}

void place_under_roof(const record::Roof& roof, const CellTimes& times, bool in_l3, record::Throughput& row) {
  const StepLimit limit = step_limit(roof, times.work, in_l3 ? RowsLie::in_l3 : RowsLie::in_memory);
  if (limit.kind == record::RoofKind::none) return;
  row.roof = limit.kind;
  row.fraction_of_roof = limit.seconds / *row.seconds_per_step;
  row.fraction_of_arithmetic = limit.arithmetic_seconds / *row.seconds_per_step;
}

/// Was the cell timed only from the starting weights, although the share of examples with a gradient, and so the cost
/// of a step, changes during a run?
bool start_only(const record::Report& report, const record::Series& series, const CellTimes& times) {
  if (times.origins != "start") return false;
  for (const record::Trajectory& run : report.trajectories) {
    const std::vector<record::Real>& active = run.curve.active_fraction;
    if (run.series != series.id || active.empty() || !active.front() || !active.back()) continue;
    return std::abs(*active.front() - *active.back()) > 0.05;
  }
  return false;
}

/// Marks a timing as suspect if more than a quarter of the invocations were disturbed, it drifts by more than a
/// twentieth, or it has two speeds. Also names what disturbed its processes as a whole.
void judge(const CellTimes& times, const std::map<int, std::set<record::Doubt>>& flags, record::Throughput& row) {
  const std::vector<double> relative = times.relative_samples();
  row.disturbed = times.disturbed;
  row.drift = stats::drift(times.means);
  row.bimodal = stats::bimodal(relative);
  row.outliers = static_cast<int>(stats::outliers(relative));
  const int invocations = static_cast<int>(times.invocations.size());
  if (4 * times.disturbed > invocations) row.reasons.push_back(record::Doubt::disturbed);
  if (row.drift && std::abs(*row.drift) > 0.05) row.reasons.push_back(record::Doubt::drift);
  if (row.bimodal) row.reasons.push_back(record::Doubt::bimodal);
  row.suspect = !row.reasons.empty();
  std::map<record::Doubt, int> counts;
  for (const InvocationTimes& invocation : times.invocations)
    if (const auto found = flags.find(invocation.id); found != flags.end())
      for (const record::Doubt flag : found->second) ++counts[flag];
  for (const auto& [flag, count] : counts)
    if (4 * count > invocations) row.reasons.push_back(flag);
  if (4 * times.unbound > invocations) row.reasons.push_back(record::Doubt::unbound);
}

}  // namespace

void derive_throughput(record::Report& report) {
  report.throughput.clear();
  const std::map<int, std::set<record::Doubt>> flags = flags_of_invocations(report);
  for (const record::Series& series : report.series) {
    for (const record::Cell* const cell : timed_cells(report, series)) {
      const CellTimes times = cell_times(report, series, *cell);
      record::Throughput row;
      row.series = series.id;
      row.cell = cell->id;
      row.seconds_per_step = times.centre();
      if (!row.seconds_per_step || !(*row.seconds_per_step > 0)) continue;
      row.interval_kind = times.kind();
      row.invocations = static_cast<int>(times.invocations.size());
      row.timed_from = times.origins;
      const auto interval = times.interval(seed_of(series.id + cell->engine + std::to_string(cell->threads)));
      if (interval) row.low = interval->low, row.high = interval->high;
      row.mad = stats::mad(times.samples);
      row.examples_per_s = series.rows_per_step / *row.seconds_per_step;
      const record::Workload* const workload = find_workload(report, series.workload);
      bool in_l3 = false;
      for (const record::DatasetRecord& data : report.datasets) {
        if (workload == nullptr || workload->dataset != data.id || data.n <= 0) continue;
        row.epochs_per_s = *row.examples_per_s / static_cast<double>(data.n);
        in_l3 = lies_in_l3(report, data);
      }
      row.flop_per_s = times.work.flops / *row.seconds_per_step;
      row.bytes_per_s = times.work.bytes / *row.seconds_per_step;
      judge(times, flags, row);
      row.oversubscribed = times.oversubscribed;
      if (start_only(report, series, times)) row.reasons.push_back(record::Doubt::start_only);
      if (const record::Roof* const roof = roof_at(report, cell->threads)) place_under_roof(*roof, times, in_l3, row);
      report.throughput.push_back(row);
    }
  }
  for (record::Throughput& row : report.throughput) {
    const record::Cell& cell = *find_cell(report, row.cell);
    record::Cell one = cell;
    one.threads = one.ranks = 1;
    one.id = record::cell_id(one);
    for (const record::Throughput& base : report.throughput)
      if (base.series == row.series && base.cell == one.id) {
        row.speed_up = *base.seconds_per_step / *row.seconds_per_step;
        row.efficiency = *row.speed_up / (cell.threads * cell.ranks);
      }
  }
}

}  // namespace descent::analysis
