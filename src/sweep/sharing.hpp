#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "descent/engine/cost_model.hpp"
#include "descent/record/tables.hpp"

namespace descent::sweep {

/// How engines are to share steps among `threads` threads: as asked, or by a cost model fitted to the roofs that were
/// measured. l2_bytes 0: not known.
engine::SharingSettings sharing_for(const std::string& sharing, std::span<const record::Roof> roofs,
                                    std::size_t l2_bytes, int threads);

/// Of one core, from the context; 0 when it is not told.
std::size_t l2_bytes_of(const record::Context& context);

}  // namespace descent::sweep
