#pragma once

#include <optional>
#include <string>
#include <vector>

#include "descent/core/random.hpp"
#include "descent/record/report.hpp"

namespace descent {

/// Seconds per step of a cell: each invocation's samples.
struct CellTimes {
  std::vector<std::vector<double>> invocations;
  double flops = 0, bytes = 0;
  std::string schedule;
  bool suspect = false;
  /// Median over invocations of the invocation's mean: total time is a sum, so the mean within.
  std::optional<double> centre() const;
  /// The same for one bootstrap replicate: invocations are resampled, or, when there is only one, its samples.
  std::optional<double> resampled(CounterRandom& random) const;
};

/// A timing belongs to a series by its id, or, where it names none, by workload and batch.
CellTimes cell_times(const Report& report, const Series& series, const std::string& engine, int threads);

struct CellKey {
  std::string engine;
  int threads = 0;
  auto operator<=>(const CellKey&) const = default;
};
/// The (engine, threads) that a series was timed with, sorted.
std::vector<CellKey> timed_cells(const Report& report, const Series& series);

}  // namespace descent
