#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "record/build.hpp"

namespace descent::analysis::testing {

/// Targets of suboptimality, the easiest first; the last is the headline.
inline void set_targets(record::Report& report, const std::vector<double>& values) {
  report.targets.clear();
  for (const double value : values)
    report.targets.push_back({record::TargetKind::suboptimality, value, value == values.back()});
}

/// A workload with f₀ = 2, f* = 1 certified, on 65,536 rows.
inline record::Report empty_report() {
  record::Report report;
  set_targets(report, {0.1, 0.01});
  report.context.arithmetic["engine"] = "fused";
  record::DatasetRecord data;
  data.id = "data", data.n = 65536, data.d = 10, data.classes = 2;
  report.datasets.push_back(data);
  record::Workload workload;
  workload.id = "w", workload.dataset = "data", workload.loss = "logistic", workload.l2 = 1e-4;
  workload.f0 = 2, workload.optimum_value = 1, workload.optimum_gap = 1e-9,
  workload.optimum_kind = record::word("certified");
  workload.smoothness = 0.5;
  report.workloads.push_back(workload);
  record::Roof roof;
  roof.threads = 1, roof.read_gb_per_s = 10, roof.fma_f32_gflop_per_s = 100, roof.join_us = 0.2;
  report.roofs.push_back(roof);
  roof.threads = 2, roof.read_gb_per_s = 20, roof.fma_f32_gflop_per_s = 200;
  report.roofs.push_back(roof);
  return report;
}

/// A series in which δ of a seed falls as 2^(−step · speed / half), so that δ = 0.01 at step half · log₂ 100 / speed.
inline void add_series(record::Report& report, std::int64_t batch, double half, const std::vector<double>& speeds,
                       std::int64_t budget = 100000, bool gd = false) {
  record::Series series = record::series_of("w", gd ? "gd" : "sgd", batch);
  series.id = gd ? "w/gd" : "w/sgd/" + std::to_string(batch), series.tuned_for = 0.01;
  report.series.push_back(series);
  for (std::size_t seed = 0; seed < speeds.size(); ++seed) {
    record::Trajectory run;
    run.id = series.id + "/" + std::to_string(seed);
    run.series = series.id, run.workload = "w", run.optimizer = series.optimizer, run.batch = batch, run.seed = seed;
    run.status = record::word("completed"), run.stop = record::word("budget"), run.f0 = report.workloads[0].f0;
    for (std::int64_t step = 0; step <= budget; step = step < 16 ? step + 1 : step + step / 12 + 1) {
      const double delta = std::exp2(-static_cast<double>(step) * speeds[seed] / half);
      run.curve.step.push_back(step);
      run.curve.epoch.push_back(static_cast<double>(step * batch) / 65536);
      run.curve.loss.push_back(1 + delta);
      run.curve.batch_loss.emplace_back();
      run.curve.validation_accuracy.emplace_back();
      run.curve.gradient_norm.emplace_back();
      run.curve.active_fraction.emplace_back();
      run.steps = step;
    }
    report.trajectories.push_back(run);
  }
}

/// A series without runs.
inline std::string add_bare_series(record::Report& report, std::int64_t batch, bool gd = false) {
  record::Series series = record::series_of("w", gd ? "gd" : "sgd", batch);
  series.id = gd ? "w/gd" : "w/sgd/" + std::to_string(batch), series.tuned_for = 0.1;
  report.series.push_back(series);
  return series.id;
}

/// A run of a series that was evaluated after these steps, and had these δ there. It ended with the last of them.
inline record::Trajectory& add_run(record::Report& report, const std::string& series,
                                   const std::vector<std::int64_t>& steps, const std::vector<double>& deltas) {
  const record::Series& of = *find_series(report, series);
  record::Trajectory run;
  run.series = series, run.workload = of.workload, run.optimizer = of.optimizer, run.batch = of.batch;
  for (const record::Trajectory& other : report.trajectories) run.seed += other.series == series;
  run.id = series + "/" + std::to_string(run.seed);
  run.status = record::word("completed"), run.stop = record::word("budget"), run.f0 = report.workloads[0].f0;
  run.steps = run.done_step = steps.back();
  run.curve.step = steps;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    run.curve.epoch.push_back(static_cast<double>(steps[i] * of.batch) / 65536);
    run.curve.loss.push_back(1 + deltas[i]);
    run.curve.batch_loss.emplace_back(), run.curve.gradient_norm.emplace_back();
    run.curve.validation_accuracy.emplace_back(), run.curve.active_fraction.emplace_back();
  }
  report.trajectories.push_back(std::move(run));
  return report.trajectories.back();
}

/// The samples that a process took of the cell of a series. If the report has no such series, the cell is that of "sgd"
/// on "w" with that batch.
inline void add_timing(record::Report& report, const std::string& series, std::int64_t batch, int threads,
                       int invocation, std::vector<double> seconds, const std::string& engine = "fused") {
  const record::Series* const found = find_series(report, series);
  record::Timing timing;
  timing.cell = add_cell_of(report, found != nullptr ? *found : record::series_of("w", "sgd", batch), engine, threads);
  timing.invocation = invocation;
  timing.seconds_per_step = std::move(seconds);
  timing.flops = 1e6, timing.bytes = 1e3, timing.sharing = "rows", timing.workers = threads;
  report.timings.push_back(timing);
}

/// Readable names, in the order of the ids.
inline std::vector<std::string> names_of(const record::Report& report, const std::vector<std::string>& cells) {
  std::vector<std::string> names;
  for (const std::string& id : cells) names.push_back(cell_name(report, *find_cell(report, id)));
  return names;
}

}  // namespace descent::analysis::testing
