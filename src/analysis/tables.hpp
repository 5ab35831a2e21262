#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "descent/record/find.hpp"
#include "descent/record/report.hpp"

namespace descent::analysis {

// One function per derived table. Each replaces its table, and reads raw tables and the tables derived before it.
void derive_convergence(record::Report& report);
void derive_throughput(record::Report& report);
void derive_scaling(record::Report& report);
void derive_noise(record::Report& report);
void derive_curve_noise(record::Report& report);
void derive_time_to_target(record::Report& report);
void derive_returns(record::Report& report);  ///< returns and doublings
void derive_batch_noise(record::Report& report);
void derive_summary(record::Report& report);
void derive_losses_at_accuracy(record::Report& report);
void derive_escapes(record::Report& report);  ///< escapes and escape_laws
void derive_benchmarks(record::Report& report);

/// Seed of a resampling: depends on what is resampled, so that the same report gives the same intervals.
std::uint64_t seed_of(std::string_view text, std::uint64_t basis = 0xcbf29ce484222325) noexcept;

/// The engine that trained the trajectories; "" where the report does not say.
std::string trajectory_engine(const record::Report& report);

/// Training rows of a workload; 0 where its data set is not in the report.
std::int64_t rows_of(const record::Report& report, const record::Workload& workload) noexcept;

/// c_B: variance of a batch's mean over that of one row: 1/B for iid_replace, else (n−B)/(B(n−1)); a single batch of a
/// reshuffled epoch counts as distinct rows.
double variance_factor(record::Sampling sampling, std::int64_t n, std::int64_t batch) noexcept;

}  // namespace descent::analysis
