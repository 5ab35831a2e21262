#pragma once

#include <ostream>
#include <string_view>

#include "descent/record/status.hpp"

namespace descent::record {

// With these, tests write the words of enumerations as the report does, and failed tests print them in the same way.

/// Converts to any enumeration. Throws if the enumeration has no such word.
struct Word {
  const char* text;
  template <Words E>
  operator E() const {  // NOLINT: implicit on purpose, so that tests can write words
    return from_text<E>(text).value();
  }
};
inline Word word(const char* text) { return {text}; }

template <Words E>
bool operator==(E found, std::string_view expected) {
  return to_text(found) == expected;
}

template <Words E>
std::ostream& operator<<(std::ostream& out, E word) {
  return out << to_text(word);
}

}  // namespace descent::record
