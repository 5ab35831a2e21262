#pragma once

#include <cstddef>

namespace descent::engine {

/// Part of the arithmetic fingerprint. Raised whenever the plans change, since weights change with them.
inline constexpr int kPlanVersion = 4;
inline constexpr std::size_t kPlanLanes = 16;      ///< virtual lanes of every score sum
inline constexpr std::size_t kMostGroupSteps = 8;  ///< steps on one row each that are taken together at most

/// The order of every sum of one evaluation: a function of (rows, features, outputs) alone, never of threads, machine
/// or calibration. The sharing of a step decides which thread computes which block, and when; it changes no bit.
///   score[k,i]  = tree over feature blocks of (16 lanes of chained fma over the block's vectors, then the lane tree)
///   gradient    = tree over row blocks of (chained fma over the block's rows)
///   summed loss = chain over row blocks of (chain over the block's tiles of the tile's own sum), in double
/// Plain steps on one row each are taken in groups of group_steps. A group needs the scores of its rows at its first
/// weights, and the rows' inner products; both are summed like scores (engine/engines/fused_groups.cpp). The losses of
/// such steps put classes in the lanes (Loss::differentiate_row). Tiles and row blocks start at multiples of 16 rows;
/// only the last of each may be shorter.
struct Plan {
  std::size_t rows = 0, vectors = 0;  ///< vectors: ceil(features / 16)
  std::size_t row_blocks = 1, rows_per_block = 0;
  std::size_t tile_rows = 0;       ///< rows of a block that go scores → loss → gradient together
  std::size_t feature_blocks = 1;  ///< 1 or `slices`
  std::size_t group_steps = 1;     ///< plain steps taken together; more than 1 only if rows is 1
  std::size_t slices = 1;          ///< cuts of the weights for joins and updates; no sum depends on them

  std::size_t row_begin(std::size_t block) const noexcept { return block * rows_per_block; }
  std::size_t row_end(std::size_t block) const noexcept {
    return block + 1 == row_blocks ? rows : (block + 1) * rows_per_block;
  }
  /// First vector of slice `s`, for s in [0, slices].
  std::size_t vector_begin(std::size_t s) const noexcept { return vectors * s / slices; }
};

/// rows >= 1, features >= 1, outputs >= 1.
Plan make_plan(std::size_t rows, std::size_t features, std::size_t outputs);

}  // namespace descent::engine
