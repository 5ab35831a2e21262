#pragma once

#include <cstddef>
#include <string>

#include "descent/core/matrix.hpp"

namespace descent {

/// Bytes that this process may still take: the kernel's estimate, or what a control group leaves if that is less.
/// The largest value where neither is known.
std::size_t available_memory_bytes();

/// Throws InputError "PLACE needs 8.1 GB; 3.9 GB are available" when `bytes` would not fit.
void expect_memory(const std::string& place, std::size_t bytes);

/// A zeroed (rows, columns) matrix with room for the bias column. `place` is the file. Throws InputError that names
/// shape and size when it does not fit into the memory there is.
Matrix<float> dense_features(const std::string& place, std::size_t rows, std::size_t columns);

}  // namespace descent
