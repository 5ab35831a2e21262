#pragma once

#include <span>
#include <string>
#include <vector>

#include "descent/join/comparison.hpp"

namespace descent::join {

/// A step in the course of a cell.
struct HistoryStep {
  std::size_t at = 0;  ///< the first report after it
  double ratio = 1;    ///< times as fast after it as before it: medians of the two stretches
  double p = 1;        ///< of there being no step
};

/// The course of a cell on one machine and one data set, in order of the reports' dates.
struct CellCourse {
  std::string machine, cell, loss, name;
  std::vector<std::size_t> reports;  ///< that timed it: indices into History::reports
  std::vector<double> seconds;       ///< per step: the median of the processes
  std::vector<HistoryStep> steps;
};

struct History {
  std::vector<Side> reports;  ///< by date
  std::vector<CellCourse> cells;
  int machines = 0;
  double level = 0.05;     ///< at most this share of histories without a step shows any
  int reports_needed = 0;  ///< for a step to be found at all
  bool enough = false;     ///< some cell has so many
  double fail_if_slower = 0.1;
  std::vector<std::string> failures;  ///< cells whose last step is a slow-down of more than that, a sentence each
};

/// Reports of one or more machines put in order, and the steps in them. The unit is the report: what two runs differ by
/// is in the scatter of the values, so that no margin is needed. Steps are found by stats::change_points at the level
/// divided by the number of cells (Bonferroni).
History history_of(std::span<const Labelled> reports, double fail_if_slower);

}  // namespace descent::join
