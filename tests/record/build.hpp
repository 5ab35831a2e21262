#pragma once

#include <string>

#include "descent/record/find.hpp"
#include "record/words.hpp"

namespace descent::record {

// Parts of made-up reports.

/// A series of gradient descent ("gd") on `rows` rows, or of an optimizer that draws batches.
inline Series series_of(const std::string& workload, const std::string& optimizer, std::int64_t batch) {
  Series series;
  series.workload = workload, series.optimizer = optimizer, series.batch = batch;
  series.full_batch = optimizer == "gd", series.stochastic = !series.full_batch;
  series.plain_step = true, series.rows_per_step = static_cast<double>(batch);
  series.sampling = series.full_batch ? Sampling::none : Sampling::reshuffle, series.schedule = RateSchedule::constant,
  series.lr_rule = RateRule::tuned;
  return series;
}

/// Adds the cell of these steps to the report if it is not there yet; returns its id.
inline std::string add_cell_of(Report& report, const Series& series, const std::string& engine, int threads) {
  Cell cell{series.workload, series.optimizer, series.batch, series.sampling, engine, threads, 1, ""};
  cell.id = cell_id(cell);
  if (find_cell(report, cell.id) == nullptr) report.cells.push_back(cell);
  return cell.id;
}

}  // namespace descent::record
