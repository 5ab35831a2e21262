#include "engine/tile_sums.hpp"

#include <algorithm>

namespace descent::engine {

PassSums differentiate_and_count(const loss::Loss& loss, loss::ScoreTile tile,
                                 std::span<const std::int32_t> labels) noexcept {
  constexpr std::size_t kPiece = 64;
  PassSums sums;
  std::int32_t predicted[kPiece];
  for (std::size_t i = 0; i < tile.examples; i += kPiece) {
    const std::size_t count = std::min(kPiece, tile.examples - i);
    loss::predict({tile.data + i, tile.classes, count, tile.stride}, {predicted, count});
    for (std::size_t r = 0; r < count; ++r) sums.correct += predicted[r] == labels[i + r];
  }
  sums.loss = loss.differentiate(tile, labels);
  for (std::size_t i = 0; i < tile.examples; i += kPiece) {
    const std::size_t count = std::min(kPiece, tile.examples - i);
    bool active[kPiece] = {};
    for (std::size_t k = 0; k < tile.classes; ++k) {
      const float* const row = tile.data + k * tile.stride + i;
      for (std::size_t r = 0; r < count; ++r) active[r] |= row[r] != 0.0F;
    }
    sums.active += static_cast<std::size_t>(std::count(active, active + count, true));
  }
  return sums;
}

}  // namespace descent::engine
