#pragma once

#include <fmt/format.h>

#include "record/build.hpp"

namespace descent::report {

inline record::Series fake_series(const std::string& workload, const std::string& optimizer, std::int64_t batch) {
  record::Series series = record::series_of(workload, optimizer, batch);
  series.id = fmt::format("{}/{}/{}", workload, optimizer, batch);
  series.chosen_lr = 0.22;
  series.status = record::word("completed");
  return series;
}

inline void add_cell(record::Report& report, const record::Series& series, int threads, double step_seconds,
                     double speed_up) {
  record::Throughput cell;
  cell.series = series.id;
  cell.cell = add_cell_of(report, series, "fused", threads);
  cell.seconds_per_step = step_seconds;
  cell.examples_per_s = static_cast<double>(series.batch) / step_seconds;
  cell.roof = record::word("fma");
  cell.fraction_of_roof = 0.58;
  cell.speed_up = speed_up;
  report.throughput.push_back(cell);
}

inline void add_passage(record::Report& report, const record::Series& series, double target, int reached, int runs,
                        double steps) {
  record::Convergence row;
  row.series = series.id;
  row.target_kind = record::word("suboptimality");
  row.target_value = target;
  row.runs = runs;
  row.reached = reached;
  row.deterministic = series.optimizer == "gd";
  if (reached > 0) {
    row.ert_steps = steps;
    row.epochs = steps * static_cast<double>(series.batch) / 60000;
  }
  report.convergence.push_back(row);
  for (const record::Throughput& cell : report.throughput) {
    if (cell.series != series.id) continue;
    record::TimeToTarget time;
    time.series = series.id;
    time.target_kind = row.target_kind;
    time.target_value = target;
    time.cell = cell.cell;
    time.status = record::word(reached > 0 ? "ok" : "censored");
    if (reached > 0) {
      time.steps = steps;
      time.seconds = steps * *cell.seconds_per_step;
      time.low = *time.seconds * 0.95;
      time.high = *time.seconds * 1.05;
    }
    report.time_to_target.push_back(time);
  }
}

/// A sweep of one workload: gd, a batch of 128 that is best on two threads, and a batch of 16,384 that never reaches
/// the target.
inline record::Report fake_report() {
  record::Report report;
  report.status = record::word("complete");
  report.context.machine = {{"model", "AMD EPYC"}, {"cores", "2"}, {"simd", "AVX2"}};
  report.context.library_build_type = "release";
  record::Roof roof;
  roof.threads = 2;
  roof.read_gb_per_s = 33;
  roof.fma_f32_gflop_per_s = 198;
  report.roofs = {roof};
  record::DatasetRecord data;
  data.id = "mnist";
  data.n = 60000;
  data.d = 785;
  data.classes = 10;
  data.bias = true;
  report.datasets = {data};
  record::Workload workload;
  workload.id = "mnist/linear/softmax_cross_entropy/0.0001";
  workload.dataset = "mnist";
  workload.loss = "softmax_cross_entropy";
  workload.l2 = 1e-4;
  workload.f0 = 2.302;
  workload.optimum_value = 0.25992;
  workload.optimum_gap = 3e-9;
  workload.optimum_kind = record::word("certified");
  workload.optimum_solver = "L-BFGS";
  report.workloads = {workload};
  report.targets = {{record::TargetKind::suboptimality, 1e-1, false}, {record::TargetKind::suboptimality, 1e-2, true}};
  for (const auto& [optimizer, batch] : {std::pair{"sgd", 128}, {"sgd", 16384}, {"gd", 60000}})
    report.series.push_back(fake_series(workload.id, optimizer, batch));
  const double step_seconds[] = {73e-6, 7.9e-3, 25.7e-3};
  for (int i = 0; i < 3; ++i) {
    add_cell(report, report.series[static_cast<std::size_t>(i)], 1, step_seconds[i], 1);
    add_cell(report, report.series[static_cast<std::size_t>(i)], 2, step_seconds[i] / 1.4, 1.4);
  }
  for (const double target : {1e-1, 1e-2}) {
    add_passage(report, report.series[0], target, 10, 10, 47 / target);
    add_passage(report, report.series[1], target, 0, 5, 0);
    add_passage(report, report.series[2], target, 1, 1, 8.52 / target);
  }
  record::Trajectory trajectory;
  trajectory.series = report.series[1].id;
  trajectory.status = record::word("completed");
  trajectory.steps = 3000;
  report.trajectories = {trajectory};
  record::Noise noise;
  noise.workload = workload.id;
  noise.batch = 128;
  noise.sampling = record::Sampling::iid_distinct;
  noise.delta = 0.1;
  noise.gradient_norm_squared = 0.5;
  noise.predicted_variance = 0.5 * 1.9 * 1.9;
  report.noise = {noise};
  for (const double target : {1e-1, 1e-2}) {
    record::Summary summary;
    summary.workload = workload.id;
    summary.target_kind = record::word("suboptimality");
    summary.target_value = target;
    summary.best_series = report.series[0].id;
    summary.best_cell = report.cells[1].id;  // batch 128 on two threads
    summary.best_seconds = 47 / target * 73e-6 / 1.4;
    summary.low = *summary.best_seconds * 0.95;
    summary.high = *summary.best_seconds * 1.05;
    summary.tied = {add_cell_of(report, fake_series(workload.id, "sgd", 64), "fused", 2)};
    summary.baseline_seconds = 2.5;
    summary.baseline_passes = 31;
    report.summary.push_back(summary);
  }
  record::Returns returns;
  returns.workload = workload.id;
  returns.optimizer = "sgd";
  returns.target_kind = record::word("suboptimality");
  returns.target_value = 1e-2;
  returns.lr_rule = record::RateRule::tuned;
  returns.half_efficiency_batch = 310;
  returns.half_low = 250;
  returns.half_high = 400;
  report.returns = {returns};
  for (const auto& [batch, gain] : {std::pair<std::int64_t, double>{8192, 1.04}, {32, 1.9}}) {
    record::Doubling doubling;
    doubling.workload = workload.id;
    doubling.optimizer = "sgd";
    doubling.target_kind = record::word("suboptimality");
    doubling.target_value = 1e-2;
    doubling.batch = batch;
    doubling.step_gain = gain;
    report.doublings.push_back(doubling);
  }
  record::Check check;
  check.kind = record::word("weights_hash");
  check.verdict = record::word("ok");
  report.checks = {check};
  report.spent = {{"search", 30}, {"train", 60}, {"time", 10}};
  record::BenchmarkRow row;
  row.name = row.run_name = "train_step/softmax_cross_entropy/sgd/batch:128/threads:2/real_time";
  row.run_type = record::word("iteration");
  row.iterations = 1;
  row.real_time = row.cpu_time = 52.1;
  row.time_unit = "us";
  report.benchmarks = {row};
  return report;
}

}  // namespace descent::report
