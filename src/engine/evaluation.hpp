#pragma once

#include <span>

#include "descent/engine/objective.hpp"

namespace descent::engine {

/// What f at some weights, its regulariser alone, and its gradient (parameters,) tell: all that every kind of f has.
Evaluation evaluation_of(double value, double regulariser, std::span<const float> gradient) noexcept;

}  // namespace descent::engine
