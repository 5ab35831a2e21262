#pragma once

#include <fmt/format.h>

#include <cmath>
#include <string>
#include <vector>

#include "descent/analysis/analyse.hpp"
#include "record/build.hpp"

namespace descent::report::testing {

/// What a made-up report contains.
struct Shape {
  std::vector<std::string> losses{"softmax_cross_entropy", "multiclass_svm(margin=1)"};
  std::vector<std::int64_t> batches{32, 64, 128, 256};
  std::vector<int> threads{1, 2, 4};
  std::vector<std::string> engines{"fused"};
  int seeds = 3, invocations = 3;
  bool full_batch = true, validation = true, trials = true, moments = true;
  std::int64_t diverges_from = 1 << 30;  ///< runs of this batch size and larger diverge
  std::int64_t censored_from = 1 << 30;  ///< these run out of steps before the target
  std::string name = "data", model = "Testing CPU";
  double speed = 1;  ///< of the machine; all seconds are divided by it
};

constexpr std::int64_t kRows = 4096;

/// Numbers that scatter about 1 and are the same at every call, made from fractional parts of multiples of the golden
/// ratio.
inline double scatter(std::int64_t i) {
  return 1 + 0.1 * (std::fmod(0.6180339887498949 * static_cast<double>(i), 1) - 0.5);
}

/// Steps to a hundredth of the starting gap: 40 (1 + 200/B), and somewhat more or less for seed s.
inline double steps_of(std::int64_t batch, int seed) {
  return 40 * (1 + 200.0 / static_cast<double>(batch)) * scatter(seed + batch);
}

inline void add_runs(record::Report& report, const Shape& shape, const record::Series& series) {
  const bool diverges = series.batch >= shape.diverges_from && !series.full_batch;
  const bool censored = series.batch >= shape.censored_from && !series.full_batch;
  for (int seed = 0; seed < (series.stochastic ? shape.seeds : 1); ++seed) {
    record::Trajectory run;
    run.id = fmt::format("{}/{}", series.id, seed), run.series = series.id, run.workload = series.workload;
    run.optimizer = series.optimizer, run.batch = series.batch, run.seed = static_cast<std::uint64_t>(seed);
    run.lr = series.chosen_lr, run.f0 = 2;
    run.status = diverges ? record::RunStatus::diverged : record::RunStatus::completed;
    run.stop = diverges ? record::StopReason::diverged : record::StopReason::budget;
    const double steps = steps_of(series.batch, seed);
    const auto last = static_cast<std::int64_t>(censored ? steps / 4 : 4 * steps);
    for (std::int64_t step = 0; step <= last; step = step < 16 ? step + 1 : step + step / 12 + 1) {
      const double gap = diverges ? std::exp2(static_cast<double>(step))
                                  : std::max(1e-5, std::pow(0.01, static_cast<double>(step) / steps));
      if (diverges && step > 12) break;
      run.curve.step.push_back(step);
      run.curve.epoch.push_back(static_cast<double>(step * series.batch) / kRows);
      run.curve.loss.emplace_back(1 + gap);
      run.curve.batch_loss.emplace_back((1 + gap) * scatter(step * 7 + seed));
      run.curve.validation_accuracy.emplace_back(shape.validation ? record::Real(0.9 - 0.4 * std::min(1.0, gap))
                                                                  : record::Real());
      run.curve.gradient_norm.emplace_back(std::sqrt(gap));
      run.curve.active_fraction.emplace_back();
      run.curve.batch_rises.push_back(step / 30);
      run.steps = run.done_step = step;
    }
    if (seed == 0 && series.stochastic)
      for (std::int64_t step = 0; step < run.steps; ++step)
        run.batch_losses.emplace_back((1 + std::pow(0.01, static_cast<double>(step) / steps)) * scatter(step * 7));
    report.trajectories.push_back(std::move(run));
  }
}

/// The hinge loss max(0, margin - z) and the squared loss, written by hand.
inline void add_shapes(record::Report& report) {
  for (const char* const name : {"multiclass_svm(margin=1)", "multiclass_svm(margin=2)", "squared"}) {
    record::LossShape shape;
    shape.loss = name;
    const bool distance = shape.loss == "squared";
    const double margin = shape.loss == "multiclass_svm(margin=2)" ? 2 : 1;
    shape.argument = distance ? record::ShapeArgument::residual : record::ShapeArgument::margin;
    for (int i = -30; i <= 30; ++i) {
      const double at = i / 10.0;
      shape.at.push_back(at);
      shape.value.push_back(distance ? 0.5 * at * at : std::max(0.0, margin - at));
      shape.derivative.push_back(distance ? at : at < margin ? -1 : 0);
      shape.wrong.push_back((distance ? 1 + at : at) > 0 ? 0 : 1);
    }
    report.loss_shapes.push_back(shape);
  }
}

inline void add_timings(record::Report& report, const Shape& shape, const record::Series& series) {
  for (const std::string& engine : shape.engines)
    for (const int threads : shape.threads) {
      const std::string cell = record::add_cell_of(report, series, engine, threads);
      const double rows = series.rows_per_step;
      const double seconds = (2e-6 + 2e-8 * rows / std::min<double>(threads, rows / 32)) / shape.speed;
      for (int invocation = 1; invocation <= shape.invocations; ++invocation) {
        record::Timing timing;
        timing.cell = cell, timing.invocation = invocation;
        for (int sample = 0; sample < 3; ++sample) {
          timing.seconds_per_step.push_back(seconds * (1 + 0.1 * (scatter(invocation * 5 + sample + threads) - 1)));
          timing.steps_per_sample.push_back(10);
          timing.timed_from.push_back(record::TimedFrom::middle);
        }
        timing.flops = 2000 * rows, timing.bytes = 260 * rows, timing.joins = 1, timing.sharing = "rows";
        timing.workers = threads;
        report.timings.push_back(std::move(timing));
      }
    }
}

inline void add_trials(record::Report& report, const record::Series& series) {
  for (int i = -5; i <= 5; ++i) {
    record::Tuning trial;
    trial.series = series.id, trial.lr = series.chosen_lr * std::exp2(0.5 * i), trial.seed = 1000001;
    trial.status = i > 3    ? record::TrialStatus::diverged
                   : i < -3 ? record::TrialStatus::budget
                            : record::TrialStatus::reached;
    trial.steps = 400;
    if (trial.status == record::TrialStatus::reached)
      trial.steps_to_target = steps_of(series.batch, 0) * (1 + 0.05 * i * i);
    trial.seconds = 0.01;
    report.tunings.push_back(trial);
  }
}

/// A run at an eighth of the rate, which falls an eighth as fast, and one that grows by a factor of 8 at every step.
inline void add_demonstrations(record::Report& report, const record::Series& series) {
  for (const bool wild : {false, true}) {
    record::Demonstration run;
    run.workload = series.workload, run.series = series.id, run.rate_factor = wild ? 16 : 0.125;
    run.lr = run.rate_factor * series.chosen_lr, run.seed = 0;
    run.status = wild ? record::RunStatus::diverged : record::RunStatus::completed;
    for (std::int64_t step = 0; step <= (wild ? 4 : 128); step = step < 2 ? step + 1 : 2 * step) {
      run.step.push_back(step);
      run.loss.emplace_back(1 + (wild ? std::pow(8.0, static_cast<double>(step))
                                      : std::pow(0.01, static_cast<double>(step) / (8 * steps_of(series.batch, 0)))));
    }
    report.demonstrations.push_back(std::move(run));
  }
}

inline void add_moments(record::Report& report, const std::string& workload, const std::string& path) {
  const std::vector<std::pair<std::string, double>> checkpoints{{"start", 1}, {"0.1", 0.1}, {"0.01", 0.01}};
  for (const auto& [checkpoint, delta] : checkpoints)
    for (std::int64_t batch = 1; batch <= 1024; batch *= 4) {
      record::Moment moment;
      moment.workload = workload, moment.checkpoint = checkpoint, moment.path = path, moment.delta = delta;
      moment.batch = batch, moment.sampling = record::Sampling::iid_distinct;
      moment.trace_covariance = 5, moment.gradient_norm_squared = 0.1 * delta;
      const double variance = 5.0 / static_cast<double>(batch) * (1 - static_cast<double>(batch) / kRows);
      for (int k = 0; k < 16; ++k) {
        moment.sampled.push_back(variance * (1 + 4 * (scatter(k * 13 + batch) - 1)));
        moment.sampled_norm_squared.push_back(moment.sampled.back() + moment.gradient_norm_squared);
      }
      report.moments.push_back(std::move(moment));
    }
}

/// A report of that shape, analysed as a sweep's.
inline record::Report page_report(const Shape& shape) {
  record::Report report;
  report.status = record::ReportStatus::complete;
  report.context.date = "2026-01-02T03:04:05+00:00", report.context.host_name = "tester";
  report.context.machine = {{"model", shape.model}, {"cores", "4"}, {"simd", "AVX2"}};
  report.context.arithmetic["engine"] = "fused";
  report.context.library_build_type = "release";
  report.context.num_cpus = 4;
  report.context.command = {"descent", "run", "--data", "synthetic:blobs?n=4096"};
  report.targets = {{record::TargetKind::suboptimality, 0.1, false}, {record::TargetKind::suboptimality, 0.01, true}};
  record::DatasetRecord data;
  data.id = shape.name, data.n = kRows, data.d = 65, data.classes = 10, data.bias = true;
  data.validation_n = shape.validation ? 1000 : 0;
  report.datasets.push_back(data);
  add_shapes(report);
  for (const int threads : shape.threads) {
    record::Roof roof;
    roof.threads = threads, roof.read_gb_per_s = 10 * shape.speed * std::sqrt(threads);
    roof.fma_f32_gflop_per_s = 120 * shape.speed * threads, roof.join_us = 0.2;
    report.roofs.push_back(roof);
  }
  for (const std::string& loss : shape.losses) {
    record::Workload workload;
    workload.id = fmt::format("{}/linear/{}/0.0001", shape.name, loss), workload.dataset = shape.name;
    workload.model = "linear", workload.loss = loss, workload.l2 = 1e-4, workload.parameters = 650,
    workload.outputs = 10;
    workload.f0 = 2, workload.optimum_value = 1, workload.optimum_gap = 1e-9, workload.smoothness = 0.5;
    workload.optimum_kind = record::OptimumKind::certified, workload.optimum_solver = "L-BFGS";
    if (shape.validation) workload.optimum_validation_accuracy = 0.9;
    report.workloads.push_back(workload);
    std::vector<std::int64_t> batches = shape.batches;
    if (shape.full_batch) batches.push_back(kRows);
    for (const std::int64_t batch : batches) {
      record::Series series = record::series_of(workload.id, batch == kRows ? "gd" : "sgd", batch);
      series.id = fmt::format("{}/{}/{}/tuned", workload.id, series.optimizer, batch), series.tuned_for = 0.01;
      series.chosen_lr = 0.05 * std::sqrt(static_cast<double>(batch)), series.status = record::SeriesStatus::completed;
      series.budget_steps = 1 << 20;
      report.series.push_back(series);
      add_runs(report, shape, series);
      add_timings(report, shape, series);
      if (shape.trials) add_trials(report, series);
    }
    if (shape.trials) add_demonstrations(report, report.series[report.series.size() - batches.size()]);
    if (shape.moments) add_moments(report, workload.id, report.series.back().id);
  }
  return analysis::analyse(std::move(report));
}

}  // namespace descent::report::testing
