#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace descent::data {

/// What the first record of a table is.
enum class FirstRecord { header, data, unclear };

/// Judged by its feature fields alone: texts in all of them are a header, numbers and gaps are data as far as they tell
/// (see below), a mixture is unclear, as are marks of missing values ("NA", "?"). `label` is the label's column. On
/// return `why` tells a person what is unclear.
FirstRecord judge_first_record(std::span<const std::string_view> fields, std::size_t label, std::string& why);

/// For a first record whose features are all numbers, judged by the labels of all records, the first one's before the
/// others': names of columns may be numbers (years, 0 1 2 …). A label among the others is data's.
FirstRecord judge_numbers(std::span<const std::string> fields, std::size_t label, std::span<const std::string> labels,
                          std::string& why);

/// Is it how a label's column is mostly called: label, class, target, y?
bool is_label_name(std::string_view name);

}  // namespace descent::data
