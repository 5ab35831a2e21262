#pragma once

#include <memory>

#include "descent/engine/update_rule.hpp"

namespace descent::sweep {

/// w ← w − rate · g, as it registered itself.
std::unique_ptr<engine::UpdateRule> make_plain_rule();

}  // namespace descent::sweep
