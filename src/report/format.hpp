#pragma once

#include <cstdint>
#include <string>

#include "descent/record/report.hpp"

namespace descent::report {

// Numbers for people.

/// Stands before a time to a target that the optimum is not known well enough for.
inline constexpr const char* kUncertified = "~";
inline constexpr const char* kOversubscribed = " !";  ///< more threads than CPUs

/// Three significant digits without an exponent from 0.0001 to 10 million: "0.0523", "15.1", "4,700".
std::string three_digits(double value);
/// "0.25 s", "1.2 ms", "3.4 min", with its interval in the same unit: "0.25 s [0.23, 0.26]". "" where there is none.
std::string seconds_with_interval(const record::Real& value, const record::Real& low, const record::Real& high);
/// Do the ends lie more than a factor of 100 apart? Then they tell nothing that is of use: two seeds, and Student's t
/// with one degree of freedom. Such an interval is shown as kTooWide.
bool is_too_wide(const record::Real& low, const record::Real& high);
inline constexpr const char* kTooWide = "[too wide]";
/// That interval by itself, in the unit of the value: "[0.23, 0.26]"; open, "[0.23, …)"; "" where there is none.
std::string time_interval(const record::Real& value, const record::Real& low, const record::Real& high);
/// "2.5 M", "812 k".
std::string with_prefix(double value);
/// Steps: whole numbers with thousands' commas, one decimal below 100 where there is one.
std::string steps_text(double steps);
std::string count_text(std::int64_t count);
/// The interval behind a value: " [250, 400]", with an open end " [250, …)" or " (…, 400]"; "" where there is none.
std::string ends_text(const record::Real& low, const record::Real& high, std::string (*number)(double));
/// How many times fewer: "1.90x [1.85, 1.94]"; where only a bound is known, ">1.85x" or "<1.94x".
std::string gain_text(const record::Real& gain, const record::Real& low, const record::Real& high);
/// "1,024", or full where every step takes the whole batch.
std::string batch_text(const record::Series& series);
/// The name of the cell with this id for people; the id itself where the report has no such cell.
std::string name_of_cell(const record::Report& report, const std::string& id);
/// 0.01 as "1 %".
std::string percent(double share);

}  // namespace descent::report
