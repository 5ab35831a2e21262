#include "descent/core/random.hpp"

#include <Random123/philox.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace descent::core {
namespace {

/// Sums coefficients[0] + t coefficients[1] + …, in one fixed order.
template <std::size_t n>
double polynomial(double t, const std::array<double, n>& coefficients) noexcept {
  double sum = coefficients[n - 1];
  for (std::size_t i = n - 1; i-- > 0;) sum = sum * t + coefficients[i];
  return sum;
}

// The C library may use different instructions on different processors, so the last bit of log and cos could differ,
// and with it every data set that is drawn. The two functions below use plain IEEE arithmetic and give the same bits on
// every machine.

/// Natural logarithm of a normal positive number, to about 2e-15 relative: x = m 2^e with m in [sqrt(1/2), sqrt(2)),
/// log m = 2 atanh((m-1)/(m+1)), whose series converges as 0.0295^k.
double portable_log(double x) noexcept {
  int exponent = 0;
  double mantissa = std::frexp(x, &exponent);
  if (mantissa < 0.5 * std::numbers::sqrt2) {
    mantissa *= 2;
    --exponent;
  }
  const double z = (mantissa - 1) / (mantissa + 1);
  constexpr std::array<double, 11> series{1,       1. / 3,  1. / 5,  1. / 7,  1. / 9, 1. / 11,
                                          1. / 13, 1. / 15, 1. / 17, 1. / 19, 1. / 21};
  return exponent * std::numbers::ln2 + 2 * z * polynomial(z * z, series);
}

/// cos(2 pi turns) for turns in [0, 1), to about 1e-15: Taylor series on an eighth of a turn.
double portable_cos_turns(double turns) noexcept {
  constexpr std::array<double, 9> cosine{1.0,
                                         -1.0 / 2,
                                         1.0 / 24,
                                         -1.0 / 720,
                                         1.0 / 40320,
                                         -1.0 / 3628800,
                                         1.0 / 479001600,
                                         -1.0 / 87178291200,
                                         1.0 / 20922789888000};
  constexpr std::array<double, 8> sine{1.0,          -1.0 / 6,        1.0 / 120,        -1.0 / 5040,
                                       1.0 / 362880, -1.0 / 39916800, 1.0 / 6227020800, -1.0 / 1307674368000};
  const int quarter = static_cast<int>(turns * 4 + 0.5);  // nearest quarter turn, 0 … 4
  const double x = (turns - 0.25 * quarter) * (2 * std::numbers::pi);
  const double c = polynomial(x * x, cosine), s = x * polynomial(x * x, sine);
  switch (quarter % 4) {
    case 0:
      return c;
    case 1:
      return -s;
    case 2:
      return -c;
    default:
      return s;
  }
}

/// Uniform in [0, bound) from words of 32 bits: Lemire, Fast Random Integer Generation in an Interval (2019), algorithm
/// 5. The division is rarely needed.
template <class Next>
std::uint32_t below(std::uint32_t bound, const Next& next) noexcept {
  std::uint64_t product = static_cast<std::uint64_t>(next()) * bound;
  if (static_cast<std::uint32_t>(product) < bound) {
    const std::uint32_t threshold = (0U - bound) % bound;
    while (static_cast<std::uint32_t>(product) < threshold) product = static_cast<std::uint64_t>(next()) * bound;
  }
  return static_cast<std::uint32_t>(product >> 32);
}

}  // namespace

std::array<std::uint32_t, 4> CounterRandom::words(std::uint32_t index) const noexcept {
  const philox4x32_ctr_t counter{{static_cast<std::uint32_t>(purpose_), static_cast<std::uint32_t>(stream_),
                                  static_cast<std::uint32_t>(stream_ >> 32), index}};
  const philox4x32_key_t key{{static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32)}};
  const philox4x32_ctr_t result = philox4x32(counter, key);
  return {result.v[0], result.v[1], result.v[2], result.v[3]};
}

std::uint32_t CounterRandom::next_u32() noexcept {
  if (used_ == block_.size()) {
    block_ = words(index_++);
    used_ = 0;
  }
  return block_[used_++];
}

std::uint64_t CounterRandom::next_u64() noexcept {
  const std::uint64_t low = next_u32();
  return static_cast<std::uint64_t>(next_u32()) << 32 | low;
}

double CounterRandom::next_unit() noexcept { return static_cast<double>(next_u64() >> 11) * 0x1.0p-53; }

double CounterRandom::next_normal() noexcept {
  const double radius = std::sqrt(-2 * portable_log(1 - next_unit()));  // 1 - u is in (0, 1]
  return radius * portable_cos_turns(next_unit());
}

std::uint32_t CounterRandom::next_below(std::uint32_t bound) noexcept {
  return below(bound, [this] { return next_u32(); });
}

void shuffle(std::span<std::uint32_t> values, CounterRandom random) noexcept {
  // Blocks do not depend on each other: several are computed at once, so that their latencies overlap.
  constexpr std::uint32_t kBlocks = 8;
  std::array<std::uint32_t, 4 * kBlocks> words{};
  std::uint32_t index = 0;
  std::size_t used = words.size();
  const auto next = [&] {
    if (used == words.size()) {
      for (std::uint32_t b = 0; b < kBlocks; ++b) {
        const std::array<std::uint32_t, 4> block = random.words(index + b);
        std::copy(block.begin(), block.end(), &words[4 * std::size_t{b}]);
      }
      index += kBlocks;
      used = 0;
    }
    return words[used++];
  };
  for (std::size_t i = values.size(); i > 1; --i)
    std::swap(values[i - 1], values[below(static_cast<std::uint32_t>(i), next)]);
}

std::uint64_t SplitMix64::next() noexcept {
  std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

}  // namespace descent::core
