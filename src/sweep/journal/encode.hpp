#pragma once

#include <optional>
#include <string>

#include "sweep/search/training.hpp"
#include "sweep/timing/timing.hpp"

namespace descent::sweep {

// Pieces of work as the journal and the timing processes exchange them: JSON on one line. Numbers read back exactly.
// T is one of the pieces of training.hpp and timing.hpp, or a record that is kept as it is (encode.cpp lists them all).

/// Texts of a user's file need not be UTF-8: invalid bytes are replaced.
template <class T>
std::string encode(const T& piece);

/// Throws InputError if a member has the wrong type.
template <class T>
T decode(const std::string& text);

/// Empty if the text is no JSON object, for example because the process that wrote it was killed.
template <class T>
std::optional<T> decode_object(const std::string& text);

}  // namespace descent::sweep
