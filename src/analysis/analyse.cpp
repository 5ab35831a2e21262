#include "descent/analysis/analyse.hpp"

#include "analysis/tables.hpp"

namespace descent::analysis {

std::uint64_t seed_of(std::string_view text, std::uint64_t basis) noexcept {
  std::uint64_t hash = basis;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

const record::Series* find_series(const record::Report& report, std::string_view id) noexcept {
  for (const record::Series& series : report.series)
    if (series.id == id) return &series;
  return nullptr;
}

const record::Workload* find_workload(const record::Report& report, std::string_view id) noexcept {
  for (const record::Workload& workload : report.workloads)
    if (workload.id == id) return &workload;
  return nullptr;
}

record::Report analyse(record::Report report) {
  derive_curve_noise(report);
  derive_convergence(report);
  derive_throughput(report);
  derive_scaling(report);
  derive_noise(report);
  derive_time_to_target(report);
  derive_returns(report);
  derive_batch_noise(report);
  derive_summary(report);
  derive_losses_at_accuracy(report);
  derive_benchmarks(report);
  return report;
}

}  // namespace descent::analysis
