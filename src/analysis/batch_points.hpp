#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/passage.hpp"
#include "descent/core/random.hpp"
#include "descent/record/report.hpp"

namespace descent::analysis {

/// Steps to a target at one batch size, with what S(B) and the gains of doublings are made of.
struct BatchPoint {
  const record::Series* series;
  double batch, steps;  // expected; where no run reached the target, the steps of the longest
  SeriesRuns runs;
  record::Real expected;          // steps of those runs
  std::string left_out;           // why S(B) has no such point; "" where it has
  std::vector<double> log_seeds;  // ln steps of the single runs that reached
  bool censored() const { return log_seeds.size() < runs.runs.size(); }
};

/// Optimizers that have runs which depend on a seed, in the order of their series: their batches trade noise for work.
std::vector<std::string> stochastic_optimizers(const record::Report& report, const record::Workload& workload);

/// Every drawn batch tried of one workload, optimizer, target and rule, one point a batch: of the series that say
/// anything, the one whose rate was tuned nearest to the target.
std::vector<BatchPoint> points_of(const record::Report& report, const record::Workload& workload,
                                  const std::string& optimizer, const Target& target, record::RateRule rule);

/// Ends of an interval that are there and those that are not.
record::EndsStatus ends_status(const record::Real& low, const record::Real& high);

/// What a batch's seeds leave open of its ln steps, in one draw: infinite where a resample held no success.
double drawn_shift(const BatchPoint& point, core::CounterRandom& random);

/// Where the steps of a series to a target were timed by the engine that trained it, or, without one, by any: the
/// fastest.
const record::TimeToTarget* fastest_step(const record::Report& report, const record::Series& series,
                                         const Target& target, std::optional<int> threads);

/// The gains from one batch size to twice as many, in steps and in seconds.
record::Doubling describe_doubling(const record::Report& report, const record::Workload& workload, const Target& target,
                                   const BatchPoint& at, const BatchPoint& twice);

/// Draws of an interval of what batch sizes gain.
inline constexpr int kGainReplicates = 1000;

}  // namespace descent::analysis
