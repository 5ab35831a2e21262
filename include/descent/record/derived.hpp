#pragma once

#include <string>
#include <vector>

#include "descent/record/tables.hpp"

namespace descent::record {

// The derived tables: pure functions of the raw ones (room analysis). An estimate is a value with its interval.

struct Convergence {
  std::string series;
  TargetKind target_kind = {};
  double target_value = 0;
  int runs = 0, reached = 0, diverged = 0;
  PassageStatus status = {};
  Real ert_at_least;                                      ///< of ert_steps where no run reached: all steps spent
  Real ert_steps, median_steps, median_low, median_high;  ///< ERT; Kaplan–Meier median and its interval
  IntervalStatus median_status = {};
  Real restricted_mean_steps;
  Real first_passage_steps;       ///< ERT, were a run's first dip to the target enough; depends on the steps looked at
  int first_passage_reached = 0;  ///< runs that dipped to it
  Real curve_steps;               ///< where the seed-mean curve has come to the target, beside the runs' own steps
  CurveStatus curve_status = {};
  Real bracket_low, bracket_high;  ///< grid points around curve_steps
  Real mean_low, mean_high;        ///< interval of ert_steps
  IntervalStatus mean_status = {};
  IntervalKind interval_kind = {};
  bool few_seeds = false;            ///< the interval of ert_steps, of whichever kind, rests on fewer than 20 seeds
  Real steps_log_sd, steps_freedom;  ///< what the interval by t rests on: deviation of ln steps between seeds, moved
                                     ///< towards that of the other batch sizes, and its degrees of freedom
  Real epochs, examples;             ///< of ert_steps
  bool deterministic = false, uncertified = false;
  Real rate, rate_low, rate_high, rate_r_squared;  ///< linear-rate fit of f − f* per step
  RateStatus rate_status = {};
  Real theory_rate;  ///< gradient descent: factor of f − f* per step that theory gives for its learning rate
  TheoryKind theory_kind = {};
  Real tail_ratio;  ///< of a run without noise: that factor, measured: geometric mean over the last third of the steps
                    ///< above rounding
  Real tail_low, tail_high;  ///< the least and the most of it in the thirds of that stretch
  TailStatus tail_status = {};
  Real target_accuracy, target_accuracy_error;  ///< of an accuracy target; √(p(1−p)/n) over the validation rows
  Real tuned_for;
  Real gradient_norm;    ///< |G| of its own runs where δ is within a factor of 1.3 of the target: root mean square
  Real noise_to_signal;  ///< √(c_B trΣ) over it, with trΣ at the checkpoint nearest to the target
};

struct Noise {
  std::string workload, checkpoint;
  Sampling sampling = {};
  std::int64_t batch = 0;
  Real delta, trace_covariance, gradient_norm_squared;
  Real noise_scale;  ///< trΣ/|G|²
  ScaleStatus noise_scale_status = {};
  Real two_batch_signal, two_batch_noise;  ///< |𝒢|², 𝒮: |G|² and trΣ from two batch sizes' samples
  Real two_batch_noise_scale, two_batch_low, two_batch_high;  ///< 𝒮/|𝒢|² with its interval
  TwoBatchStatus two_batch_status = {};
  Real noise_scale_curvature;                                  ///< tr(HΣ)/(GᵀHG)
  Real noise_scale_curvature_low, noise_scale_curvature_high;  ///< where tr(HΣ) was sampled
  CurvatureStatus curvature_status = {};
  int samples = 0;  ///< batches drawn for measured_variance
  Real predicted_variance, measured_variance, measured_low, measured_high;
  Real law_slope, law_slope_low, law_slope_high;  ///< slope of ln V on ln c_B over the batches
  Real signal_to_noise, uphill_threshold_lr;
};

/// The noise of one series' curves.
struct CurveNoise {
  std::string series;
  Real evaluation_sd_predicted, evaluation_sd_measured;  ///< batch loss against full loss
  Real residual_sd, von_neumann_sd;                      ///< of ln δ after detrending; trend-free
  Real uphill_full;  ///< share of single steps that raise the full loss, where both ends were looked at
  Real uphill_full_transient, uphill_full_steady;                  ///< between points of the grid …
  Real uphill_spacing_transient, uphill_spacing_steady;            ///< … so many steps apart (median)
  Real uphill_batch, uphill_batch_transient, uphill_batch_steady;  ///< from one batch's loss to the next one's
  Real uphill_near_transient, uphill_predicted_transient;  ///< near checkpoints: seen, and its chance by the runs' |G|
  Real uphill_near_steady, uphill_predicted_steady;
  UphillStatus uphill_transient_status = {}, uphill_steady_status = {};
  Real floor, floor_low, floor_high;  ///< f − f* where the constant rate leaves it, over whole epochs
  FloorStatus floor_status = {};
  Real floor_over_target, floor_over_target_high;         ///< of the target that the rate is for; the upper end
  FloorTargetStatus floor_target_status = {};             ///< is the upper end below the target?
  Real floor_predicted_lyapunov, floor_predicted_simple;  ///< for independent batches
  LyapunovStatus lyapunov_status = {};
  Real weight_variance;                                             ///< E‖w − W*‖² there
  Real floor_epoch_end, floor_epoch_end_low, floor_epoch_end_high;  ///< of shuffled epochs, where each has just ended
  Real epoch_end_variance, epoch_end_variance_low, epoch_end_variance_high;
  FloorStatus floor_epoch_end_status = {};  ///< none: not of shuffled epochs
  Real seed_sd, seed_sd_low, seed_sd_high;  ///< of ln steps to the headline target
  SpreadStatus seed_sd_status = {};
};

/// What a larger batch buys in noise: standard deviation of its gradient, and what the next doubling takes off.
struct BatchNoise {
  std::string workload, checkpoint;
  Sampling sampling = {};
  std::int64_t batch = 0;
  Real delta;
  int samples = 0;
  Real predicted_sd, measured_sd, measured_low, measured_high;
  Real relative_sd;                   ///< predicted_sd/|G|
  Real absolute_gain, relative_gain;  ///< sd(B) − sd(2B); 1 − sd(2B)/sd(B): by the law, up to 2B = n
  Real measured_absolute_gain, measured_relative_gain;
  Real step_gain;  ///< S(B)/S(2B) at the headline target, of the first optimizer that has doublings
  StepGainStatus step_gain_status = {};
};

struct Returns {
  std::string workload, optimizer;
  TargetKind target_kind = {};
  double target_value = 0;
  RateRule lr_rule = {};
  Real half_efficiency_batch, half_low, half_high;  ///< beyond the batches tried, half_low alone bounds it from below
  HalfStatus half_status = {};
  EndsStatus half_interval_status = {};
  Real s_min, b_crit, b_crit_low, b_crit_high, lack_of_fit_p;
  FitStatus fit_status = {};
  Real best_batch_model;  ///< B* of the time model, at best_threads
  int best_threads = 0;   ///< where some batch comes to the target soonest
  std::vector<std::int64_t> batches_used;
  std::vector<std::string> batches_left_out;  ///< "8192: diverged", "16384: not_reached"
};

struct Doubling {
  std::string workload, optimizer;
  TargetKind target_kind = {};
  double target_value = 0;
  std::int64_t batch = 0;  ///< from batch to 2 × batch
  Real step_gain, step_gain_low, step_gain_high, efficiency;
  Regime regime = {};
  EndsStatus interval_status = {};  ///< of step_gain: a resample may hold no success, or one batch has none
  Real time_gain, time_gain_low, time_gain_high;  ///< at the best thread count of each
  Real noise_gain_absolute, noise_gain_relative;
};

struct TimeToTarget {
  std::string series, cell;
  TargetKind target_kind = {};
  double target_value = 0;
  PassageStatus status = {};
  Real seconds, low, high;
  IntervalStatus interval_status = {};
  SamplesKind interval_kind = {};  ///< of seconds_per_step
  Real steps, seconds_per_step;    ///< the two factors
  std::string steps_from;          ///< engine whose trajectory gave the steps
  Real end_to_end_seconds;         ///< as measured; of the whole run, which may go on past this target
  Real end_to_end_over_composed;
  Real core_seconds;
  bool pareto = false;          ///< no other cell is better in both seconds and examples
  bool oversubscribed = false;  ///< more threads than CPUs
};

/// A loss at the validation accuracy that losses of one data set are compared at: the least of their optima's less half
/// a point. f − f* means something else for each of them.
struct LossAtAccuracy {
  std::string dataset, workload;
  double target_accuracy = 0;
  Real target_accuracy_error;  ///< its standard error, √(p(1−p)/n) over the validation rows
  std::string series, cell;    ///< the fastest
  AccuracyStatus status = {};
  Real steps, seconds_per_step;  ///< expected, of runs to that accuracy; of the cell
  Real seconds, low, high;
  IntervalStatus interval_status = {};
  Real ratio, ratio_low, ratio_high;  ///< of its seconds over those of the fastest loss
  IntervalStatus ratio_status = {};   ///< none: the fastest itself, or no seconds
};

struct Throughput {
  std::string series, cell;
  Real seconds_per_step, low, high, mad;
  SamplesKind interval_kind = {};
  int invocations = 0;     ///< processes that timed it
  std::string timed_from;  ///< stored weights that samples ran from: "start", "end", "end,middle,start"
  Real examples_per_s, epochs_per_s, flop_per_s, bytes_per_s;
  RoofKind roof = {};  ///< the part that takes a step longest
  /// Least seconds that the measured roofs allow a step, over its seconds: with its rows' way from memory where they do
  /// not lie in the last cache, and by arithmetic alone (analysis/roof.hpp).
  Real fraction_of_roof, fraction_of_arithmetic;
  Real speed_up, efficiency;
  int disturbed = 0;     ///< invocations in which samples stayed disturbed after being taken again
  Real drift;            ///< relative change from the first to the last invocation, where it is significant
  bool bimodal = false;  ///< samples of two speeds
  int outliers = 0;      ///< samples far from the others
  bool suspect = false;  ///< by disturbances, drift or two speeds: a figure to be careful with
  std::vector<Doubt> reasons;
  bool oversubscribed = false;  ///< more threads than CPUs
};

struct Scaling {
  std::string series, engine;
  std::string base;  ///< what speed-up 1 is
  Real amdahl_serial, karp_flatt, usl_sigma, usl_kappa, usl_best_threads;
  ScalingStatus fit_status = {};
};

struct Summary {
  std::string workload;
  TargetKind target_kind = {};
  double target_value = 0;
  std::string best_series, best_cell;
  bool best_oversubscribed = false;     ///< only where every cell has more threads than CPUs
  Real best_seconds, low, high;         ///< the upper end allows for the luck of the fastest of those tied with it
  IntervalStatus interval_status = {};  ///< that of the best cell's time_to_target
  SamplesKind interval_kind = {};       ///< likewise
  SummaryStatus status = {};
  bool suspect = false, uncertified = false;  ///< each by itself: status names one
  Withheld withheld = {};  ///< why `suspect`: seconds are composed wrongly, or `gap` is not above `disturbance`
  Real gap;                ///< by how much the next cell, the fastest that is not tied with the best, is slower: 0.1
  Real disturbance;        ///< where timings of those were disturbed: by how much processes differ about the middle, ±
  std::vector<std::string> tied;    ///< cells that cannot be told apart from the best, fastest first
  std::vector<std::string> untold;  ///< cells that were not compared with the best: they or it ran on one seed
  std::vector<std::string> others;  ///< the best cell of each rule that does not compete: untuned, or tuned elsewhere
  Real tuning_core_seconds;         ///< spent on finding the rates of those that compete; not in best_seconds
  std::string cheapest_cell;        ///< with the fewest core-seconds of those within 5 % of the best
  Real cheapest_core_seconds;
  Real baseline_seconds, baseline_passes;  ///< the reference solver's own passage
  Real half_efficiency_batch, half_low, half_high;
  EndsStatus half_interval_status = {};
  Real gain_32_64, gain_8192_16384;
  std::string note;
};

/// How the runs of a series left the saddle of a landscape.
struct Escape {
  std::string series;
  double distance = 0;  ///< from the saddle, along the direction that leads away from it
  Real noise;           ///< deviation of a step's gradient along it: that at batch 1 over √batch, 0 of a whole batch
  int runs = 0, escaped = 0, diverged = 0;
  Real stuck_share;                            ///< of the runs: those that were there when their steps were spent
  Real median_steps, median_low, median_high;  ///< Kaplan–Meier
  IntervalStatus median_status = {};
  Real predicted_steps;  ///< median of the same steps on the quadratic that the saddle is close by
  EscapeTheoryStatus predicted_status = {};
  Real least_curvature_start, least_curvature;  ///< least eigenvalue of the Hessian where the first run starts, and the
                                                ///< least on its way
  std::vector<double> survival_step;            ///< where a run left, or ended: the Kaplan–Meier curve …
  std::vector<double> survival_share;           ///< … and the share of the runs that are still there after that step
};

/// How the median of the steps changes with the noise, over the batch sizes of one method at one rate.
struct EscapeLaw {
  std::string workload, optimizer;
  double distance = 0, lr = 0;
  int batches = 0;                                  ///< with a median, that the lines are through
  Real steps_per_doubling, predicted_per_doubling;  ///< of the batch
  Real steps_per_decade, predicted_per_decade;      ///< of less noise
};

/// A row that Google Benchmark's tools read.
struct BenchmarkRow {
  std::string cell;
  std::string name, run_name, aggregate_name;
  RunType run_type = {};
  std::int64_t repetitions = 0, repetition_index = 0, threads = 1, iterations = 0;
  double real_time = 0, cpu_time = 0;
  std::string time_unit;
  Real examples_per_s, flop_per_s, bytes_per_s, fraction_of_roof;
  bool oversubscribed = false;  ///< more threads than CPUs
};

}  // namespace descent::record
