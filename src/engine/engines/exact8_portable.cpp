// The microkernels of `exact8` in plain C++: the fallback, and the reference in tests of the others.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "engine/engines/exact8_microkernels.hpp"

namespace descent::engine {
namespace {

std::int16_t load16(const std::int8_t* q, std::size_t i) noexcept {
  std::int16_t value;
  std::memcpy(&value, q + 2 * i, sizeof value);
  return value;
}

void store16(std::int8_t* q, std::size_t i, std::int32_t value) noexcept {
  const auto narrow = static_cast<std::int16_t>(value);
  std::memcpy(q + 2 * i, &narrow, sizeof narrow);
}

/// Rounds to nearest even, |value| ≤ kMostQ: adding 1.5 · 2^23 leaves the whole number in the low bits.
std::int32_t round_even(float value) noexcept {
  constexpr float shift = 12582912;
  return std::bit_cast<std::int32_t>(value + shift) - std::bit_cast<std::int32_t>(shift);
}

void forward(const ByteForwardCall& call) noexcept {
  const std::size_t features = call.block.chunks * kChunkFeatures, padded = (call.rows + 15) / 16 * 16;
  for (std::size_t k = 0; k < call.outputs; ++k) {
    const std::int8_t* const q = call.q + k * 2 * call.block.width;
    for (std::size_t r = 0; r < padded; ++r) {
      std::uint32_t sum = 0;  // wraps around, as in the other microkernels
      const std::uint8_t* const x = call.x[r] + call.block.first;
      for (std::size_t j = 0; j < features; ++j) sum += static_cast<std::uint32_t>(x[j] * load16(q, j));
      call.s[k * call.s_stride + r] = static_cast<float>(static_cast<std::int32_t>(sum)) * call.scale[k];
    }
  }
}

void quantise_slopes(const QuantiseSlopesCall& call) noexcept {
  constexpr auto most = static_cast<float>(kMostQ);
  for (std::size_t k = 0; k < call.outputs; ++k)
    for (std::size_t r = call.first; r < call.first + (call.rows + 15) / 16 * 16; ++r) {
      const float scaled = call.slope[k * call.stride + r] * call.factor;
      store16(call.q + k * 2 * call.stride, r,
              scaled == scaled ? round_even(std::min(std::max(scaled, -most), most)) : 0);
    }
}

void backward(const ByteBackwardCall& call) noexcept {
  for (std::size_t k = 0; k < call.outputs; ++k) {
    std::int32_t* const g = call.g + k * 2 * call.block.width;
    if (!call.add) std::fill_n(g, 2 * call.block.width, 0);
    for (std::size_t j = 0; j < call.block.chunks * kChunkFeatures; ++j) {
      std::int32_t sum = 0;
      for (std::size_t r = 0; r < call.rows; ++r)
        sum += call.x[r][call.block.first + j] * load16(call.q + k * 2 * call.q_stride, call.first + r);
      g[j] += sum >> 8;
      g[call.block.width + j] += sum & 255;
    }
  }
}

void finish(const FinishOutputCall& call) noexcept {
  for (std::size_t j = 0; j < call.width; ++j) {
    std::int32_t high = 0, low = 0;
    for (std::size_t t = 0; t < call.workers; ++t) high += call.g[t][j], low += call.g[t][call.width + j];
    const std::int32_t carry = (low + 128) >> 8;
    const float sum = std::fma(static_cast<float>(high + carry), 256.0F, static_cast<float>(low - 256 * carry));
    const float g = std::fma(call.l2, call.w[j], sum * call.scale);
    if (call.update) call.w[j] = std::fma(-call.rate, g, call.w[j]);
    if (call.g_out != nullptr) call.g_out[j] = g;
  }
}

std::uint32_t largest(const float* w, std::size_t width) noexcept {
  std::uint32_t most = 0;
  for (std::size_t j = 0; j < width; ++j) most = std::max(most, std::bit_cast<std::uint32_t>(w[j]) & 0x7fffffffU);
  return most;
}

std::int64_t quantise_weights(const float* w, std::size_t width, float scale, std::int8_t* q) noexcept {
  std::int64_t sum = 0;
  for (std::size_t j = 0; j < width; ++j) {
    const std::int32_t value = round_even(w[j] * scale);
    store16(q, j, value);
    sum += std::abs(value);
  }
  return sum;
}

void add(const float* more, std::size_t count, float* s) noexcept {
  for (std::size_t i = 0; i < count; ++i) s[i] += more[i];
}

}  // namespace

const Exact8Microkernels* exact8_portable() noexcept {
  static const struct Order {
    Order() noexcept {
      for (std::size_t j = 0; j < kLineFeatures; ++j) position[j] = static_cast<std::uint8_t>(j);
    }
    std::uint8_t position[kLineFeatures];
  } plain;
  static const Exact8Microkernels kernels{.forward = forward,
                                          .quantise_slopes = quantise_slopes,
                                          .backward = backward,
                                          .finish = finish,
                                          .largest = largest,
                                          .quantise_weights = quantise_weights,
                                          .add = add,
                                          .position = plain.position,
                                          .target = "portable"};
  return &kernels;
}

std::vector<const Exact8Microkernels*> exact8_microkernels() {
  std::vector<const Exact8Microkernels*> result;
  for (const auto kernels : {exact8_avx512_vnni, exact8_avx2, exact8_portable})
    if (const Exact8Microkernels* const here = kernels(); here != nullptr) result.push_back(here);
  return result;
}

}  // namespace descent::engine
