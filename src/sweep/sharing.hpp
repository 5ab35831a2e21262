#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "descent/engine/cost_model.hpp"
#include "descent/record/tables.hpp"

namespace descent::sweep {

/// How engines share steps among `threads` threads: as `sharing` says, or by a cost model fitted to the measured roofs.
/// l2_bytes 0: not known.
engine::SharingSettings sharing_for(const std::string& sharing, std::span<const record::Roof> roofs,
                                    std::size_t l2_bytes, int threads);

/// Bytes of the L2 cache of one core, from the context; 0 if not known.
std::size_t l2_bytes_of(const record::Context& context);

}  // namespace descent::sweep
