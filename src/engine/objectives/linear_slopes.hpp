#pragma once

#include <memory>

#include "descent/engine/engine.hpp"

namespace descent::engine {

/// Slopes by the loss's oracle in double, of scores whose products are float32. Rows of any storage.
std::unique_ptr<LinearSlopes> make_linear_slopes(const LinearProblem& problem);

}  // namespace descent::engine
