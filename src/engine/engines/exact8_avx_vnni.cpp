#include "engine/engines/exact8_microkernels.hpp"

namespace descent::engine {
const Exact8Microkernels* exact8_avx_vnni() noexcept { return nullptr; }
}  // namespace descent::engine
