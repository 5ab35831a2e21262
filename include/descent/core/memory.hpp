#pragma once

#include <cstddef>
#include <string>

namespace descent::core {

/// Bytes that this process may still take: the least of the two below. The largest value where no limit is known.
std::size_t available_memory_bytes();

/// What limits on this process alone leave (ulimit -v, ulimit -d): memory that is reserved counts, touched or not.
std::size_t available_address_bytes();

/// What is left for this process or another one beside it, by the kernel's estimate and the control groups.
std::size_t available_memory_beside_bytes();

/// Throws InputError "PLACE needs 8.1 GB; expected at most the 3.9 GB of memory that are available" when `bytes` would
/// not fit. In double, so that absurd sizes do not overflow.
void expect_memory(const std::string& place, double bytes);
/// The same where `available` is what there is.
void expect_memory(const std::string& place, double bytes, std::size_t available);

}  // namespace descent::core
