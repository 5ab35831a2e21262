#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/engines/exact8_numbers.hpp"
#include "engine/engines/exact8_plan.hpp"

namespace descent::engine {

// Glossary: x rows of bytes, q weights or slopes as integers, w float weights, s scores, g gradient sums, k outputs,
// r rows. A block is some features of all rows: `width` of them, whole lines, the last ones perhaps padding (zeros in
// x), of which the first `chunks` × 16 hold all that are features. Within a line each instruction set keeps w and g in
// an order of its own (Exact8Microkernels::position), and the weights' integers, two bytes per weight, in whatever
// order it chooses. Row pointers from `rows` up to the next multiple of 16 are valid too, but may point to any row.

inline constexpr std::size_t kChunkFeatures = 16;
/// Most rows of a call to backward: products of a byte and a slope of 16 bits, summed over so many rows, fit into
/// int32.
inline constexpr std::size_t kMostBackwardRows = 256;
static_assert(kMostBackwardRows * 255 * kMostQ <= 0x7fffffff);

/// Rows to fetch into L2 during a call, spread evenly over it.
struct ByteFetch {
  const std::uint8_t* const* x = nullptr;  // (rows,)
  std::size_t rows = 0;
};

/// A block of features within rows.
struct FeatureBlock {
  std::size_t first = 0, width = 0, chunks = 0;
};

/// Scores of rows over a block: s[k * s_stride + r] = float(Σ_j x[r][j] q[k][j]) × scale[k], the sum exact.
struct ByteForwardCall {
  const std::uint8_t* const* x;
  std::size_t rows;
  FeatureBlock block;
  const std::int8_t* q;  // (outputs, 2 × width)
  const float* scale;    // (outputs,)
  std::size_t outputs;
  float* s;  // up to the next multiple of 16 rows is written
  std::size_t s_stride;
  ByteFetch fetch;
};

/// q[k][r] = slope × factor, rounded to nearest even, at most ±kMostQ; 0 where the slope is NaN. Done for rows [first,
/// first + rows), and up to the next multiple of 16, where slopes are 0; `first` is a multiple of 16.
struct QuantiseSlopesCall {
  const float* slope;  // (outputs, stride)
  std::size_t stride, outputs, first, rows;
  float factor;
  std::int8_t* q;  // (outputs, 2 × stride)
};

/// Gradient sums over rows for a block: 256·g[k][0][j] + g[k][1][j] = Σ_r x[r][j] q[k][r], exact; each instruction set
/// may split the sum in its own way. `add`: adds to the sums in g.
struct ByteBackwardCall {
  const std::uint8_t* const* x;
  std::size_t rows;  // at most kMostBackwardRows
  FeatureBlock block;
  const std::int8_t* q;  // as QuantiseSlopesCall left it: of its rows from `first` on
  std::size_t q_stride, first, outputs;
  std::int32_t* g;  // (outputs, 2, width)
  bool add;
  ByteFetch fetch;
};

/// Ends a step for one output of a block. With t = Σ over workers of 256·g[0] + g[1], cut into 256·h + l with l in
/// [−128, 127] and h ≤ 32 bits: sum = fma(float(h), 256, float(l)), g = fma(l2, w, sum × scale), and
///   w ← fma(−rate, g, w) if `update`; g is stored where g_out is not null.
struct FinishOutputCall {
  const std::int32_t* const* g;  // (workers,), each (2, width); together sums over at most kMostSummedRows rows
  std::size_t workers, width;
  float* w;
  float* g_out;
  float scale, l2, rate;
  bool update;
};

struct Exact8Microkernels {
  void (*forward)(const ByteForwardCall& call) noexcept;
  void (*quantise_slopes)(const QuantiseSlopesCall& call) noexcept;
  void (*backward)(const ByteBackwardCall& call) noexcept;
  void (*finish)(const FinishOutputCall& call) noexcept;
  /// The bits of the largest |w|, as an integer; greater than the bits of infinity if a weight is NaN.
  std::uint32_t (*largest)(const float* w, std::size_t width) noexcept;
  /// w × scale rounded to nearest even, |·| ≤ kMostQ; returns the sum of the sizes.
  std::int64_t (*quantise_weights)(const float* w, std::size_t width, float scale, std::int8_t* q) noexcept;
  /// s[i] += more[i], count a multiple of 16.
  void (*add)(const float* more, std::size_t count, float* s) noexcept;
  /// Where feature j of a line lies in w and g.
  const std::uint8_t* position;
  const char* target;
  /// How many byte products the product of a byte and a 16-bit number takes; 1 if the instruction multiplies 16-bit
  /// numbers.
  double byte_products = 1;
};

/// The microkernels that this machine can run, the fastest first; the portable ones are always the last.
std::vector<const Exact8Microkernels*> exact8_microkernels();

// Each null where this build or this machine has no such instructions.
const Exact8Microkernels* exact8_portable() noexcept;
const Exact8Microkernels* exact8_avx512_vnni() noexcept;
const Exact8Microkernels* exact8_avx2() noexcept;

}  // namespace descent::engine
