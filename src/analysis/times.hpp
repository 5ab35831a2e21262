#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "descent/core/random.hpp"
#include "descent/record/report.hpp"

namespace descent {

/// Samples of one process, by the stored weights they ran from: start, middle, end.
struct InvocationTimes {
  std::map<std::string, std::vector<double>> phases;
  /// Total time is a sum: the mean over each phase's samples, weighted by the share of steps that is taken near it.
  double mean(const std::map<std::string, double>& shares) const;
};

/// Seconds per step of a cell.
struct CellTimes {
  std::vector<InvocationTimes> invocations;
  std::vector<double> means;             ///< of each invocation
  std::vector<double> samples;           ///< of all, in the report's order
  std::map<std::string, double> shares;  ///< of the steps, by phase
  double flops = 0, bytes = 0;
  std::string schedule;
  int disturbed = 0;  ///< invocations with samples that stayed disturbed
  /// Samples of all invocations over the median of their phase: of one kind, whatever the phase.
  std::vector<double> relative_samples() const;
  /// Median over invocations of the invocation's mean.
  std::optional<double> centre() const;
  /// One draw of it from its confidence distribution, for intervals of this cell alone.
  std::optional<double> drawn(CounterRandom& random) const;
  /// The same for one bootstrap replicate that cells can share, when random starts alike for each: invocations are
  /// resampled; with fewer than kEnoughInvocations their samples as well, so that few processes do not pass for an
  /// exact figure.
  std::optional<double> resampled(CounterRandom& random) const;
};

inline constexpr std::size_t kEnoughInvocations = 5;

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
