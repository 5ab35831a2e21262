#pragma once

#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "descent/analysis/analyse.hpp"
#include "descent/join/comparison.hpp"
#include "record/build.hpp"

namespace descent::join {

/// Seconds per step of a cell (from 0) in a process (from 0).
using SecondsOf = std::function<double(int cell, int process)>;

/// A report of one loss with `cells` batch sizes on two threads, timed in that many processes. Its runs reach the
/// target in 100 steps. Process k began in minute 2k of that day.
inline record::Report made_report(int cells, int processes, const SecondsOf& seconds, int day = 1) {
  record::Report report;
  report.status = record::ReportStatus::complete;
  record::Context& context = report.context;
  context.host_name = "here", context.num_cpus = 2, context.date = "2026-01-01T00:00:00+00:00";
  context.machine = {{"model", "a CPU"}, {"cores", "2"}, {"machine_id_hash", "m1"}, {"boot_id", "b1"}};
  context.build = {{"compiler", "GCC 12"}, {"git_commit", "abc"}};
  context.arithmetic = {{"engine", "fused"}, {"plan_version", "4"}};
  context.configuration = {{"loss", "logistic"}, {"threads", "2"}, {"seeds", "2"}};
  record::DatasetRecord data;
  data.id = "d", data.n = 4096, data.d = 10, data.classes = 2, data.content_hash = "c", data.validation_hash = "v";
  report.datasets = {data};
  record::Workload workload;
  workload.id = "d/linear/logistic/0.1", workload.dataset = "d", workload.model = "linear", workload.loss = "logistic";
  workload.f0 = 1, workload.optimum_value = 0, workload.optimum_gap = 0;
  workload.optimum_kind = record::OptimumKind::certified;
  report.workloads = {workload};
  report.targets = {{record::TargetKind::suboptimality, 0.1, true}};
  record::Roof roof;
  roof.threads = 2, roof.read_gb_per_s = 20, roof.fma_f32_gflop_per_s = 100, roof.join_us = 0.1;
  report.roofs = {roof};
  for (int process = 0; process < processes; ++process) {
    record::Invocation invocation;
    invocation.id = process + 1, invocation.process = "p" + std::to_string(process);
    invocation.date = fmt::format("2026-01-0{}T00:", day) + std::string(process < 5 ? "0" : "") +
                      std::to_string(2 * process) + ":00+00:00";
    report.invocations.push_back(invocation);
    report.sentinels.push_back({process + 1, 0, 0, 1e-3 + 1e-9 * process, 1e-3, 2e-3});
  }
  for (int i = 0; i < cells; ++i) {
    record::Series series = record::series_of(workload.id, "sgd", std::int64_t{8} << i);
    series.id = workload.id + "/sgd/" + std::to_string(series.batch);
    series.chosen_lr = 0.5, series.tuned_for = 0.1, series.status = record::SeriesStatus::completed;
    report.series.push_back(series);
    for (const int seed : {1, 2}) {
      record::Trajectory run;
      run.id = series.id + "/" + std::to_string(seed), run.series = series.id, run.workload = workload.id;
      run.optimizer = "sgd", run.batch = series.batch, run.seed = static_cast<std::uint64_t>(seed), run.lr = 0.5;
      run.f0 = 1.0, run.status = record::RunStatus::completed, run.stop = record::StopReason::target;
      run.curve.step = {0, 100 + seed, 150 + seed}, run.curve.epoch = {0, 1, 2};
      run.curve.loss = {1.0, 0.1, 0.05}, run.curve.batch_rises = {0, 0, 0};
      for (auto* column : {&run.curve.batch_loss, &run.curve.validation_accuracy, &run.curve.gradient_norm,
                           &run.curve.active_fraction})
        column->resize(3);
      run.steps = run.done_step = 150 + seed, run.weights_hash = "h" + run.id;
      report.trajectories.push_back(run);
    }
    const std::string cell = record::add_cell_of(report, series, "fused", 2);
    for (int process = 0; process < processes; ++process) {
      record::Timing timing;
      timing.cell = cell, timing.invocation = process + 1, timing.workers = 2;
      timing.seconds_per_step = {seconds(i, process)}, timing.steps_per_sample = {10};
      timing.timed_from = {record::TimedFrom::end}, timing.flops = 1e6, timing.bytes = 1e4;
      report.timings.push_back(timing);
    }
  }
  return analysis::analyse(std::move(report));
}

/// Factors about 1, spread evenly over `width`, which are the same in every run of the test: that of process k of cell
/// c comes from the fractional part of a multiple of the golden ratio.
inline double off(int cell, int process, double width = 0.02) {
  const double x = (3 * cell + process + 1) * 0.6180339887498949;
  return 1 + width * (x - std::floor(x) - 0.5);
}

/// Times that are `factor` times as long.
inline SecondsOf scattered(double factor, double width = 0.02) {
  return [=](int cell, int process) { return 1e-4 * factor * off(cell, process, width); };
}

inline void PrintTo(const CellRatio& cell, std::ostream* out) {
  *out << cell.name << ' ' << record::to_text(cell.verdict) << ' ' << record::to_text(cell.reason) << ' '
       << cell.ratio.value_or(0) << " [" << cell.low.value_or(0) << ", " << cell.high.value_or(0) << "] p "
       << cell.p_holm.value_or(-1);
}

inline Comparison compared(const record::Report& base, const record::Report& found, CompareOptions options = {}) {
  return compare({"BASE", "base.json", &base}, {"NEW", "new.json", &found}, options);
}

}  // namespace descent::join
