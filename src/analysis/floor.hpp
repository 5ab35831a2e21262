#pragma once

#include <cstddef>
#include <optional>

#include "descent/record/report.hpp"

namespace descent::analysis {

/// The floor run of a series with what was found in it.
struct SteadyState {
  const record::FloorRun* run = nullptr;  // null: there is none
  std::optional<std::size_t> from;        // first entry after the burn-in, where a floor was reached
  double delta = 0;                       // δ there
};

/// Fills floor, its interval and status, the variance of the weights, and the same where epochs end; then what is
/// predicted for independent batches.
SteadyState add_floor(const record::Report& report, const record::Series& series, const record::Workload& workload,
                      record::CurveNoise& row);
/// Holds that floor against the target that the rate is for, or the headline where it is for none. One that was not
/// reached is not known to be below it.
void hold_against_target(const record::Report& report, const record::Series& series, const record::Workload& workload,
                         record::CurveNoise& row);

}  // namespace descent::analysis
