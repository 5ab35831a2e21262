#pragma once

#include <cmath>
#include <string>

#include "descent/analysis/analyse.hpp"
#include "record/build.hpp"

namespace descent::report::testing {

/// f of the made-up landscape, a saddle at 0 between the minima (0, ±1).
inline double saddle_value(double x, double y) { return 0.5 * x * x - 0.5 * y * y + 0.25 * y * y * y * y; }

/// Steps of a tenth of the slope from (1, 0). Their noise is along y and is divided by the root of the batch; batch 0
/// has no noise.
inline void add_saddle_runs(record::Report& report, const record::Series& series, int seeds, double sigma) {
  for (int seed = 1; seed <= seeds; ++seed) {
    record::Trajectory run;
    run.id = series.id + "/" + std::to_string(seed), run.series = series.id, run.workload = series.workload;
    run.optimizer = series.optimizer, run.batch = series.batch, run.seed = static_cast<std::uint64_t>(seed);
    run.lr = series.chosen_lr, run.f0 = saddle_value(1, 0), run.status = record::RunStatus::completed;
    run.stop = record::StopReason::budget;
    const double noise = series.batch > 0 ? sigma / std::sqrt(static_cast<double>(series.batch)) : 0;
    double x = 1, y = 0;
    for (std::int64_t step = 0; step <= series.budget_steps; ++step) {
      run.curve.step.push_back(step), run.curve.epoch.push_back(static_cast<double>(step));
      run.curve.loss.emplace_back(saddle_value(x, y)), run.curve.batch_loss.emplace_back(saddle_value(x, y));
      run.curve.validation_accuracy.emplace_back(), run.curve.active_fraction.emplace_back();
      run.curve.gradient_norm.emplace_back(std::hypot(x, y * y * y - y)), run.curve.batch_rises.push_back(0);
      run.curve.escape_distance.emplace_back(std::abs(y)), run.curve.least_curvature.emplace_back(3 * y * y - 1);
      run.curve.x.emplace_back(x), run.curve.y.emplace_back(y);
      run.steps = run.done_step = step;
      const double draw = std::fmod(0.6180339887498949 * static_cast<double>(97 * seed + 13 * step), 1) - 0.5;
      x -= 0.1 * x, y -= 0.1 * (y * y * y - y + noise * draw);
    }
    report.trajectories.push_back(std::move(run));
  }
}

/// The report of a sweep over that landscape, with its values on a grid of 41 × 41 points.
inline record::Report landscape_report() {
  record::Report report;
  report.status = record::ReportStatus::complete;
  report.context.machine = {{"model", "Testing CPU"}, {"cores", "4"}};
  report.context.arithmetic["engine"] = "fused";
  report.targets = {{record::TargetKind::escape, 0.5, true}};
  record::DatasetRecord data;
  data.id = "saddle(sigma=0.1)", data.uri = "landscape:saddle?sigma=0.1";
  report.datasets.push_back(data);
  record::Workload workload;
  workload.id = "saddle/landscape/none/0", workload.dataset = data.id, workload.model = "landscape";
  workload.loss = "none", workload.parameters = 2, workload.outputs = 1, workload.convex = false;
  workload.f0 = saddle_value(1, 0), workload.optimum_value = -0.25, workload.optimum_gap = 0;
  workload.optimum_kind = record::OptimumKind::certified, workload.optimum_solver = "closed form";
  workload.saddle_curvature = -1, workload.saddle_noise = 0.1;
  report.workloads.push_back(workload);
  record::LandscapeGrid grid;
  grid.workload = workload.id, grid.formula = "x^2/2 - y^2/2 + y^4/4";
  for (int i = 0; i <= 40; ++i) grid.x.push_back(-1 + 0.075 * i), grid.y.push_back(-1.5 + 0.075 * i);
  for (const double y : grid.y)
    for (const double x : grid.x) grid.value.emplace_back(saddle_value(x, y));
  grid.critical_x = {0, 0, 0}, grid.critical_y = {0, 1, -1};
  grid.critical_kind.push_back(record::CriticalKind::saddle);
  grid.critical_kind.resize(3, record::CriticalKind::minimum);
  report.landscapes.push_back(grid);
  for (const std::int64_t batch : {1, 16, 256, 0}) {
    record::Series series = record::series_of(workload.id, batch == 0 ? "gd" : "sgd", batch);
    series.id = workload.id + "/" + series.optimizer + "/" + std::to_string(batch) + "/fixed";
    series.full_batch = batch == 0, series.stochastic = batch != 0, series.rows_per_step = 0;
    series.lr_rule = record::RateRule::fixed, series.tuned_for = {}, series.chosen_lr = 0.1;
    series.target_kind = record::TargetKind::escape, series.status = record::SeriesStatus::completed;
    series.budget_steps = 120;
    report.series.push_back(series);
    add_saddle_runs(report, series, batch == 0 ? 1 : 8, 0.1);
  }
  return analysis::analyse(std::move(report));
}

}  // namespace descent::report::testing
