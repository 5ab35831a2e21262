#include "sweep/deterministic.hpp"

#include <fmt/format.h>

#include "descent/core/text.hpp"
#include "sweep/encode.hpp"

namespace descent {

std::string deterministic_text(const Report& report) {
  nlohmann::json tables;
  for (Workload workload : report.workloads) {
    for (SolverPoint& point : workload.optimum_passage) point.seconds = 0;
    tables["workloads"].push_back(encode(workload));
  }
  for (const Series& series : report.series) tables["series"].push_back(encode(series));
  for (const Tuning& tuning : report.tunings) tables["tunings"].push_back(encode(tuning));
  for (Trajectory trajectory : report.trajectories) {
    trajectory.train_seconds = trajectory.evaluate_seconds = 0;
    tables["trajectories"].push_back(encode(trajectory));
  }
  for (const Moment& moment : report.moments) tables["moments"].push_back(encode(moment));
  return tables.dump(1);
}

}  // namespace descent
