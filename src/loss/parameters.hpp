#pragma once

#include "descent/core/text.hpp"

namespace descent::loss {

/// Parameter `key` of a loss: finite, positive, and a normal float32. Throws UsageError.
double positive_parameter(const core::Arguments& arguments, std::string_view key, double fallback);
/// For losses without parameters. Throws UsageError when any was given.
void no_parameters(const core::Arguments& arguments);

}  // namespace descent::loss
