#pragma once

#include "analysis/passage.hpp"
#include "analysis/times.hpp"
#include "descent/record/report.hpp"

namespace descent::analysis {

/// A cell that reached a target, with the parts of its seconds. Pointers point into the report.
struct Contender {
  const record::TimeToTarget* row;
  const record::Series* series;
  const record::Cell* cell;
  SeriesRuns runs;
  CellTimes times;
};

}  // namespace descent::analysis
