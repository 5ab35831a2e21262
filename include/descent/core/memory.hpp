#pragma once

#include <cstddef>
#include <string>

namespace descent::core {

/// Bytes that this process may still allocate: the smaller of the two figures below. The largest size_t if no limit is
/// known.
std::size_t available_memory_bytes();

/// Bytes that the limits of this process (ulimit -v, ulimit -d) leave. Reserved memory counts as used, touched or not.
std::size_t available_address_bytes();

/// Bytes that are left for this process or for another one beside it, by the kernel's estimate and the control groups.
std::size_t available_memory_beside_bytes();

/// Throws InputError "PLACE needs 8.1 GB; expected at most the 3.9 GB of memory that are available" when `bytes` would
/// not fit. `bytes` is a double, so that absurd sizes do not overflow.
void expect_memory(const std::string& place, double bytes);
/// The same with `available` bytes instead of available_memory_bytes().
void expect_memory(const std::string& place, double bytes, std::size_t available);

}  // namespace descent::core
