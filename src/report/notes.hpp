#pragma once

#include <string_view>

namespace descent::report {

/// What a labelled line of the page says, for people who ask; "" where it is a sentence by itself.
std::string_view note_of_line(std::string_view label) noexcept;

// Columns that several tables have.
inline constexpr const char* kBatchNote = "examples a step; full: all of them";
inline constexpr const char* kStepsNote =
    "expected steps to the target: all steps taken, over runs that reached it; > where none did";

}  // namespace descent::report
