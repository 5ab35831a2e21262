#pragma once

#include <string_view>

#include "descent/core/matrix.hpp"

namespace descent::data {

/// Applies one step to both parts, with the statistics of the training part alone:
///   unit         each row by its Euclidean norm; rows of zeros stay
///   center       each column less its training mean
///   standardise  center, then each column by its training standard deviation (1/n); constant columns become 0
/// training (n, d), validation (m, d), m may be 0.
void preprocess(std::string_view step, core::MatrixView<float> training, core::MatrixView<float> validation);

}  // namespace descent::data
