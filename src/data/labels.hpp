#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "descent/data/source.hpp"

namespace descent::data {

/// The label texts of a training part, numbered in sorted order: as numbers when every one is a finite number ("1",
/// "+1" and "1.0" are one label then), else bytewise.
class LabelMap {
 public:
  /// Throws InputError, with file and line, for marks of missing values among numbers, and for NaN and infinities
  /// unless the other labels are names.
  explicit LabelMap(const RawPart& training);

  /// The first spelling of each label, in order.
  const std::vector<std::string>& names() const noexcept { return names_; }
  /// Notes where they may not be the classes that were meant, for a training part of so many rows: where they look like
  /// a measured quantity, mark missing values, or differ in nothing but capitals or blanks.
  std::vector<std::string> hints(std::size_t rows) const;
  /// Numbers the labels of a part. Throws InputError, with file and line, for one that training does not have.
  std::vector<std::int32_t> apply(const RawPart& part) const;

 private:
  std::string measured_hint(std::size_t rows) const;

  std::vector<std::string> names_;
  std::unordered_map<std::string, std::int32_t> numbers_;  // every spelling seen
  bool numeric_ = true;
};

}  // namespace descent::data
