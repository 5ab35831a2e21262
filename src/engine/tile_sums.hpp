#pragma once

#include "descent/engine/engine.hpp"

namespace descent::engine {

/// Replaces a tile's scores by their derivatives and returns the summed loss, the rows predicted right, and the rows
/// with a non-zero derivative.
PassSums differentiate_and_count(const loss::Loss& loss, loss::ScoreTile tile,
                                 std::span<const std::int32_t> labels) noexcept;

}  // namespace descent::engine
