#pragma once

#include <memory>

#include "descent/engine/update_rule.hpp"

namespace descent {

/// w ← w − rate · g, as it registered itself.
std::unique_ptr<UpdateRule> make_plain_rule();

}  // namespace descent
