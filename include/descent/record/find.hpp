#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "descent/record/report.hpp"

namespace descent::record {

/// Does this rule scale the rate of another batch, rather than choose one for the batch itself?
constexpr bool is_scaled(RateRule rule) noexcept { return rule == RateRule::linear || rule == RateRule::sqrt; }

/// The record with this id, or null.
const Workload* find_workload(const Report& report, std::string_view id) noexcept;
const Series* find_series(const Report& report, std::string_view id) noexcept;
const Cell* find_cell(const Report& report, std::string_view id) noexcept;

/// "workload/sgd/64/reshuffle/fused/2"; with more than one rank "…/2/4": equal ids are equal cells.
std::string cell_id(const Cell& cell);

/// Does the cell time the steps of this series?
bool times(const Cell& cell, const Series& series) noexcept;

/// "full" where a step takes the whole batch, else the number of rows.
std::string batch_name(bool full_batch, std::int64_t batch);

/// The cell's name for people: "batch 64 × 2 threads". If another optimizer of its workload has a batch of the same
/// name, the optimizer comes first: "momentum, batch 64 × 2 threads". `cell` has to belong to a series of the report.
std::string cell_name(const Report& report, const Cell& cell);
/// The same with `batches` in place of the batch size: "batch 32, 64 × 2 threads".
std::string cell_name(const Report& report, const Cell& cell, const std::string& batches);
/// "64", or "full" if the cell's series takes whole batches.
std::string batch_name(const Report& report, const Cell& cell);

}  // namespace descent::record
