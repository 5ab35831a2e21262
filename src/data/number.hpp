#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace descent::data {

/// A whole token as the nearest float32. Nothing when it is not a number; an infinity when it is beyond float32.
std::optional<float> parse_feature(std::string_view token) noexcept;

/// Is it how tables mark a value that is not there ("NA", "?", "nan")?
bool marks_missing(std::string_view field);

/// The text in small letters, as far as ASCII has them.
std::string in_small_letters(std::string_view text);

}  // namespace descent::data
