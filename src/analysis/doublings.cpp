#include <cmath>

#include "analysis/batch_points.hpp"
#include "analysis/steps_error.hpp"
#include "analysis/tables.hpp"
#include "analysis/times.hpp"
#include "descent/stats/interval.hpp"

namespace descent::analysis {
namespace {

constexpr double kPerfect = 0.9, kMaximal = 0.1;

/// Intervals of a doubling's gains, from the seeds of both batches and the processes of both timings.
void gain_intervals(const record::Report& report, const BatchPoint& at, const BatchPoint& twice,
                    const record::TimeToTarget* before, const record::TimeToTarget* after, record::Doubling& row) {
  const std::uint64_t seed = seed_of(at.series->id + twice.series->id);
  // If the larger batch has no success, there is no gain; if the smaller one has none, the gain is unbounded.
  const auto gain = [&](core::CounterRandom& random) {
    const double shift = drawn_shift(at, random), shift_twice = drawn_shift(twice, random);
    return std::isinf(shift) ? HUGE_VAL : *row.step_gain * std::exp(shift - shift_twice);
  };
  stats::OpenInterval steps;
  if (at.runs.error && twice.runs.error) {
    const auto interval = interval_of(*row.step_gain, sum_of(*at.runs.error, *twice.runs.error));
    steps = {interval.low, interval.high};
  } else {
    steps = stats::open_bootstrap(seed, kGainReplicates, gain);
  }
  if (steps.low && *steps.low > 0) row.step_gain_low = steps.low;
  row.step_gain_high = steps.high;
  row.interval_status = ends_status(row.step_gain_low, row.step_gain_high);
  if (!row.time_gain) return;
  const Target target{row.target_kind, row.target_value};
  const CellTimes from = cell_times(report, *at.series, *find_cell(report, before->cell), target);
  const CellTimes to = cell_times(report, *twice.series, *find_cell(report, after->cell), target);
  const double ratio = *before->seconds_per_step / *after->seconds_per_step;
  const auto times = stats::open_bootstrap(seed + 1, kGainReplicates, [&](core::CounterRandom& random) {
    const double steps_gain = gain(random);
    const auto seconds = from.drawn(random), seconds_twice = to.drawn(random);
    return steps_gain * (seconds && seconds_twice ? *seconds / *seconds_twice : ratio);
  });
  row.time_gain_low = times.low, row.time_gain_high = times.high;
}

/// If one batch did not reach the target, its steps so far are a lower bound. This bounds the gain on one side, with
/// the error due to the other batch's seeds.
void bound_gain(const BatchPoint& at, const BatchPoint& twice, record::Doubling& row) {
  const bool above = !at.left_out.empty();
  const BatchPoint &reached = above ? twice : at, &censored = above ? at : twice;
  if (censored.left_out != "not_reached" || !(censored.steps > 0)) return;
  if (one_seed(*reached.series, reached.runs)) {
    row.interval_status = record::EndsStatus::one_seed;
    return;
  }
  if (reached.runs.error) {
    const auto interval = interval_of(reached.steps, *reached.runs.error);
    (above ? row.step_gain_low : row.step_gain_high) =
        above ? censored.steps / interval.high : interval.high / censored.steps;
    row.interval_status = ends_status(row.step_gain_low, row.step_gain_high);
    return;
  }
  const auto bound = stats::open_bootstrap(
      seed_of(at.series->id + twice.series->id), kGainReplicates, [&](core::CounterRandom& random) {
        const double shift = drawn_shift(reached, random);
        const double steps = std::isinf(shift) ? HUGE_VAL : reached.steps * std::exp(shift);
        return above ? censored.steps / steps : steps / censored.steps;
      });
  (above ? row.step_gain_low : row.step_gain_high) = above ? bound.low : bound.high;
  row.interval_status = ends_status(row.step_gain_low, row.step_gain_high);
}

/// √(c_B trΣ) is the noise of a mini-batch gradient; c_B depends on how batches are drawn.
void add_noise_gain(const record::Report& report, const record::Workload& workload, const BatchPoint& at,
                    const BatchPoint& twice, record::Doubling& row) {
  const std::int64_t n = rows_of(report, workload);
  const double small = std::sqrt(variance_factor(at.series->sampling, n, at.series->batch));
  const double large = std::sqrt(variance_factor(twice.series->sampling, n, twice.series->batch));
  row.noise_gain_absolute = small - large;
  if (small > 0) row.noise_gain_relative = 1 - large / small;
}

}  // namespace

record::Doubling describe_doubling(const record::Report& report, const record::Workload& workload, const Target& target,
                                   const BatchPoint& at, const BatchPoint& twice) {
  record::Doubling row;
  row.workload = workload.id;
  row.optimizer = at.series->optimizer;
  row.target_kind = target.kind;
  row.target_value = target.value;
  row.batch = at.series->batch;
  add_noise_gain(report, workload, at, twice, row);
  if (!at.left_out.empty() || !twice.left_out.empty()) {
    bound_gain(at, twice, row);
    return row;
  }
  row.step_gain = at.steps / twice.steps;
  row.efficiency = std::log2(*row.step_gain);
  row.regime = *row.efficiency >= kPerfect   ? record::Regime::perfect
               : *row.efficiency <= kMaximal ? record::Regime::maximal
                                             : record::Regime::diminishing;
  const record::TimeToTarget* const before = fastest_step(report, *at.series, target, {});
  const record::TimeToTarget* const after = fastest_step(report, *twice.series, target, {});
  if (before != nullptr && after != nullptr)
    row.time_gain = *row.step_gain * *before->seconds_per_step / *after->seconds_per_step;
  if (one_seed(*at.series, at.runs) || one_seed(*twice.series, twice.runs))
    row.interval_status = record::EndsStatus::one_seed;
  else if (at.expected && twice.expected)
    gain_intervals(report, at, twice, before, after, row);
  return row;
}

}  // namespace descent::analysis
