#include "sweep/deterministic.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "descent/record/json.hpp"

namespace descent::sweep {

std::string deterministic_text(const record::Report& report) {
  nlohmann::json tables;
  for (record::Workload workload : report.workloads) {
    for (record::SolverPoint& point : workload.optimum_passage) point.seconds = 0;
    tables["workloads"].push_back(record::to_json(workload));
  }
  for (const record::Series& series : report.series) tables["series"].push_back(record::to_json(series));
  for (record::Tuning tuning : report.tunings) {
    tuning.seconds = 0;
    tables["tunings"].push_back(record::to_json(tuning));
  }
  for (record::Trajectory trajectory : report.trajectories) {
    trajectory.train_seconds = trajectory.evaluate_seconds = 0;
    tables["trajectories"].push_back(record::to_json(trajectory));
  }
  for (const record::Moment& moment : report.moments) tables["moments"].push_back(record::to_json(moment));
  return tables.dump(1);
}

std::string difference(const std::string& found, const std::string& expected) {
  if (found == expected) return "";
  std::istringstream a(found), b(expected);
  std::string line_a, line_b;
  for (int number = 1;; ++number) {
    const bool more_a = static_cast<bool>(std::getline(a, line_a)), more_b = static_cast<bool>(std::getline(b, line_b));
    if (!more_a || !more_b || line_a != line_b)
      return fmt::format("line {}: found {}, expected {}", number, more_a ? line_a : "the end",
                         more_b ? line_b : "the end");
  }
}

}  // namespace descent::sweep
