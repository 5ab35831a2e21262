#pragma once

#include <cstddef>

#include "descent/core/memory.hpp"

namespace descent::data {

/// What the first look at a data set takes beside the features: vectors of doubles, as long as a row, of its largest
/// eigenvalue's search (spectrum.hpp).
double spectrum_bytes(std::size_t rows, std::size_t columns);

}  // namespace descent::data
