#pragma once

#include <span>
#include <string>
#include <vector>

#include "descent/join/comparison.hpp"

namespace descent::join {

/// A step in the seconds of a cell over time.
struct HistoryStep {
  std::size_t at = 0;  ///< the first report after it
  double ratio = 1;    ///< how many times as fast the cell is after the step: ratio of the medians of the two stretches
  double p = 1;        ///< p-value of "there is no step"
};

/// The seconds of a cell on one machine and one data set over time, in order of the reports' dates.
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
  double level = 0.05;     ///< at most this share of histories without a step shows one
  int reports_needed = 0;  ///< fewest reports with which a step can be found
  bool enough = false;     ///< some cell has that many reports
  double fail_if_slower = 0.1;
  std::vector<std::string> failures;  ///< cells whose last step is a larger slow-down than the limit, one sentence each
};

/// Puts reports of one or more machines in order, and finds the steps in them. Each report gives one value per cell:
/// the scatter of the values includes the differences between runs, so that no margin is needed. Steps are found by
/// stats::change_points at the level divided by the number of cells (Bonferroni).
History history_of(std::span<const Labelled> reports, double fail_if_slower);

}  // namespace descent::join
