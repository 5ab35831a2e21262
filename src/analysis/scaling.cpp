#include <algorithm>
#include <map>

#include "analysis/tables.hpp"
#include "descent/stats/scaling_fit.hpp"

namespace descent::analysis {
namespace {

constexpr std::size_t kEnoughCounts = 6;  // with fewer thread counts, two parameters would fit anything

}  // namespace

void derive_scaling(record::Report& report) {
  report.scaling.clear();
  std::map<std::pair<std::string, std::string>, std::vector<stats::SpeedUp>> curves;
  for (const record::Throughput& cell : report.throughput)
    if (cell.speed_up && !cell.oversubscribed) {
      const record::Cell& timed = *find_cell(report, cell.cell);
      curves[{cell.series, timed.engine}].push_back({static_cast<double>(timed.threads * timed.ranks), *cell.speed_up});
    }
  for (const record::Series& series : report.series)
    for (auto& [key, points] : curves) {
      if (key.first != series.id) continue;
      std::sort(points.begin(), points.end(), [](const auto& a, const auto& b) { return a.threads < b.threads; });
      if (points.back().threads <= 1) continue;
      record::Scaling row;
      row.series = key.first;
      row.engine = key.second;
      row.base = key.second + " on 1 thread";
      row.karp_flatt = stats::karp_flatt(points.back());
      row.amdahl_serial = stats::amdahl_serial(points);
      row.fit_status = record::ScalingStatus::too_few;
      if (const auto fit = stats::fit_usl(points); fit && points.size() >= kEnoughCounts) {
        row.usl_sigma = fit->sigma;
        row.usl_kappa = fit->kappa;
        row.usl_best_threads = fit->best_threads;
        row.fit_status = record::ScalingStatus::ok;
      }
      report.scaling.push_back(row);
    }
}

}  // namespace descent::analysis
