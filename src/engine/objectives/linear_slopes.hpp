#pragma once

#include <memory>

#include "descent/engine/engine.hpp"

namespace descent::engine {

/// Slopes are computed by the loss's oracle in double, scores in float32. Reads rows of any storage.
std::unique_ptr<LinearSlopes> make_linear_slopes(const LinearProblem& problem);

}  // namespace descent::engine
