#pragma once

#include <cstddef>
#include <string>

#include "descent/core/matrix.hpp"
#include "descent/data/memory.hpp"

namespace descent::data {

/// Throws InputError where dense_features() would.
void expect_dense_features(const std::string& place, std::size_t rows, std::size_t columns);

/// A zeroed (rows, columns) matrix with room for the bias column. `place` is the file. Throws InputError that names
/// shape and size when it, with what any use of it takes besides, does not fit into the memory there is.
core::Matrix<float> dense_features(const std::string& place, std::size_t rows, std::size_t columns);

}  // namespace descent::data
