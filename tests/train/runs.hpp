#pragma once

#include <memory>

#include "descent/train/train.hpp"
#include "train/toys.hpp"

// Data and runs for the tests of the training loop.

namespace descent::train {

inline std::unique_ptr<Optimizer> plain() { return make_optimizer("sgd"); }

inline TrainOptions full_batch(double rate, std::int64_t steps) {
  TrainOptions options;
  options.sampling = Sampling::none;
  options.schedule.base = rate;
  options.max_steps = steps;
  return options;
}

/// ½(w − 2)², started at 0. After k steps at rate ½, f is exactly 2 · 4^−k.
inline testing::Line halving() { return testing::Line({2}, 1, 0); }

}  // namespace descent::train
