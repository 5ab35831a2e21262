#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace descent::core {

/// A parsed "name(key=value,key=value)". `text` is what was parsed, for messages.
struct Arguments {
  std::string name, text;
  std::map<std::string, std::string, std::less<>> values;

  /// The value of `key` as a finite number, or `fallback` when absent. Throws UsageError.
  double number(std::string_view key, double fallback) const;
  /// Throws UsageError when a key other than `known` was given.
  void expect_only(std::initializer_list<std::string_view> known) const;
};
/// Throws UsageError on unbalanced brackets, a missing '=', or a key given twice.
Arguments parse_arguments(std::string_view spec);

/// Conversions of a whole text. The result is empty if a character is left over, the value overflows, or the text is no
/// number; parse_real() accepts infinities and NaN.
std::optional<double> parse_real(std::string_view text) noexcept;
std::optional<std::int64_t> parse_integer(std::string_view text) noexcept;

std::string_view trim(std::string_view text) noexcept;
std::vector<std::string_view> split(std::string_view text, char separator);
/// Splits at `separator` outside round brackets: "huber(delta=1),hinge" gives two.
std::vector<std::string> split_outside_brackets(std::string_view text, char separator);

/// What to suggest if no candidate is near: `near` suggests nothing, `always` the nearest one all the same.
enum class Suggest { near, always };
/// Up to three candidates that may have been meant, most likely first: one that differs by a typing error (at most a
/// quarter of the letters), else those that contain `name`, else those with a word that differs from `name` by a typing
/// error, else the one with the smallest Levenshtein distance if that is at most half the length of `name`. Letter case
/// is ignored, and '-' equals '_'.
std::vector<std::string> near_names(std::string_view name, std::span<const std::string> candidates,
                                    Suggest suggest = Suggest::near);
/// The first of near_names(), or "".
std::string nearest_name(std::string_view name, std::span<const std::string> candidates);
/// "unknown loss 'hing'; did you mean 'hinge'? expected one of absolute, …".
std::string unknown_name(std::string_view kind, std::string_view name, std::span<const std::string> candidates,
                         Suggest suggest = Suggest::near);

/// The text in a form that is safe for a terminal: control characters (C0, DEL, C1) and bytes that are not UTF-8 become
/// \xNN, so that no label and no path of a user's file can move the cursor or change a colour.
std::string printable(std::string_view text);

/// The shortest decimal text that reads back as the same double ("0.1", "1e-04" as "0.0001").
std::string shortest(double value);
/// 12345678 as "12,345,678".
std::string with_thousands(std::uint64_t value);

}  // namespace descent::core
