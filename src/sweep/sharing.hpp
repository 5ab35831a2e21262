#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "descent/record/tables.hpp"

namespace descent::sweep {

/// Tells `fused` how to share steps in kernels that are prepared from now on for `threads` threads: as asked, or by a
/// cost model fitted to the roofs that were measured. Changes time, never a bit. l2_bytes 0: not known.
void set_sharing(const std::string& schedule_of_work, std::span<const record::Roof> roofs, std::size_t l2_bytes,
                 int threads);

/// Of one core, from the context; 0 when it is not told.
std::size_t l2_bytes_of(const record::Context& context);

}  // namespace descent::sweep
