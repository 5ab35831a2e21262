#include "data/csv_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <optional>

#include "data/file.hpp"
#include "data/number.hpp"
#include "descent/core/text.hpp"

namespace descent::data {
namespace {

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), in_small_letters(text)) != list.end();
}

/// Numbers as columns are called: whole and distinct, or in strict order, as years, places and wavelengths are.
bool may_be_names(const std::vector<double>& numbers) {
  const auto whole = [](double x) { return x == std::floor(x); };
  std::vector<double> sorted = numbers;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) return false;
  return std::all_of(numbers.begin(), numbers.end(), whole) || numbers == sorted ||
         std::equal(numbers.begin(), numbers.end(), sorted.rbegin());
}

/// 0 1 2 … or 1 2 3 …: what programs call columns without names.
bool counts_up(const std::vector<double>& numbers) {
  for (std::size_t j = 0; j < numbers.size(); ++j)
    if (numbers[j] != numbers[0] + static_cast<double>(j)) return false;
  return !numbers.empty() && (numbers[0] == 0 || numbers[0] == 1);
}

}  // namespace

bool is_label_name(std::string_view name) {
  return is_one_of(name, {"label", "labels", "class", "classes", "target", "targets", "y"});
}

FirstRecord judge_first_record(std::span<const std::string_view> fields, std::size_t label, std::string& why) {
  std::size_t numbers = 0;
  std::optional<std::size_t> text, missing, empty;
  for (std::size_t j = 0; j < fields.size(); ++j) {
    if (j == label) continue;
    if (fields[j].empty()) {
      if (j == 0) empty = j;  // pandas and R call the column of the row numbers so
    } else if (marks_missing(fields[j]))
      missing = j;
    else if (parse_feature(fields[j]))
      ++numbers;
    else
      text = j;
  }
  if (empty && !text && numbers > 0) missing = empty;
  if (!text && !missing) return FirstRecord::data;
  if (text && !missing && numbers == 0) return FirstRecord::header;
  const std::size_t odd = missing.value_or(text.value_or(0));
  why = fmt::format("column {} is {}{}", odd + 1, quoted(fields[odd]), numbers > 0 ? " and others are numbers" : "");
  return FirstRecord::unclear;
}

FirstRecord judge_numbers(std::span<const std::string> fields, std::size_t label, std::span<const std::string> labels,
                          std::string& why) {
  if (labels.size() < 3) return FirstRecord::data;  // one row besides it: no two classes
  const std::string& first = labels[0];
  const std::span<const std::string> others = labels.subspan(1);
  std::map<std::string_view, std::size_t> rows;
  for (const std::string& other : others) ++rows[other];
  std::vector<double> features, all;
  for (std::size_t j = 0; j < fields.size(); ++j) {
    const std::optional<double> number = core::parse_real(fields[j]);
    if (number) all.push_back(*number);
    if (number && j != label) features.push_back(*number);
  }
  const bool seen = rows.contains(first);
  if (all.size() == fields.size() && counts_up(all) && (fields.size() >= 4 || (fields.size() == 3 && !seen)) &&
      rows.size() >= 2) {
    why = fmt::format("it counts {}, {}, … as columns without names are called", fields[0], fields[1]);
    return FirstRecord::unclear;
  }
  if (seen || features.size() + 1 < fields.size() || !may_be_names(features)) return FirstRecord::data;
  const auto is_number = [](const std::string& text) { return core::parse_real(text).has_value(); };
  why = fmt::format("{} is the label of no other row", quoted(first));
  if (!is_number(first) && std::all_of(others.begin(), others.end(), is_number)) return FirstRecord::header;
  if (is_label_name(first)) return FirstRecord::unclear;
  const bool others_repeat = std::all_of(rows.begin(), rows.end(), [](const auto& row) { return row.second >= 2; });
  return others_repeat && rows.size() >= 2 && features.size() >= 2 ? FirstRecord::unclear : FirstRecord::data;
}

}  // namespace descent::data
