#pragma once

#include <string>

#include "descent/join/comparison.hpp"

namespace descent::report {

// What every form of a comparison (terminal, Markdown, JUnit, metrics) says in the same words.

/// The answer, in one sentence: "NEW is 1.31 [1.27, 1.35] times as fast as BASE; 42 of 44 cells faster, none slower."
/// Where no cell has a verdict it begins with "Inconclusive", and names why.
std::string first_sentence(const join::Comparison& comparison);

/// Why this cell is inconclusive, in a few words: "two runs may differ by 48 %"; "" where it is not.
std::string reason_text(const join::CellRatio& cell);

/// A target in a table, where the sentence of target_text() has no room: "10 % of gap", "accuracy within 0.5 points".
std::string target_words(record::TargetKind kind, double value);

/// "1.31", "0.042".
std::string ratio_digits(double ratio);
/// "[1.27, 1.35]"; "" where there is no interval.
std::string interval_only(const record::Real& low, const record::Real& high);
/// "1.31 [1.27, 1.35]".
std::string ratio_text(const record::Real& ratio, const record::Real& low, const record::Real& high);

/// "abc1234" of a long commit hash; other values at most so long.
std::string short_text(const std::string& text);
/// "8 processes each", "3 and 4 processes".
std::string processes_text(const join::Comparison& comparison);
/// The first way of this kind in which the reports differ; nullptr where they do not.
const join::Difference* first_of(const join::Comparison& comparison, join::Fingerprint kind);

}  // namespace descent::report
