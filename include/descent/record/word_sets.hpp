#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace descent::record {

// Closed sets of words for columns: enums whose values have names.

/// Types that DESCENT_WORDS declared.
template <class E>
concept Words = requires(E word) {
  { list_of_words(word) } -> std::same_as<std::string_view>;
};

/// One line per set: the type, then its words as they are written; a new record has the first one.
#define DESCENT_WORDS(Type, ...)                  \
  enum class Type : std::uint8_t { __VA_ARGS__ }; \
  constexpr std::string_view list_of_words(Type) noexcept { return #__VA_ARGS__; }

/// All words of a type, in the order of their values.
template <Words E>
std::vector<std::string_view> words_of() {
  constexpr std::string_view list = list_of_words(E());
  std::vector<std::string_view> words;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(", ", begin), list.size());
    words.push_back(list.substr(begin, end - begin));
    begin = end + 2;
  }
  return words;
}

/// The word as the report writes it.
template <Words E>
std::string to_text(E word) {
  return std::string(words_of<E>().at(static_cast<std::size_t>(word)));
}

/// The value with this word; empty if there is no such word.
template <Words E>
std::optional<E> from_text(std::string_view text) {
  const std::vector<std::string_view> words = words_of<E>();
  for (std::size_t i = 0; i < words.size(); ++i)
    if (words[i] == text) return static_cast<E>(i);
  return std::nullopt;
}

}  // namespace descent::record
