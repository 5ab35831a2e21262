#pragma once

#include "descent/record/report.hpp"
#include "descent/record/visit_fields.hpp"

namespace descent::record {

// The one list of each record's columns, in the report's order.

template <>
inline constexpr std::size_t kUnlisted<Report> = 1;  // status

/// A struct that has its columns listed here.
template <class T>
concept Record = requires(T& record) {
  visit_fields(record, [](const char*, auto&) {});
};

DESCENT_FIELDS(Context::Cache, type, level, size, num_sharing, instances)
DESCENT_FIELDS(Context, date, host_name, executable, num_cpus, mhz_per_cpu, cpu_scaling_enabled, caches, load_avg,
               library_build_type, machine, build, libraries, arithmetic, shard, shards, shard_what, statistics_from,
               command, configuration)
DESCENT_FIELDS(Roof, threads, read_gb_per_s, read_l3_gb_per_s, read_l2_gb_per_s, fma_f32_gflop_per_s, sgemm_gflop_per_s,
               dot_i8_gop_per_s, overlap, join_us)
DESCENT_FIELDS(Invocation, id, process, date, seconds, rounds, precision, load_before, load_after, steal_seconds,
               involuntary_switches, mhz_before, mhz_after)
DESCENT_FIELDS(Sentinel, invocation, round, order, fma_seconds, cache_seconds, memory_seconds)
DESCENT_FIELDS(Check, kind, subject, verdict, value, low, high, note, seconds)
DESCENT_FIELDS(DatasetRecord, id, uri, n, validation_n, d, classes, bias, preprocess, content_hash, validation_hash,
               label_column, label_names, notes, lambda1, max_row_norm_squared, validation_largest_class)
DESCENT_FIELDS(SolverPoint, passes, seconds, value)
DESCENT_FIELDS(Workload, id, dataset, model, loss, l2, parameters, outputs, smoothness, smooth, convex, f0,
               optimum_value, optimum_gap, optimum_dual, optimum_gradient_norm, optimum_kind, optimum_solver,
               curvature_least, curvature_most, curvature_kind, optimum_validation_accuracy, optimum_passage,
               saddle_curvature, saddle_noise, note)
DESCENT_FIELDS(Target, kind, value, headline)
DESCENT_FIELDS(Series, id, workload, optimizer, full_batch, stochastic, unrepeatable, plain_step, rows_per_step, batch,
               sampling, schedule, lr_rule, tuned_for, target_kind, chosen_lr, lr_at_edge, budget_steps, status)
DESCENT_FIELDS(Tuning, series, lr, seed, steps, steps_to_target, status, seconds)
DESCENT_FIELDS(Curve, step, epoch, loss, batch_loss, validation_accuracy, gradient_norm, active_fraction, batch_rises,
               escape_distance, least_curvature, x, y)
DESCENT_FIELDS(KeptWeights, label, step, weights_hash)
DESCENT_FIELDS(Trajectory, id, series, workload, optimizer, batch, seed, lr, threads, f0, status, stop, steps,
               done_step, weights_hash, kept, curve, batch_uphill_fraction, batch_losses, train_seconds,
               evaluate_seconds)
DESCENT_FIELDS(Cell, id, workload, optimizer, batch, sampling, engine, threads, ranks)
DESCENT_FIELDS(Counters, status, reason, events, cycles, instructions, l2_misses, l3_misses, counted_share)
DESCENT_FIELDS(Timing, cell, twin, invocation, seconds_per_step, steps_per_sample, timed_from, flops, int8_ops, bytes,
               joins, sharing, workers, cpus, migrations, worker_migrations, worker_switches, unbound, shares_core,
               involuntary_switches, cpu_share, oversubscribed, suspect, note, counters)
DESCENT_FIELDS(Moment, workload, checkpoint, path, delta, step, batch, sampling, trace_covariance,
               gradient_norm_squared, sampled, sampled_norm_squared, loss_variance, curvature_gradient,
               curvature_covariance, curvature_covariance_error, curvature_status, lyapunov_floor, simple_floor,
               lyapunov_status, lr)
DESCENT_FIELDS(FloorRun, series, workload, status, batch, seed, lr, first_step, spacing, steps_per_epoch, loss, rises,
               distance_squared, epoch_end_loss, epoch_end_distance_squared)
DESCENT_FIELDS(Curvature, workload, series, checkpoint, step, rows, least, most, least_residual, products, noise_along)
DESCENT_FIELDS(LossShape, loss, argument, at, value, derivative, wrong)
DESCENT_FIELDS(LandscapeGrid, workload, formula, x, y, value, critical_x, critical_y, critical_kind)
DESCENT_FIELDS(Demonstration, workload, series, lr_rule, rate_factor, lr, seed, status, step, loss)
DESCENT_FIELDS(Spent, what, seconds)

DESCENT_FIELDS(Convergence, series, target_kind, target_value, runs, reached, diverged, status, ert_steps, ert_at_least,
               median_steps, median_low, median_high, median_status, restricted_mean_steps, first_passage_steps,
               first_passage_reached, curve_steps, curve_status, bracket_low, bracket_high, mean_low, mean_high,
               mean_status, interval_kind, few_seeds, steps_log_sd, steps_freedom, epochs, examples, deterministic,
               uncertified, rate, rate_low, rate_high, rate_r_squared, rate_status, theory_rate, theory_kind,
               tail_ratio, tail_low, tail_high, tail_status, target_accuracy, target_accuracy_error, tuned_for,
               gradient_norm, noise_to_signal)
DESCENT_FIELDS(Noise, workload, checkpoint, sampling, batch, delta, trace_covariance, gradient_norm_squared,
               noise_scale, noise_scale_status, two_batch_signal, two_batch_noise, two_batch_noise_scale, two_batch_low,
               two_batch_high, two_batch_status, noise_scale_curvature, noise_scale_curvature_low,
               noise_scale_curvature_high, curvature_status, samples, predicted_variance, measured_variance,
               measured_low, measured_high, law_slope, law_slope_low, law_slope_high, signal_to_noise,
               uphill_threshold_lr)
DESCENT_FIELDS(CurveNoise, series, evaluation_sd_predicted, evaluation_sd_measured, residual_sd, von_neumann_sd,
               uphill_full, uphill_full_transient, uphill_full_steady, uphill_spacing_transient, uphill_spacing_steady,
               uphill_batch, uphill_batch_transient, uphill_batch_steady, uphill_near_transient,
               uphill_predicted_transient, uphill_near_steady, uphill_predicted_steady, uphill_transient_status,
               uphill_steady_status, floor, floor_low, floor_high, floor_status, floor_over_target,
               floor_over_target_high, floor_target_status, floor_predicted_lyapunov, floor_predicted_simple,
               lyapunov_status, weight_variance, floor_epoch_end, floor_epoch_end_low, floor_epoch_end_high,
               epoch_end_variance, epoch_end_variance_low, epoch_end_variance_high, floor_epoch_end_status, seed_sd,
               seed_sd_low, seed_sd_high, seed_sd_status)
DESCENT_FIELDS(BatchNoise, workload, checkpoint, sampling, batch, delta, samples, predicted_sd, measured_sd,
               measured_low, measured_high, relative_sd, absolute_gain, relative_gain, measured_absolute_gain,
               measured_relative_gain, step_gain, step_gain_status)
DESCENT_FIELDS(Returns, workload, optimizer, target_kind, target_value, lr_rule, half_efficiency_batch, half_low,
               half_high, half_status, half_interval_status, s_min, b_crit, b_crit_low, b_crit_high, lack_of_fit_p,
               fit_status, best_batch_model, best_threads, batches_used, batches_left_out)
DESCENT_FIELDS(Doubling, workload, optimizer, target_kind, target_value, batch, step_gain, step_gain_low,
               step_gain_high, efficiency, interval_status, regime, time_gain, time_gain_low, time_gain_high,
               noise_gain_absolute, noise_gain_relative)
DESCENT_FIELDS(TimeToTarget, series, cell, target_kind, target_value, status, seconds, low, high, interval_status,
               interval_kind, steps, seconds_per_step, steps_from, end_to_end_seconds, end_to_end_over_composed,
               core_seconds, pareto, oversubscribed)
DESCENT_FIELDS(Throughput, series, cell, seconds_per_step, low, high, mad, interval_kind, invocations, timed_from,
               examples_per_s, epochs_per_s, flop_per_s, bytes_per_s, roof, fraction_of_roof, fraction_of_arithmetic,
               speed_up, efficiency, disturbed, drift, bimodal, outliers, suspect, reasons, oversubscribed)
DESCENT_FIELDS(Scaling, series, engine, base, amdahl_serial, karp_flatt, usl_sigma, usl_kappa, usl_best_threads,
               fit_status)
DESCENT_FIELDS(Summary, workload, target_kind, target_value, best_series, best_cell, best_oversubscribed, best_seconds,
               low, high, interval_status, interval_kind, status, suspect, uncertified, withheld, gap, disturbance,
               tied, untold, others, tuning_core_seconds, cheapest_cell, cheapest_core_seconds, baseline_seconds,
               baseline_passes, half_efficiency_batch, half_low, half_high, half_interval_status, gain_32_64,
               gain_8192_16384, note)
DESCENT_FIELDS(LossAtAccuracy, dataset, workload, target_accuracy, target_accuracy_error, series, cell, status, steps,
               seconds_per_step, seconds, low, high, interval_status, ratio, ratio_low, ratio_high, ratio_status)
DESCENT_FIELDS(Escape, series, distance, noise, runs, escaped, diverged, stuck_share, median_steps, median_low,
               median_high, median_status, predicted_steps, predicted_status, least_curvature_start, least_curvature,
               survival_step, survival_share)
DESCENT_FIELDS(EscapeLaw, workload, optimizer, distance, lr, batches, steps_per_doubling, predicted_per_doubling,
               steps_per_decade, predicted_per_decade)
DESCENT_FIELDS(BenchmarkRow, cell, name, run_name, run_type, aggregate_name, repetitions, repetition_index, threads,
               iterations, real_time, cpu_time, time_unit, examples_per_s, flop_per_s, bytes_per_s, fraction_of_roof,
               oversubscribed)

/// After `schema`, `schema_version` and `status`.
DESCENT_FIELDS(Report, context, roofs, invocations, sentinels, checks, datasets, workloads, loss_shapes, landscapes,
               targets, series, tunings, trajectories, cells, timings, moments, floors, curvatures, demonstrations,
               spent, convergence, noise, curve_noise, returns, doublings, batch_noise, time_to_target, throughput,
               scaling, summary, losses_at_accuracy, escapes, escape_laws, benchmarks)

#undef DESCENT_FIELDS
#undef DESCENT_VISIT

}  // namespace descent::record
