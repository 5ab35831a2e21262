#pragma once

#include <iosfwd>
#include <string>

#include "descent/record/derived.hpp"
#include "descent/record/tables.hpp"

namespace descent::record {

inline constexpr const char* kReportSchema = "descentbench-report";
inline constexpr int kReportSchemaVersion = 2;

struct Report {
  ReportStatus status = {};

  // raw
  Context context;
  std::vector<Roof> roofs;
  std::vector<Invocation> invocations;
  std::vector<Sentinel> sentinels;
  std::vector<Check> checks;
  std::vector<DatasetRecord> datasets;
  std::vector<Workload> workloads;
  std::vector<LossShape> loss_shapes;  ///< of every loss that there is, whatever the sweep is of
  std::vector<LandscapeGrid> landscapes;
  std::vector<Target> targets;
  std::vector<Series> series;
  std::vector<Tuning> tunings;
  std::vector<Trajectory> trajectories;
  std::vector<Cell> cells;
  std::vector<Timing> timings;
  std::vector<Moment> moments;
  std::vector<FloorRun> floors;
  std::vector<Curvature> curvatures;
  std::vector<Demonstration> demonstrations;
  std::vector<Spent> spent;

  // derived
  std::vector<Convergence> convergence;
  std::vector<Noise> noise;
  std::vector<CurveNoise> curve_noise;
  std::vector<Returns> returns;
  std::vector<Doubling> doublings;
  std::vector<BatchNoise> batch_noise;
  std::vector<TimeToTarget> time_to_target;
  std::vector<Throughput> throughput;
  std::vector<Scaling> scaling;
  std::vector<Summary> summary;
  std::vector<LossAtAccuracy> losses_at_accuracy;
  std::vector<Escape> escapes;
  std::vector<EscapeLaw> escape_laws;
  std::vector<BenchmarkRow> benchmarks;
};

/// Reads a report. Throws InputError that names `place` (a file name), the JSON path, what was found and what was
/// expected; also for another schema or a version that this program does not know.
Report read_report(std::istream& in, const std::string& place);
/// Writes the report as JSON with two-space indentation, keys in the order above. Numbers read back exactly.
void write_report(std::ostream& out, const Report& report);

}  // namespace descent::record
