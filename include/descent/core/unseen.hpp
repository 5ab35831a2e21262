#pragma once

#include <string>
#include <string_view>

namespace descent::core {

/// " (with a no-break space)" where a text has a character that looks like a blank, a hyphen, or like nothing, and is
/// none; else "". Pages and word processors put them in.
std::string unseen_character(std::string_view text);

/// The text with what these characters look like in their place: a blank, a hyphen, or nothing.
std::string as_it_looks(std::string_view text);

}  // namespace descent::core
