#pragma once

#include <cstddef>
#include <cstdint>

namespace descent::engine {

// How `exact8` represents weights and slopes as integers. Both have 16 bits, q in ±kMostQ, which are two signed bytes:
// q = 256·high + low with low in [−128, 127]. All sums are sums of integers. Addition of int32 wraps around and is
// associative, so that a sum is right, whatever wrapped on the way, if its true value fits into 32 bits:
//   scores     Σ_j x_j q_j, |·| ≤ 255 Σ_j |q_j|, which weight_exponent() keeps below 2^31;
//   gradients  two sums per weight, of the high and the low bytes: |·| ≤ 128 · 255 · rows, plus 128 when the low sum is
//              carried into the high one; kMostSummedRows keeps this below 2^31.
// See docs/decisions/0022-exact-sums-of-bytes.md.

inline constexpr std::int32_t kMostQ = 127 * 256;
/// Most rows whose products with slopes' bytes, summed, fit into int32.
inline constexpr std::size_t kMostSummedRows = (0x7fffffff - 128) / (128 * 255);
static_assert(kMostSummedRows == 65792);
/// Largest Σ_j |q_j| over a block of an output's weights.
inline constexpr std::int64_t kMostWeightSum = 0x7fffffff / 255;

/// The largest e, from −100 to 100, with `largest` · 2^e ≤ kMostQ; 0 where `largest` is 0. Finite, ≥ 0.
int largest_exponent(float largest) noexcept;

/// The factor by which slopes of at most `largest` in absolute value are multiplied before rounding: kMostQ / largest,
/// rounded to a whole number if it is above 1, so that slopes that are whole numbers stay exact.
float slope_factor(double largest) noexcept;

/// 2^e as float, e in [−126, 127].
float power_of_two(int e) noexcept;

}  // namespace descent::engine
