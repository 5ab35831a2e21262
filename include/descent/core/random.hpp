#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace descent::core {

/// What random numbers are drawn for: the first word of the counter, so that no two uses share a stream.
enum class Purpose : std::uint32_t {
  shuffle = 1,
  with_replacement,
  distinct,
  data,
  label_noise,
  bootstrap = 7,
  order,
  noise,
  initial,
  spot_check,
  vector,
  validation
};

/// Counter-based random numbers (Philox4x32-10, Salmon et al. 2011): key = seed, counter = (purpose, stream, index).
/// Any number of any stream can be computed by itself, and is the same on every machine.
class CounterRandom {
 public:
  CounterRandom(std::uint64_t seed, Purpose purpose, std::uint64_t stream = 0) noexcept
      : seed_(seed), stream_(stream), purpose_(purpose) {}

  /// Four 32-bit words at `index` in [0, 2^32).
  std::array<std::uint32_t, 4> words(std::uint32_t index) const noexcept;

  // The calls below advance from one index to the next.
  std::uint32_t next_u32() noexcept;
  std::uint64_t next_u64() noexcept;
  double next_unit() noexcept;                             ///< uniform in [0, 1), 53 bits
  double next_normal() noexcept;                           ///< standard normal, Box–Muller
  std::uint32_t next_below(std::uint32_t bound) noexcept;  ///< uniform in [0, bound), unbiased (Lemire 2019)

 private:
  std::uint64_t seed_, stream_;
  Purpose purpose_;
  std::uint32_t index_ = 0, used_ = 4;
  std::array<std::uint32_t, 4> block_{};
};

/// Fisher–Yates shuffle of `values` with the numbers of `random`, from its first number on. The result depends on these
/// two arguments only.
void shuffle(std::span<std::uint32_t> values, CounterRandom random) noexcept;

/// SplitMix64 (Steele, Lea, Flood 2014), for data sets that are defined by it.
class SplitMix64 {
 public:
  explicit SplitMix64(std::uint64_t seed) noexcept : state_(seed) {}
  std::uint64_t next() noexcept;
  double next_unit() noexcept { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

 private:
  std::uint64_t state_;
};

}  // namespace descent::core
