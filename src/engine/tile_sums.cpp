#include "engine/tile_sums.hpp"

#include <algorithm>

namespace descent::engine {
namespace {

constexpr std::size_t kPiece = 64;

std::size_t count_correct(loss::ScoreTile tile, std::span<const std::int32_t> labels) noexcept {
  std::size_t correct = 0;
  std::int32_t predicted[kPiece];
  for (std::size_t i = 0; i < tile.examples; i += kPiece) {
    const std::size_t count = std::min(kPiece, tile.examples - i);
    loss::predict({tile.data + i, tile.classes, count, tile.stride}, {predicted, count});
    for (std::size_t r = 0; r < count; ++r) correct += predicted[r] == labels[i + r];
  }
  return correct;
}

/// slopes: a tile of derivatives.
std::size_t count_active(loss::ScoreTile slopes) noexcept {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < slopes.examples; i += kPiece) {
    const std::size_t count = std::min(kPiece, slopes.examples - i);
    bool active[kPiece] = {};
    for (std::size_t k = 0; k < slopes.classes; ++k) {
      const float* const row = slopes.data + k * slopes.stride + i;
      for (std::size_t r = 0; r < count; ++r) active[r] |= row[r] != 0.0F;
    }
    sum += static_cast<std::size_t>(std::count(active, active + count, true));
  }
  return sum;
}

}  // namespace

TileSums sum_tile(const loss::Loss& loss, loss::ScoreTile tile, std::span<const std::int32_t> labels,
                  Wanted wanted) noexcept {
  TileSums sums;
  if (wanted == Wanted::correct) {
    sums.correct = count_correct(tile, labels);
    return sums;
  }
  sums.loss = loss.differentiate(tile, labels);
  if (wanted == Wanted::active) sums.active = count_active(tile);
  return sums;
}

}  // namespace descent::engine
