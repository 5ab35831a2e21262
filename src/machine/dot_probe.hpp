#pragma once

#include <cstddef>
#include <span>

namespace descent::machine {

/// Multiply-adds of 8-bit numbers over registers only, by one instruction or a short sequence of this processor.
struct DotProbe {
  const char* name;         ///< "vpdpbusd 512", …
  double adds_per_round;    ///< products that a round adds up
  int (*run)(std::size_t);  ///< runs that many rounds; returns a value that depends on all of them
};

/// The probes that this processor can run; none if no probe was written for it.
std::span<const DotProbe> dot_probes();

}  // namespace descent::machine
