#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/passage.hpp"
#include "descent/core/random.hpp"
#include "descent/record/report.hpp"

namespace descent::analysis {

/// Steps to a target at one batch size, with the data for S(B) and the gains of doublings.
struct BatchPoint {
  const record::Series* series;
  double batch, steps;  // expected steps; if no run reached the target, the steps of the longest run
  SeriesRuns runs;
  record::Real expected;          // expected steps of the runs
  std::string left_out;           // why this point is left out of S(B); "" if it is not
  std::vector<double> log_seeds;  // ln steps of the runs that reached the target
  bool censored() const { return log_seeds.size() < runs.runs.size(); }
};

/// Optimizers whose runs depend on a seed, in the order of their series: for these, the batch size trades noise for
/// work.
std::vector<std::string> stochastic_optimizers(const record::Report& report, const record::Workload& workload);

/// One point for each drawn batch size of a workload, optimizer, target and rule: from the series with results whose
/// rate was tuned nearest to the target.
std::vector<BatchPoint> points_of(const record::Report& report, const record::Workload& workload,
                                  const std::string& optimizer, const Target& target, record::RateRule rule);

/// Which ends of an interval are present.
record::EndsStatus ends_status(const record::Real& low, const record::Real& high);

/// One draw of the error of a batch's ln steps due to its seeds: infinite if a resample had no success.
double drawn_shift(const BatchPoint& point, core::CounterRandom& random);

/// The fastest timing of a series' steps to a target: by the engine that trained the series, or if that was not timed,
/// by any engine.
const record::TimeToTarget* fastest_step(const record::Report& report, const record::Series& series,
                                         const Target& target, std::optional<int> threads);

/// The gains from one batch size to twice as many, in steps and in seconds.
record::Doubling describe_doubling(const record::Report& report, const record::Workload& workload, const Target& target,
                                   const BatchPoint& at, const BatchPoint& twice);

/// Number of draws for an interval of the gain of batch sizes.
inline constexpr int kGainReplicates = 1000;

}  // namespace descent::analysis
