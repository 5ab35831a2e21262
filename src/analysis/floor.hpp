#pragma once

#include <cstddef>
#include <optional>

#include "descent/record/report.hpp"

namespace descent::analysis {

/// The floor run of a series, and the steady state found in it.
struct SteadyState {
  const record::FloorRun* run = nullptr;  // null: there is no floor run
  std::optional<std::size_t> from;        // first entry after the burn-in, if a floor was reached
  double delta = 0;                       // δ at the floor
};

/// Fills floor, its interval and status, the variance of the weights, the same at the ends of epochs, and the
/// predictions for independent batches.
SteadyState add_floor(const record::Report& report, const record::Series& series, const record::Workload& workload,
                      record::CurveNoise& row);
/// Compares the floor with the target that the rate is tuned for, or with the headline target if it is not tuned. A
/// floor that was not reached is not known to be below the target.
void hold_against_target(const record::Report& report, const record::Series& series, const record::Workload& workload,
                         record::CurveNoise& row);

}  // namespace descent::analysis
