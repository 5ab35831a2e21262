#include "descent/analysis/analyse.hpp"

#include "analysis/tables.hpp"

namespace descent::analysis {

std::uint64_t seed_of(std::string_view text, std::uint64_t basis) noexcept {
  std::uint64_t hash = basis;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

std::string trajectory_engine(const record::Report& report) {
  const auto engine = report.context.arithmetic.find("engine");
  return engine == report.context.arithmetic.end() ? "" : engine->second;
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
  derive_escapes(report);
  derive_benchmarks(report);
  return report;
}

}  // namespace descent::analysis
