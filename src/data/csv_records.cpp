#include "data/csv_records.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "data/file.hpp"
#include "descent/core/error.hpp"
#include "descent/core/text.hpp"

namespace descent::data {

std::string_view name_of(Separator separator) {
  switch (separator) {
    case Separator::comma:
      return "comma";
    case Separator::semicolon:
      return "semicolon";
    case Separator::tab:
      return "tab";
    case Separator::blank:
      break;
  }
  return "blank";
}

bool CsvRecords::next() {
  while (!rest_.empty()) {
    line_ = next_line_;
    fields_.clear();
    in_quotes_.clear();
    unescaped_.clear();
    while (separator_ == Separator::blank ? take_field_between_blanks() : take_field()) {
    }
    if (fields_.size() > 1 || (!fields_.empty() && !fields_[0].empty())) return true;
  }
  return false;
}

void CsvRecords::fail(std::size_t line, std::string_view what) const {
  throw core::InputError(fmt::format("{}:{}: {}", path_, line, what));
}

bool CsvRecords::is_separator(char c) const noexcept {
  return c == static_cast<char>(separator_) || (separator_ == Separator::blank && c == '\t');
}

/// Takes one field; false where the record ends instead.
bool CsvRecords::take_field_between_blanks() {
  rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r"), rest_.size()));
  if (rest_.empty()) return false;
  if (rest_[0] == '\n') {
    ++next_line_;
    rest_.remove_prefix(1);
    return false;
  }
  if (rest_[0] == '"') {
    rest_.remove_prefix(1);
    fields_.push_back(take_quoted());
    return true;
  }
  fields_.push_back(rest_.substr(0, rest_.find_first_of(" \t\r\n")));
  rest_.remove_prefix(fields_.back().size());
  return true;
}

/// Takes one field and the separator behind it; false when the record ends there.
bool CsvRecords::take_field() {
  std::string_view field;
  const auto is_blank = [this](char c) { return (c == ' ' || c == '\t' || c == '\r') && !is_separator(c); };
  const auto first_of = [&] {
    return static_cast<std::size_t>(std::find_if_not(rest_.begin(), rest_.end(), is_blank) - rest_.begin());
  };
  const std::size_t first = first_of();
  if (first < rest_.size() && rest_[first] == '"') {
    rest_.remove_prefix(first + 1);
    field = take_quoted();
    rest_.remove_prefix(first_of());
    if (!rest_.empty() && !is_separator(rest_[0]) && rest_[0] != '\n')
      fail(next_line_, fmt::format("found {} behind a closing quote; expected a {} or the end of the line",
                                   quoted(rest_.substr(0, 1)), name_of(separator_)));
  } else {
    const auto end = std::find_if(rest_.begin(), rest_.end(), [this](char c) { return is_separator(c) || c == '\n'; });
    const auto size = static_cast<std::size_t>(end - rest_.begin());
    field = core::trim(rest_.substr(0, size));
    if (field.find('"') != std::string_view::npos)
      fail(next_line_,
           fmt::format("quote inside the unquoted field {}; expected the whole field in quotes", quoted(field)));
    rest_.remove_prefix(size);
  }
  fields_.push_back(field);
  if (rest_.empty()) return false;
  const bool more = is_separator(rest_[0]);
  if (!more) ++next_line_;
  rest_.remove_prefix(1);
  if (more && rest_.empty()) fields_.emplace_back();  // a comma is the last byte: one more field, empty
  return more && !rest_.empty();
}

/// The text up to the closing quote; passes the quote.
std::string_view CsvRecords::take_quoted() {
  in_quotes_.push_back(fields_.size());
  bool doubled = false;
  std::size_t end = rest_.find('"');
  while (end != std::string_view::npos && end + 1 < rest_.size() && rest_[end + 1] == '"') {
    doubled = true;
    end = rest_.find('"', end + 2);
  }
  if (end == std::string_view::npos) fail(next_line_, "found a quote that never closes; expected a closing one");
  const std::string_view inside = rest_.substr(0, end);
  rest_.remove_prefix(end + 1);
  next_line_ += static_cast<std::size_t>(std::count(inside.begin(), inside.end(), '\n'));
  if (!doubled) return inside;
  std::string& field = *unescaped_.emplace_back(std::make_unique<std::string>());
  for (std::size_t i = 0; i < inside.size(); ++i) {
    field += inside[i];
    if (inside[i] == '"') ++i;
  }
  return field;
}

}  // namespace descent::data
