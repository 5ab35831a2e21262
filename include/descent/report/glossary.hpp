#pragma once

#include <iosfwd>
#include <span>
#include <string_view>

namespace descent::report {

/// A word of the report and what it means, in a sentence or two.
struct Word {
  std::string_view word, meaning;
};

/// The words that pages of a report use, in the order in which a reader meets them.
std::span<const Word> glossary() noexcept;

/// Prints them, folded at `width` columns.
void write_glossary(std::ostream& out, bool color, std::size_t width);

}  // namespace descent::report
