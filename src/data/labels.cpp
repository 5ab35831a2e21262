#include "data/labels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "data/file.hpp"
#include "data/number.hpp"
#include "descent/core/unseen.hpp"

namespace descent::data {
namespace {

std::optional<double> as_number(const std::string& text) noexcept {
  const std::optional<double> number = core::parse_real(core::trim(text));
  if (!number || !std::isfinite(*number)) return std::nullopt;
  return number;
}

/// A decimal text as what it says, to the last digit: in double, whole numbers beyond 2^53 would become one.
struct Decimal {
  int sign = 0;               // of the number: -1, 0, 1
  std::int64_t exponent = 0;  // the number is 0.digits times 10^exponent
  std::string digits;         // without zeros at either end

  friend bool operator==(const Decimal&, const Decimal&) = default;
  friend bool operator<(const Decimal& a, const Decimal& b) {
    if (a.sign != b.sign) return a.sign < b.sign;
    const Decimal &small = a.sign < 0 ? b : a, &large = a.sign < 0 ? a : b;
    if (small.exponent != large.exponent) return small.exponent < large.exponent;
    return small.digits < large.digits;
  }
};

/// Of a text that as_number() takes: sign, digits with a point, and an exponent.
Decimal decimal_of(std::string_view text) {
  text = core::trim(text);  // a label in quotes may have blanks
  Decimal number;
  number.sign = text.starts_with('-') ? -1 : 1;
  const std::size_t e = text.find_first_of("eE");
  if (e != std::string_view::npos) number.exponent = core::parse_integer(text.substr(e + 1)).value_or(0);
  bool after_point = false;
  for (const char c : text.substr(0, e)) {
    after_point |= c == '.';
    if (c < '0' || c > '9') continue;
    if (number.digits.empty() && c == '0') {
      number.exponent -= after_point;
    } else {
      number.digits += c;
      number.exponent += !after_point;
    }
  }
  number.digits.erase(number.digits.find_last_not_of('0') + 1);
  if (number.digits.empty()) return {};
  return number;
}

std::string place_of(const RawPart& part, std::size_t row) {
  if (part.lines.empty()) return fmt::format("{}:row {}", part.file, row + 1);
  return fmt::format("{}:{}", part.file, part.lines[row]);
}

/// Numbers the keys in their order and every spelling like its key.
template <class Key, class KeyOf>
void number_labels(const std::vector<std::string>& spellings, KeyOf key_of, std::vector<std::string>& names,
                   std::unordered_map<std::string, std::int32_t>& numbers) {
  std::map<Key, std::string> first;
  for (const std::string& spelling : spellings) first.emplace(key_of(spelling), spelling);
  std::map<Key, std::int32_t> order;
  for (const auto& [key, spelling] : first) {
    order.emplace(key, static_cast<std::int32_t>(names.size()));
    names.push_back(spelling);
  }
  for (const std::string& spelling : spellings) numbers.emplace(spelling, order.at(key_of(spelling)));
}

/// Marks of missing values, NaN and infinities are no classes among numbers: they are what a file has where a label is
/// missing or went wrong. Among names they may be names.
void expect_no_missing_labels(const RawPart& part, const std::vector<std::string>& spellings) {
  const auto missing = [](const std::string& text) { return marks_missing(text); };
  const bool names = std::any_of(spellings.begin(), spellings.end(),
                                 [](const auto& text) { return !as_number(text) && !marks_missing(text); });
  const bool numbers =
      std::any_of(spellings.begin(), spellings.end(), [](const auto& text) { return as_number(text); });
  const auto not_finite = [](const std::string& text) {
    const std::optional<double> number = core::parse_real(core::trim(text));
    return number && !std::isfinite(*number);
  };
  if (names && !numbers) return;
  const auto bad = names || !numbers ? std::find_if(part.labels.begin(), part.labels.end(), not_finite)
                                     : std::find_if(part.labels.begin(), part.labels.end(), missing);
  if (bad == part.labels.end()) return;
  const auto row = static_cast<std::size_t>(bad - part.labels.begin());
  throw core::InputError(fmt::format("{}: label {}; expected a finite number{}", place_of(part, row), quoted(*bad),
                                     numbers ? ", as other labels are" : " or a name"));
}

/// Not a number to the program, but one to a person: "10%", "$1,250.50", "1,5", or a date with its separators twice.
bool is_amount_or_date(std::string_view text) {
  constexpr std::string_view kSigns[] = {"%", "$", "€", "£", "¥"};
  constexpr std::size_t kShortestDate = 8;  // 1-1-2019
  text = core::trim(text);
  bool sign = false;
  for (const std::string_view s : kSigns) {
    if (text.starts_with(s)) text.remove_prefix(s.size()), sign = true;
    if (text.ends_with(s)) text.remove_suffix(s.size()), sign = true;
  }
  text = core::trim(text);
  std::map<char, std::size_t> counts;  // '0' for all digits
  for (const char c : text) ++counts[c >= '0' && c <= '9' ? '0' : c];
  const std::size_t digits = counts['0'], marks = counts['.'] + counts[','];
  if (digits == 0) return false;
  if (digits + marks == text.size() && (sign || counts[','] > 0)) return true;
  for (const char separator : {'-', '/', '.'})
    if (counts[separator] == 2 && digits + 2 == text.size() && text.size() >= kShortestDate) return true;
  return false;
}

/// What two spellings have in common that a person takes for one: the number, or letters whatever their size and blanks
/// whatever their kind and number.
std::string likeness(const std::string& spelling) {
  const std::string name = core::as_it_looks(spelling);
  if (!as_number(name)) {
    std::string text = in_small_letters(core::trim(name));
    text.erase(std::unique(text.begin(), text.end(), [](char a, char b) { return a == ' ' && b == ' '; }), text.end());
    return text;
  }
  const Decimal number = decimal_of(name);
  return fmt::format("{} {} {}", number.sign, number.digits, number.exponent);
}

}  // namespace

LabelMap::LabelMap(const RawPart& training) {
  std::vector<std::string> spellings;  // in order of appearance
  for (const std::string& label : training.labels)
    if (numbers_.emplace(label, 0).second) spellings.push_back(label);
  numbers_.clear();
  expect_no_missing_labels(training, spellings);
  numeric_ = std::all_of(spellings.begin(), spellings.end(), [](const auto& text) { return as_number(text); });
  if (numeric_)
    number_labels<Decimal>(spellings, decimal_of, names_, numbers_);
  else
    number_labels<std::string>(
        spellings, [](const auto& text) { return text; }, names_, numbers_);
}

std::string LabelMap::measured_hint(std::size_t rows) const {
  constexpr std::size_t few = 10;  // classes; more whole numbers than these in a fifth of the rows measure something
  if (names_.size() < 3) return "";
  const auto note = [&](const char* what, const std::string& example) {
    return fmt::format(
        "labels look like a measured quantity ({} different {} in {} rows, such as {}): each is taken as a class",
        names_.size(), what, rows, quoted(example));
  };
  if (!numeric_)
    return std::all_of(names_.begin(), names_.end(), is_amount_or_date) ? note("amounts or dates", names_.back()) : "";
  const auto broken = std::find_if(names_.begin(), names_.end(), [](const std::string& name) {
    const Decimal number = decimal_of(name);
    return static_cast<std::int64_t>(number.digits.size()) > number.exponent && number.sign != 0;
  });
  if (broken == names_.end() && (names_.size() <= few || 5 * names_.size() <= rows)) return "";
  return note("numbers", broken == names_.end() ? names_.back() : *broken);
}

std::vector<std::string> LabelMap::hints(std::size_t rows) const {
  std::vector<std::string> hints;
  if (std::string hint = measured_hint(rows); !hint.empty()) hints.push_back(std::move(hint));
  if (numeric_) return hints;
  const auto missing = std::find_if(names_.begin(), names_.end(), marks_missing);
  if (missing != names_.end())
    hints.push_back(fmt::format("label {} marks a missing value in many tables: here it is a class", quoted(*missing)));
  const auto is_number = [](const std::string& name) { return as_number(name).has_value(); };
  const auto number = std::find_if(names_.begin(), names_.end(), is_number);
  const auto text = std::find_if_not(names_.begin(), names_.end(), is_number);
  if (number != names_.end())
    hints.push_back(
        fmt::format("label {} is no number, as {} is: all are taken as texts", quoted(*text), quoted(*number)));
  std::map<std::string, std::string> first;  // by what they have in common
  for (const std::string& name : names_) {
    const auto [at, added] = first.emplace(likeness(name), name);
    if (added) continue;
    hints.push_back(fmt::format("labels {} and {} look like one: each is a class", quoted(at->second), quoted(name)));
    break;  // one example is enough
  }
  return hints;
}

std::vector<std::int32_t> LabelMap::apply(const RawPart& part) const {
  std::vector<std::int32_t> result;
  result.reserve(part.labels.size());
  for (std::size_t i = 0; i < part.labels.size(); ++i) {
    const std::string& label = part.labels[i];
    if (const auto known = numbers_.find(label); known != numbers_.end()) {
      result.push_back(known->second);
      continue;
    }
    const auto same = std::find_if(names_.begin(), names_.end(), [&](const std::string& name) {
      return numeric_ && as_number(label) && decimal_of(label) == decimal_of(name);
    });
    if (same == names_.end()) {
      const std::size_t shown = std::min<std::size_t>(names_.size(), 12);
      throw core::InputError(fmt::format(
          "{}: label {} does not occur in the training part; expected one of {}{}", place_of(part, i), quoted(label),
          fmt::join(names_.begin(), names_.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
          shown < names_.size() ? ", …" : ""));
    }
    result.push_back(static_cast<std::int32_t>(same - names_.begin()));
  }
  return result;
}

}  // namespace descent::data
