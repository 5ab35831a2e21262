#pragma once

#include "analysis/passage.hpp"
#include "analysis/times.hpp"
#include "descent/record/report.hpp"

namespace descent::analysis {

/// A cell that came to a target, with what its seconds are made of. Pointers are into the report.
struct Contender {
  const record::TimeToTarget* row;
  const record::Series* series;
  const record::Cell* cell;
  SeriesRuns runs;
  CellTimes times;
};

}  // namespace descent::analysis
