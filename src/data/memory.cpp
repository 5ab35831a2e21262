#include "data/memory.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "descent/core/text.hpp"

namespace descent::data {
double spectrum_bytes(std::size_t rows, std::size_t columns) {
  // A basis of as many vectors as the rows span, and two more; few searches take a dozen.
  const auto vectors = static_cast<double>(std::min<std::size_t>({rows, columns, 12}) + 2);
  return vectors * static_cast<double>(sizeof(double)) * static_cast<double>(columns);
}

void expect_dense_features(const std::string& place, std::size_t rows, std::size_t columns) {
  const double bytes = static_cast<double>(sizeof(float)) * static_cast<double>(rows) *
                       static_cast<double>(core::padded_stride<float>(columns + 1));
  core::expect_memory(fmt::format("{}: {} rows x {} features, stored densely,", place, core::with_thousands(rows),
                                  core::with_thousands(columns)),
                      bytes + spectrum_bytes(rows, columns));
}

core::Matrix<float> dense_features(const std::string& place, std::size_t rows, std::size_t columns) {
  expect_dense_features(place, rows, columns);
  return {rows, columns, columns + 1};
}

}  // namespace descent::data
