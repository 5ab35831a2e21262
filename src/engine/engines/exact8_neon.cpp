#include "engine/engines/exact8_microkernels.hpp"

namespace descent::engine {
const Exact8Microkernels* exact8_neon() noexcept { return nullptr; }
}  // namespace descent::engine
