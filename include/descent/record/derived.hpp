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
  /// lower bound of ert_steps if no run reached the target: all steps spent
  Real ert_at_least;
  Real ert_steps, median_steps, median_low, median_high;  ///< ERT; Kaplan–Meier median and its interval
  IntervalStatus median_status = {};
  Real restricted_mean_steps;
  Real first_passage_steps;       ///< ERT if a run's first dip to the target counted; depends on the evaluated steps
  int first_passage_reached = 0;  ///< runs that dipped to it
  Real curve_steps;               ///< where the mean curve over seeds reaches the target
  CurveStatus curve_status = {};
  Real bracket_low, bracket_high;  ///< grid points around curve_steps
  Real mean_low, mean_high;        ///< interval of ert_steps
  IntervalStatus mean_status = {};
  IntervalKind interval_kind = {};
  bool few_seeds = false;            ///< the interval of ert_steps rests on fewer than 20 seeds
  Real steps_log_sd, steps_freedom;  ///< what the interval by t rests on: deviation of ln steps between seeds, moved
                                     ///< towards that of the other batch sizes, and its degrees of freedom
  Real epochs, examples;             ///< of ert_steps
  bool deterministic = false, uncertified = false;
  Real rate, rate_low, rate_high, rate_r_squared;  ///< linear-rate fit of f − f* per step
  RateStatus rate_status = {};
  Real theory_rate;  ///< gradient descent: theoretical factor of f − f* per step at its learning rate
  TheoryKind theory_kind = {};
  Real tail_ratio;  ///< of a run without noise: that factor, measured: geometric mean over the last third of the steps
                    ///< above rounding
  Real tail_low, tail_high;  ///< the least and the most of it in the thirds of that stretch
  TailStatus tail_status = {};
  /// of an accuracy target; its standard error √(p(1−p)/n) over the validation rows
  Real target_accuracy, target_accuracy_error;
  Real tuned_for;
  /// root mean square of |G| of the series' own runs where δ is within a factor of 1.3 of the target
  Real gradient_norm;
  Real noise_to_signal;  ///< √(c_B trΣ)/gradient_norm, with trΣ at the checkpoint nearest to the target
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
  Real uphill_full;  ///< share of single steps that raise the full loss, where both ends were evaluated
  Real uphill_full_transient, uphill_full_steady;                  ///< between points of the grid …
  Real uphill_spacing_transient, uphill_spacing_steady;            ///< … so many steps apart (median)
  Real uphill_batch, uphill_batch_transient, uphill_batch_steady;  ///< from one batch's loss to the next one's
  /// near checkpoints: observed share, and the share predicted from the runs' |G|
  Real uphill_near_transient, uphill_predicted_transient;
  Real uphill_near_steady, uphill_predicted_steady;
  UphillStatus uphill_transient_status = {}, uphill_steady_status = {};
  Real floor, floor_low, floor_high;  ///< f − f* at which the constant rate stays, over whole epochs
  FloorStatus floor_status = {};
  /// floor relative to the target that the rate is for, and its upper end
  Real floor_over_target, floor_over_target_high;
  FloorTargetStatus floor_target_status = {};             ///< is the upper end below the target?
  Real floor_predicted_lyapunov, floor_predicted_simple;  ///< for independent batches
  LyapunovStatus lyapunov_status = {};
  Real weight_variance;                                             ///< E‖w − W*‖² at the floor
  Real floor_epoch_end, floor_epoch_end_low, floor_epoch_end_high;  ///< floor at the ends of shuffled epochs
  Real epoch_end_variance, epoch_end_variance_low, epoch_end_variance_high;
  FloorStatus floor_epoch_end_status = {};  ///< none: epochs are not shuffled
  Real seed_sd, seed_sd_low, seed_sd_high;  ///< standard deviation over seeds of ln steps to the headline target
  SpreadStatus seed_sd_status = {};
};

/// How noise falls with the batch size: the standard deviation of a batch's gradient, and how much the next doubling
/// reduces it.
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
  Real step_gain;  ///< S(B)/S(2B) at the headline target, for the first optimizer that has doublings
  StepGainStatus step_gain_status = {};
};

struct Returns {
  std::string workload, optimizer;
  TargetKind target_kind = {};
  double target_value = 0;
  RateRule lr_rule = {};
  Real half_efficiency_batch, half_low, half_high;  ///< beyond the batches tried, only half_low is given, a lower bound
  HalfStatus half_status = {};
  EndsStatus half_interval_status = {};
  Real s_min, b_crit, b_crit_low, b_crit_high, lack_of_fit_p;
  FitStatus fit_status = {};
  Real best_batch_model;  ///< B* of the time model, at best_threads
  int best_threads = 0;   ///< the thread count at which some batch reaches the target soonest
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
  EndsStatus interval_status = {};  ///< of step_gain: an end is open if a resample, or one batch, has no success
  Real time_gain, time_gain_low, time_gain_high;  ///< at the best thread count of each batch
  Real noise_gain_absolute, noise_gain_relative;
};

struct TimeToTarget {
  std::string series, cell;
  TargetKind target_kind = {};
  double target_value = 0;
  PassageStatus status = {};
  Real seconds, low, high;
  IntervalStatus interval_status = {};
  SamplesKind interval_kind = {};  ///< kind of the interval of seconds_per_step
  Real steps, seconds_per_step;    ///< the two factors
  std::string steps_from;          ///< the engine that trained the trajectories whose steps are used
  Real end_to_end_seconds;         ///< measured seconds of a whole run, which may go on past this target
  Real end_to_end_over_composed;
  Real core_seconds;
  bool pareto = false;          ///< no other cell is better in both seconds and examples
  bool oversubscribed = false;  ///< more threads than CPUs
};

/// A loss at the validation accuracy at which the losses of one data set are compared: the least accuracy of their
/// optima minus half a percentage point. Losses are not compared by f − f*, which means something different for each.
struct LossAtAccuracy {
  std::string dataset, workload;
  double target_accuracy = 0;
  Real target_accuracy_error;  ///< its standard error, √(p(1−p)/n) over the validation rows
  std::string series, cell;    ///< the fastest ones
  AccuracyStatus status = {};
  Real steps, seconds_per_step;  ///< expected steps of runs to that accuracy; seconds per step of the cell
  Real seconds, low, high;
  IntervalStatus interval_status = {};
  Real ratio, ratio_low, ratio_high;  ///< its seconds over those of the fastest loss
  IntervalStatus ratio_status = {};   ///< none: the fastest itself, or no seconds
};

struct Throughput {
  std::string series, cell;
  Real seconds_per_step, low, high, mad;
  SamplesKind interval_kind = {};
  int invocations = 0;     ///< processes that timed it
  std::string timed_from;  ///< stored weights that samples ran from: "start", "end", "end,middle,start"
  Real examples_per_s, epochs_per_s, flop_per_s, bytes_per_s;
  RoofKind roof = {};  ///< the part of a step that takes longest
  /// The least seconds that the measured roofs allow for a step, over its measured seconds: with reading the rows from
  /// memory if they do not fit into the last cache, and by arithmetic alone (analysis/roof.hpp).
  Real fraction_of_roof, fraction_of_arithmetic;
  Real speed_up, efficiency;
  int disturbed = 0;     ///< invocations in which samples stayed disturbed after being taken again
  Real drift;            ///< relative change from the first to the last invocation, where it is significant
  bool bimodal = false;  ///< samples of two speeds
  int outliers = 0;      ///< samples far from the others
  bool suspect = false;  ///< doubtful because of disturbances, drift or two speeds
  std::vector<Doubt> reasons;
  bool oversubscribed = false;  ///< more threads than CPUs
};

struct Scaling {
  std::string series, engine;
  std::string base;  ///< the cell or cells with speed-up 1
  Real amdahl_serial, karp_flatt, usl_sigma, usl_kappa, usl_best_threads;
  ScalingStatus fit_status = {};
};

struct Summary {
  std::string workload;
  TargetKind target_kind = {};
  double target_value = 0;
  std::string best_series, best_cell;
  bool best_oversubscribed = false;  ///< true only if every cell has more threads than CPUs
  /// the upper end allows for the luck of being the fastest of several tied cells
  Real best_seconds, low, high;
  IntervalStatus interval_status = {};  ///< that of the best cell's time_to_target
  SamplesKind interval_kind = {};       ///< likewise
  SummaryStatus status = {};
  bool suspect = false, uncertified = false;  ///< both may be true, while `status` names only one
  /// why the order of cells is withheld: seconds are composed wrongly, or `gap` is not above `disturbance`
  Withheld withheld = {};
  /// relative: how much slower the next cell is, the fastest that is not tied with the best (0.1: 10 %)
  Real gap;
  /// relative, ±: if timings of these cells were disturbed, how far processes differ from their middle
  Real disturbance;
  std::vector<std::string> tied;    ///< cells that cannot be told apart from the best, fastest first
  std::vector<std::string> untold;  ///< cells not compared with the best, since one of the two ran on one seed
  /// the best cell of each rule that does not compete: untuned, or tuned for another target
  std::vector<std::string> others;
  Real tuning_core_seconds;   ///< time of searching the rates of the competing cells; not part of best_seconds
  std::string cheapest_cell;  ///< the cell with the fewest core-seconds among those within 5 % of the best
  Real cheapest_core_seconds;
  Real baseline_seconds, baseline_passes;  ///< when the reference solver itself reached the target
  Real half_efficiency_batch, half_low, half_high;
  EndsStatus half_interval_status = {};
  Real gain_32_64, gain_8192_16384;
  std::string note;
};

/// How the runs of a series left the saddle of a landscape.
struct Escape {
  std::string series;
  double distance = 0;  ///< from the saddle, along the direction that leads away from it
  /// standard deviation of a step's gradient along it: that at batch 1 over √batch; 0 for a whole batch
  Real noise;
  int runs = 0, escaped = 0, diverged = 0;
  Real stuck_share;                            ///< share of the runs that had not left when their steps were spent
  Real median_steps, median_low, median_high;  ///< Kaplan–Meier
  IntervalStatus median_status = {};
  Real predicted_steps;  ///< median steps predicted on the quadratic that approximates f near the saddle
  EscapeTheoryStatus predicted_status = {};
  Real least_curvature_start, least_curvature;  ///< least eigenvalue of the Hessian where the first run starts, and the
                                                ///< least on its way
  std::vector<double> survival_step;            ///< steps at which runs left or ended: the Kaplan–Meier curve …
  std::vector<double> survival_share;           ///< … and the share of the runs that are still there after that step
};

/// How the median of the steps to leave the saddle changes with the noise, over the batch sizes of one method at one
/// rate.
struct EscapeLaw {
  std::string workload, optimizer;
  double distance = 0, lr = 0;
  /// number of batch sizes with a median, through which the lines are fitted
  int batches = 0;
  Real steps_per_doubling, predicted_per_doubling;  ///< added steps per doubling of the batch size
  Real steps_per_decade, predicted_per_decade;      ///< added steps per factor of ten less noise
};

/// A row in the form that Google Benchmark's tools read.
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
