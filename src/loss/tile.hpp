// The fast form of every loss: kernels over sixteen examples at a time, compiled once per instruction set (no #pragma
// once).
//
// A kernel is a small struct with
//   template <class Tile> typename Tile::Number operator()(Tile& tile, std::size_t outputs) const;
// that returns the loss of sixteen examples, in float32, and calls tile.set(k, d loss / d score[k]) for every output
// unless Tile::kWrites is false. It reads tile.score(k) and tile.is_label(k), and is a template over the number type,
// so that the same text also counts its operations (counting.hpp). A second member,
//   float row(ClassRow& row) const;
// does the same for one example with sixteen classes in the lanes. Without it, a step on one row would leave fifteen of
// sixteen lanes idle.
#include "descent/core/simd.hpp"

#ifndef DESCENT_LOSS_TILE_ONCE
#define DESCENT_LOSS_TILE_ONCE

#include <algorithm>
#include <cassert>
#include <type_traits>

#include "descent/loss/loss.hpp"
#include "loss/counting.hpp"

/// Inside HWY_NAMESPACE: the loss's entry points for this instruction set.
#define DESCENT_LOSS_ENTRIES(name, Kernel)                                                              \
  double name##_differentiate(ScoreTile scores, const std::int32_t* labels, [[maybe_unused]] float p) { \
    return run<true>(make_kernel<Kernel>(p), scores, labels);                                           \
  }                                                                                                     \
  double name##_sum(ScoreTile scores, const std::int32_t* labels, [[maybe_unused]] float p) {           \
    return run<false>(make_kernel<Kernel>(p), scores, labels);                                          \
  }                                                                                                     \
  double name##_row(std::span<float> scores, std::int32_t label, [[maybe_unused]] float p) {            \
    return run_row(make_kernel<Kernel>(p), scores, label);                                              \
  }

/// Once, in namespace descent: the tables of entry points to choose from at run time.
#define DESCENT_LOSS_EXPORT(name)   \
  HWY_EXPORT(name##_differentiate); \
  HWY_EXPORT(name##_sum);           \
  HWY_EXPORT(name##_row)

/// In the loss's class: the virtual functions that call the entry points. `parameter` is the kernel's, if it has one.
#define DESCENT_LOSS_OVERRIDES(name, Kernel, parameter)                                                      \
  double differentiate(ScoreTile scores, std::span<const std::int32_t> labels) const noexcept override {     \
    assert(labels.size() == scores.examples);                                                                \
    return HWY_DYNAMIC_DISPATCH(name##_differentiate)(scores, labels.data(), static_cast<float>(parameter)); \
  }                                                                                                          \
  double sum(ScoreTile scores, std::span<const std::int32_t> labels) const noexcept override {               \
    assert(labels.size() == scores.examples);                                                                \
    return HWY_DYNAMIC_DISPATCH(name##_sum)(scores, labels.data(), static_cast<float>(parameter));           \
  }                                                                                                          \
  double differentiate_row(std::span<float> scores, std::int32_t label) const noexcept override {            \
    return HWY_DYNAMIC_DISPATCH(name##_row)(scores, label, static_cast<float>(parameter));                   \
  }                                                                                                          \
  LossCost counted_cost(std::size_t outputs) const noexcept override {                                       \
    return count(HWY_NAMESPACE::make_kernel<HWY_NAMESPACE::Kernel>(static_cast<float>(parameter)), outputs); \
  }
#endif  // DESCENT_LOSS_TILE_ONCE

#if defined(DESCENT_LOSS_TILE_TOGGLE) == defined(HWY_TARGET_TOGGLE)
#ifdef DESCENT_LOSS_TILE_TOGGLE
#undef DESCENT_LOSS_TILE_TOGGLE
#else
#define DESCENT_LOSS_TILE_TOGGLE
#endif

HWY_BEFORE_NAMESPACE();
namespace descent::loss {
namespace HWY_NAMESPACE {
using namespace core::HWY_NAMESPACE;  // NOLINT(google-build-using-namespace): the lanes of this instruction set

/// Sixteen examples of a tile.
template <bool writes>
struct VectorTile {
  using Number = V16;
  static constexpr bool kWrites = writes;
  float* data;
  std::size_t stride;
  I16 labels;

  HWY_INLINE V16 score(std::size_t k) const { return load(data + k * stride); }
  HWY_INLINE M16 is_label(std::size_t k) const { return equal(labels, all_lanes(static_cast<std::int32_t>(k))); }
  HWY_INLINE void set(std::size_t k, V16 value) {
    if constexpr (writes) store(value, data + k * stride);
  }
};

/// The scores of one example, sixteen classes at a time.
struct ClassRow {
  float* data;
  std::size_t outputs;
  std::int32_t label;

  std::size_t blocks() const { return (outputs + core::kLanes - 1) / core::kLanes; }
  HWY_INLINE V16 scores(std::size_t block) const { return load(data + block * core::kLanes); }
  HWY_INLINE M16 is_label(std::size_t block) const {
    alignas(64) static constexpr std::int32_t lanes[core::kLanes] = {0, 1, 2,  3,  4,  5,  6,  7,
                                                                     8, 9, 10, 11, 12, 13, 14, 15};
    return equal(load(lanes), all_lanes(label - static_cast<std::int32_t>(block * core::kLanes)));
  }
  /// The lanes of classes as they are, and 0 in the lanes behind the last class.
  HWY_INLINE V16 classes(V16 value, std::size_t block) const {
    return keep_first(value, outputs - block * core::kLanes);
  }
  /// The same with `other` in the lanes behind the last class.
  HWY_INLINE V16 classes_or(V16 value, V16 other, std::size_t block) const {
    return first_or(value, other, outputs - block * core::kLanes);
  }
  HWY_INLINE void set(std::size_t block, V16 value) { store(classes(value, block), data + block * core::kLanes); }
};

/// Loss and derivative with respect to the score, of one output.
template <class Number>
struct Term {
  Number loss, slope;
};

/// Sums a loss of one score and one target (+1 or Function::kNegative) over the outputs: the kernel of every margin and
/// distance loss. Function: template <class N> Term<N> operator()(N score, N target) const.
template <class Function>
struct OneVersusRest : Function {
  template <class Tile>
  HWY_INLINE typename Tile::Number operator()(Tile& tile, std::size_t outputs) const {
    typename Tile::Number loss = output(tile, 0, outputs == 1 ? 1 : 0);
    for (std::size_t k = 1; k < outputs; ++k) loss = loss + output(tile, k, k);
    return loss;
  }
  HWY_INLINE float row(ClassRow& row) const {
    V16 loss(0.0f);
    if (row.outputs == 1) --row.label;  // with one output, label 1 is the positive class
    for (std::size_t b = 0; b < row.blocks(); ++b) {
      const V16 target = select(row.is_label(b), V16(1.0f), V16(Function::kNegative));
      const Term<V16> term = Function::operator()(row.scores(b), target);
      loss = loss + row.classes(term.loss, b);
      row.set(b, term.slope);
    }
    return reduce_sum(loss);
  }

 private:
  template <class Tile>
  HWY_INLINE typename Tile::Number output(Tile& tile, std::size_t k, std::size_t positive_label) const {
    using Number = typename Tile::Number;
    const Number target = select(tile.is_label(positive_label), Number(1.0f), Number(Function::kNegative));
    const Term<Number> term = Function::operator()(tile.score(k), target);
    tile.set(k, term.slope);
    return term.loss;
  }
};

template <class Kernel>
HWY_INLINE Kernel make_kernel([[maybe_unused]] float parameter) {
  if constexpr (std::is_empty_v<Kernel>) {
    return Kernel{};
  } else {
    return Kernel{{parameter}};
  }
}

/// The loop over a tile: losses of sixteen examples go to sixteen double lanes in the order of examples, then the fixed
/// tree. The last, ragged block computes all lanes, counts the true ones, and zeroes the gradient of the others.
template <bool writes, class Kernel>
HWY_INLINE double run(const Kernel kernel, ScoreTile scores, const std::int32_t* labels) {
  D16 total;
  for (std::size_t i = 0; i < scores.examples; i += core::kLanes) {
    const std::size_t valid = scores.examples - i;
    VectorTile<writes> tile{scores.data + i, scores.stride, {}};
    if (valid >= core::kLanes) {
      tile.labels = load(labels + i);
    } else {
      std::int32_t padded[core::kLanes] = {};
      std::copy(labels + i, labels + scores.examples, padded);
      tile.labels = load(padded);
    }
    V16 loss = kernel(tile, scores.classes);
    if (valid < core::kLanes) {
      loss = keep_first(loss, valid);
      if constexpr (writes)
        for (std::size_t k = 0; k < scores.classes; ++k) tile.set(k, keep_first(tile.score(k), valid));
    }
    total.add(loss);
  }
  return total.reduce();
}

template <class Kernel>
HWY_INLINE double run_row(const Kernel kernel, std::span<float> scores, std::int32_t label) {
  ClassRow row{scores.data(), scores.size(), label};
  return static_cast<double>(kernel.row(row));
}

}  // namespace HWY_NAMESPACE
}  // namespace descent::loss
HWY_AFTER_NAMESPACE();
#endif  // DESCENT_LOSS_TILE_TOGGLE
