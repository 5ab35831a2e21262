#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "descent/loss/loss.hpp"

namespace descent::loss {

/// The result of comparing counting numbers. Combining such results costs nothing, like the vector form's masks.
struct CountingMask {
  bool value;
  friend CountingMask operator|(CountingMask a, CountingMask b) { return {a.value || b.value}; }
};

/// A number that counts what is done to it. The kernels are templates over their number type and have no branches on
/// values, so one run over these counts exactly what the vector form does per example. Bit operations (abs, sign,
/// select, integer compares of labels) are free, as in LossCost.
class Counting {
 public:
  explicit Counting(float value) : value_(value) {}

  static void reset() { flops_ = transcendental_ = 0; }
  static LossCost counted() { return {flops_, transcendental_}; }

  friend Counting operator+(Counting a, Counting b) { return flop(a.value_ + b.value_); }
  friend Counting operator-(Counting a, Counting b) { return flop(a.value_ - b.value_); }
  friend Counting operator*(Counting a, Counting b) { return flop(a.value_ * b.value_); }
  friend Counting operator/(Counting a, Counting b) { return transcendental(a.value_ / b.value_); }
  friend Counting fma(Counting a, Counting b, Counting c) {
    return ++flops_, flop(std::fma(a.value_, b.value_, c.value_));
  }
  friend Counting max(Counting a, Counting b) { return flop(std::max(a.value_, b.value_)); }
  friend Counting min(Counting a, Counting b) { return flop(std::min(a.value_, b.value_)); }
  friend CountingMask operator<(Counting a, Counting b) { return ++flops_, CountingMask{a.value_ < b.value_}; }
  friend CountingMask operator<=(Counting a, Counting b) { return ++flops_, CountingMask{a.value_ <= b.value_}; }
  friend CountingMask operator>(Counting a, Counting b) { return ++flops_, CountingMask{a.value_ > b.value_}; }
  friend CountingMask operator>=(Counting a, Counting b) { return ++flops_, CountingMask{a.value_ >= b.value_}; }
  friend Counting exp(Counting a) { return transcendental(std::exp(a.value_)); }
  friend Counting log(Counting a) { return transcendental(std::log(a.value_)); }
  friend Counting log1p(Counting a) { return transcendental(std::log1p(a.value_)); }
  friend Counting operator-(Counting a) { return Counting(-a.value_); }
  friend Counting abs(Counting a) { return Counting(std::fabs(a.value_)); }
  friend Counting select(CountingMask mask, Counting yes, Counting no) { return mask.value ? yes : no; }
  friend Counting zero_if(CountingMask mask, Counting a) { return mask.value ? Counting(0) : a; }

 private:
  static Counting flop(float value) { return ++flops_, Counting(value); }
  static Counting transcendental(float value) { return ++transcendental_, Counting(value); }

  static inline thread_local double flops_ = 0, transcendental_ = 0;
  float value_;
};

/// One example of label 0 whose scores are all ½, as kernels see a tile.
struct CountingTile {
  using Number = Counting;
  static constexpr bool kWrites = true;
  Counting score(std::size_t) const { return Counting(0.5f); }
  CountingMask is_label(std::size_t k) const { return {k == 0}; }
  void set(std::size_t, Counting) {}
};

template <class Kernel>
LossCost count(const Kernel& kernel, std::size_t outputs) noexcept {
  Counting::reset();
  CountingTile tile;
  static_cast<void>(kernel(tile, outputs));
  return Counting::counted();
}

}  // namespace descent::loss
