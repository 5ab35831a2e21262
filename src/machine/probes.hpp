#pragma once

#include <cstddef>

namespace descent::machine {

inline constexpr std::size_t kFmaVectorsPerRound = 192;
struct ProbeKernels {
  /// Float32 multiply-adds over registers only, kFmaVectorsPerRound vectors a round; returns something that depends on
  /// all.
  float (*multiply_add)(std::size_t rounds) noexcept;
  /// Sums n floats (n a multiple of 256) read in four streams.
  float (*read)(const float* p, std::size_t n) noexcept;
  /// Reads n floats (a multiple of 256) in four streams, and has each vector take part in 12 × rounds multiply-adds.
  float (*read_and_multiply)(const float* p, std::size_t n, std::size_t rounds) noexcept;
  std::size_t lanes;  ///< floats in a vector
  bool fused;
  const char* target;
  const char* highway;  ///< its version
};
const ProbeKernels& probe_kernels() noexcept;

}  // namespace descent::machine
