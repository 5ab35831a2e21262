#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "descent/engine/cost_model.hpp"
#include "descent/machine/topology.hpp"
#include "descent/record/tables.hpp"

namespace descent::bench {

/// Rows × features × outputs of a softmax problem.
struct Shape {
  std::size_t rows = 60000, features = 784, outputs = 10;
};

/// What was measured on a machine that there is. Predictions for others start from it.
struct Costs {
  std::string processor, date;
  record::Roof one, two;  ///< at 1 thread, and at 2 on cores of one L3
  std::size_t l2_bytes = 0;
  Shape shape;
  std::map<std::size_t, double> step_seconds;  ///< of `fused` at 1 thread, by batch
};

/// What a machine that is not there is taken to be like.
struct Assumptions {
  double package_gb_per_s = 0;  ///< most that a package reads from its memory; 0: no limit but the workers'
  double far_line = 5;          ///< time to get a line from another L3 of the package, over that within one L3
  double package_line = 10;     ///< the same from another package
};

/// The CPUs of `threads` workers, placed as a team places them (compact). Throws UsageError if there are fewer cores:
/// what a core's second thread adds is not predicted.
std::vector<machine::Cpu> workers_on(const std::vector<machine::Cpu>& cpus, int threads);

/// The mean time in which a line goes from one worker to another, over all pairs, relative to that within one L3.
double mean_line(const std::vector<machine::Cpu>& workers, const Assumptions& assumed);

/// The roofs that these workers would measure. One worker: those that were measured. Multiply-adds and reading grow
/// with the workers, reading up to the limit of each package. A join passes one line from worker to worker, so that it
/// takes as many times as long as there are more workers and longer ways.
record::Roof predicted_roof(const Costs& costs, const std::vector<machine::Cpu>& workers, const Assumptions& assumed);

/// What `fused` would do with a batch, by its own cost model from such roofs.
struct Prediction {
  std::size_t batch = 0;
  int threads = 1;
  engine::Sharing sharing = engine::Sharing::serial;  ///< that it would choose
  double seconds = 0;                                 ///< of a step
  double speed_up = 1;                                ///< over one thread
  double features_seconds = 0, rows_seconds = 0;      ///< with either sharing
  /// Without it the step would lose most of its time: arithmetic, reading, loss, joins (waiting for each other) or
  /// lines (data from other cores). `bound_share`: how much.
  std::string bound;
  double bound_share = 0;
};
/// The model gives the ratio to one thread; the seconds at one thread are the measured ones (the model's own where
/// `batch` was not measured). `team`: roofs at `threads` threads.
Prediction predict(const Costs& costs, const record::Roof& team, std::size_t batch);

/// The least batch, among powers of two and all rows, from which on sharing by rows is predicted to be faster than by
/// features; empty: never.
std::optional<std::size_t> rows_from(const Costs& costs, const record::Roof& team);

}  // namespace descent::bench
