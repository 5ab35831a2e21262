#pragma once

#include <optional>
#include <string_view>

namespace descent::data {

/// A whole token as the nearest float32. Nothing when it is not a number; an infinity when it is beyond float32.
std::optional<float> parse_feature(std::string_view token) noexcept;

}  // namespace descent::data
