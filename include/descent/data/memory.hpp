#pragma once

#include <cstddef>
#include <string>

namespace descent::data {

/// Bytes that this process may still take: the kernel's estimate, what a control group leaves, or what is left of the
/// address space that a limit (ulimit -v) grants, whichever is least. The largest value where none is known.
std::size_t available_memory_bytes();

/// Throws InputError "PLACE needs 8.1 GB; expected at most the 3.9 GB of memory that are available" when `bytes` would
/// not fit. In double, so that absurd sizes do not overflow.
void expect_memory(const std::string& place, double bytes);

/// What the first look at a data set takes beside the features: vectors of doubles, as long as a row, of its largest
/// eigenvalue's search (spectrum.hpp).
double spectrum_bytes(std::size_t rows, std::size_t columns);

}  // namespace descent::data
