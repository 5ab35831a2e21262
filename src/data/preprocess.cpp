#include "data/preprocess.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "descent/core/error.hpp"
#include "descent/core/text.hpp"

namespace descent::data {
namespace {

void divide_rows_by_norm(core::MatrixView<float> part) noexcept {
  for (std::size_t i = 0; i < part.rows; ++i) {
    double squares = 0;
    for (const float x : part.row_span(i)) squares += static_cast<double>(x) * x;
    if (squares == 0) continue;
    const double norm = std::sqrt(squares);
    for (float& x : part.row_span(i)) x = static_cast<float>(x / norm);
  }
}

struct Columns {
  std::vector<double> mean, deviation;
};

/// Row by row, as the matrix lies in memory. Sums of floats in double: that of a constant column is exact up to 2^29
/// rows, so its deviation is 0 and not a rounding error, which standardising would blow up.
Columns column_statistics(core::MatrixView<const float> part) {
  const std::size_t n = part.rows, d = part.cols;
  Columns result{std::vector<double>(d), std::vector<double>(d)};
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < d; ++j) result.mean[j] += part(i, j);
  for (double& mean : result.mean) mean /= static_cast<double>(n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < d; ++j) {
      const double difference = part(i, j) - result.mean[j];
      result.deviation[j] += difference * difference;
    }
  for (double& deviation : result.deviation) deviation = std::sqrt(deviation / static_cast<double>(n));
  return result;
}

void shift_and_divide(core::MatrixView<float> part, const Columns& columns, bool divide) noexcept {
  for (std::size_t i = 0; i < part.rows; ++i)
    for (std::size_t j = 0; j < part.cols; ++j) {
      const double centred = part(i, j) - columns.mean[j];
      if (!divide)
        part(i, j) = static_cast<float>(centred);
      else
        part(i, j) = columns.deviation[j] > 0 ? static_cast<float>(centred / columns.deviation[j]) : 0.0F;
    }
}

}  // namespace

std::vector<std::string> preprocess_names() { return {"unit", "center", "standardise", "none"}; }

std::vector<std::string> parse_preprocess(std::string_view text) {
  const std::vector<std::string> known = preprocess_names();
  std::vector<std::string> steps;
  if (core::trim(text).empty()) return steps;
  for (const std::string& step : core::split_outside_brackets(text, ',')) {
    if (std::find(known.begin(), known.end(), step) == known.end())
      throw core::UsageError(core::unknown_name("preprocessing step", step, known));
    if (std::find(steps.begin(), steps.end(), step) != steps.end())
      throw core::UsageError(fmt::format("preprocessing '{}': found '{}' twice; expected each step once", text, step));
    steps.push_back(step);
  }
  const auto none = std::find(steps.begin(), steps.end(), "none");
  if (none == steps.end()) return steps;
  if (steps.size() > 1)
    throw core::UsageError(fmt::format("preprocessing '{}': found 'none' beside other steps; expected it alone", text));
  return {};
}

void preprocess(std::string_view step, core::MatrixView<float> training, core::MatrixView<float> validation) {
  if (step == "unit") {
    divide_rows_by_norm(training);
    divide_rows_by_norm(validation);
    return;
  }
  const Columns columns = column_statistics(training);
  shift_and_divide(training, columns, step == "standardise");
  shift_and_divide(validation, columns, step == "standardise");
}

}  // namespace descent::data
