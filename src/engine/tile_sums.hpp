#pragma once

#include "descent/engine/engine.hpp"

namespace descent::engine {

/// What a pass over rows has to sum, besides the gradient.
enum class Wanted {
  loss,     ///< Σ loss_i
  active,   ///< Σ loss_i, and the number of rows with a non-zero derivative
  correct,  ///< only the number of rows predicted right
};

/// Sums over a tile, a chunk or a block of rows.
struct TileSums {
  double loss = 0;
  std::size_t active = 0, correct = 0;  // where wanted
  TileSums& operator+=(const TileSums& other) noexcept {
    loss += other.loss;
    active += other.active;
    correct += other.correct;
    return *this;
  }
};

/// Replaces a tile's scores by their derivatives and returns the summed loss, and the active rows with Wanted::active.
/// With Wanted::correct it only counts the rows predicted right, and leaves the scores as they are.
TileSums sum_tile(const loss::Loss& loss, loss::ScoreTile tile, std::span<const std::int32_t> labels,
                  Wanted wanted) noexcept;

}  // namespace descent::engine
