#include "engine/engines/exact8_microkernels.hpp"

namespace descent::engine {
const Exact8Microkernels* exact8_avx2() noexcept { return nullptr; }
}  // namespace descent::engine
