#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "descent/record/report.hpp"

namespace descent::record {

/// Is a rate by this rule that of another batch, scaled, and not chosen for its own?
constexpr bool is_scaled(RateRule rule) noexcept { return rule == RateRule::linear || rule == RateRule::sqrt; }

/// The record with this id, or null.
const Workload* find_workload(const Report& report, std::string_view id) noexcept;
const Series* find_series(const Report& report, std::string_view id) noexcept;
const Cell* find_cell(const Report& report, std::string_view id) noexcept;

/// "workload/sgd/64/reshuffle/fused/2"; with more than one rank "…/2/4": equal ids are equal cells.
std::string cell_id(const Cell& cell);

/// Is it the steps of this series that the cell times?
bool times(const Cell& cell, const Series& series) noexcept;

/// "full" where a step takes the whole batch, else the number of rows.
std::string batch_name(bool full_batch, std::int64_t batch);

/// The cell's name for people: "batch 64 × 2 threads". Where another optimizer of its workload has a batch of that
/// name, as two methods with mini-batches have, the optimizer stands before it: "momentum, batch 64 × 2 threads".
/// `cell` has to be of a series of the report.
std::string cell_name(const Report& report, const Cell& cell);
/// The same with another text in the batch's place: "batch 32, 64 × 2 threads".
std::string cell_name(const Report& report, const Cell& cell, const std::string& batches);
/// "64", or "full" where its series takes whole batches.
std::string batch_name(const Report& report, const Cell& cell);

}  // namespace descent::record
