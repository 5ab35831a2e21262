#include <fmt/format.h>

#include <ostream>

#include "descent/core/text.hpp"
#include "descent/report/exporters.hpp"
#include "report/csv_fields.hpp"
#include "report/rows.hpp"

namespace descent::report {
namespace {

void write_row(std::ostream& out, const record::Workload& workload, const Target& target, const Row& row,
               const TimedCell& timed) {
  static const record::Convergence none;
  static const record::Throughput untimed;
  static const record::TimeToTarget unreached;
  const record::Convergence& convergence = row.convergence == nullptr ? none : *row.convergence;
  const record::Throughput& throughput = timed.steps == nullptr ? untimed : *timed.steps;
  const record::TimeToTarget& passage = timed.time == nullptr ? unreached : *timed.time;
  csv_line(
      out, workload.dataset, workload.model, workload.loss, workload.l2, row.series->optimizer, row.series->batch,
      row.series->sampling, row.series->schedule, row.series->lr_rule, row.series->tuned_for, row.series->chosen_lr,
      target.kind, target.value, row.engine, timed.cell == nullptr ? std::string() : csv_field(timed.cell->threads),
      convergence.runs, convergence.reached, convergence.diverged, convergence.ert_steps, convergence.median_steps,
      convergence.mean_low, convergence.mean_high, convergence.interval_kind, convergence.epochs,
      throughput.seconds_per_step, throughput.low, throughput.high, throughput.examples_per_s, throughput.flop_per_s,
      throughput.bytes_per_s, throughput.roof, throughput.fraction_of_roof, throughput.speed_up,
      timed.cell == nullptr ? std::string() : std::string(throughput.oversubscribed ? "yes" : "no"), passage.status,
      passage.seconds, passage.low, passage.high, passage.core_seconds,
      timed.time == nullptr ? std::string() : std::string(passage.pareto ? "yes" : "no"));
}

}  // namespace

void write_csv(std::ostream& out, const record::Report& report) {
  const auto text = [](const char* name) { return std::string(name); };
  csv_line(out, text("dataset"), text("model"), text("loss"), text("l2"), text("optimizer"), text("batch"),
           text("sampling"), text("schedule"), text("lr_rule"), text("tuned_for"), text("lr"), text("target_kind"),
           text("target_value"), text("engine"), text("threads"), text("runs"), text("reached"), text("diverged"),
           text("ert_steps"), text("median_steps"), text("mean_steps_low"), text("mean_steps_high"),
           text("mean_steps_interval"), text("epochs"), text("seconds_per_step"), text("seconds_per_step_low"),
           text("seconds_per_step_high"), text("examples_per_s"), text("flop_per_s"), text("bytes_per_s"), text("roof"),
           text("fraction_of_roof"), text("speed_up"), text("oversubscribed"), text("time_to_target_status"),
           text("time_to_target_seconds"), text("time_to_target_low"), text("time_to_target_high"),
           text("core_seconds"), text("pareto"));
  for (const record::Workload& workload : report.workloads)
    for (const Target& target : targets_of(report, workload.id))
      for (const Row& row : rows_of(report, workload.id, target)) {
        if (row.cells.empty()) write_row(out, workload, target, row, {});
        for (const TimedCell& timed : row.cells) write_row(out, workload, target, row, timed);
      }
}

void write_noise_csv(std::ostream& out, const record::Report& report) {
  const auto text = [](const char* name) { return std::string(name); };
  csv_line(out, text("workload"), text("checkpoint"), text("sampling"), text("batch"), text("delta"), text("samples"),
           text("predicted_sd"), text("measured_sd"), text("measured_low"), text("measured_high"), text("relative_sd"),
           text("absolute_gain"), text("relative_gain"), text("measured_absolute_gain"), text("measured_relative_gain"),
           text("step_gain"), text("step_gain_status"));
  for (const record::BatchNoise& row : report.batch_noise)
    csv_line(out, row.workload, row.checkpoint, row.sampling, row.batch, row.delta, row.samples, row.predicted_sd,
             row.measured_sd, row.measured_low, row.measured_high, row.relative_sd, row.absolute_gain,
             row.relative_gain, row.measured_absolute_gain, row.measured_relative_gain, row.step_gain,
             row.step_gain_status);
}

}  // namespace descent::report
