#pragma once

#include <cstddef>

#include "descent/engine/cost_model.hpp"

namespace descent::engine {

/// Features per cache line of a row; likewise bytes per line of the weights' and slopes' integers.
inline constexpr std::size_t kLineFeatures = 64;

/// The order of sums in one evaluation by `exact8`, as a function of (rows, features) alone. Sums over rows and over
/// the features of a block are sums of integers, in which order does not matter. Only these orders are fixed:
///   score[k,i]  = chain over feature blocks of float(exact sum over the block) × the block's scale
///   summed loss = chain over row blocks of (chain over the block's tiles of the tile's own sum), in double
/// Tiles and row blocks start at multiples of 16 rows; only the last of each may be shorter.
struct Exact8Plan {
  std::size_t rows = 0, features = 0, lines = 0;
  std::size_t row_blocks = 1, rows_per_block = 0, tile_rows = 0;
  std::size_t feature_blocks = 1;

  std::size_t row_begin(std::size_t block) const noexcept { return block * rows_per_block; }
  std::size_t row_end(std::size_t block) const noexcept {
    return block + 1 == row_blocks ? rows : (block + 1) * rows_per_block;
  }
  /// First line of a feature block, for b in [0, feature_blocks].
  std::size_t line_begin(std::size_t b) const noexcept { return lines * b / feature_blocks; }
};

/// rows >= 1, features >= 1.
Exact8Plan make_exact8_plan(std::size_t rows, std::size_t features);

/// The sharing that is cheapest by the machine model.
Sharing choose_exact8_sharing(const MachineModel& model, const Exact8Plan& plan, std::size_t outputs, int threads);

}  // namespace descent::engine
