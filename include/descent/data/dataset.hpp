#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "descent/data/features.hpp"

namespace descent::data {

/// Examples in memory. Read-only once made.
struct Dataset {
  std::string name;                  ///< "mnist": last component of the source, without extension
  std::string source;                ///< the data URI as given
  std::string content_hash;          ///< SHA-256 over shape, features and labels as they are trained on
  Features features;                 ///< (n, d); the bias column, if any, is the last one
  std::vector<std::int32_t> labels;  ///< (n,), each in [0, classes)
  int classes = 0;
  std::vector<std::string> label_names;  ///< (classes,): what the file called label k; sorted, see DESIGN of labels
  bool has_bias = false;

  std::size_t rows() const noexcept { return features.rows(); }
  std::size_t width() const noexcept { return features.cols(); }  ///< features, the bias column included
};

/// Training rows and, where there are any, rows kept for validation; both of the same width and label map.
struct Split {
  Dataset training;
  Dataset validation;              ///< rows() == 0 when there is none
  std::string label_column;        ///< of a table: which column has the labels, for people; else ""
  std::vector<std::string> notes;  ///< what the reader saw: "31 rows padded to 123 features", …
};

}  // namespace descent::data
