#include "descent/engine/row_products.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "descent/core/aligned.hpp"
#include "descent/core/lanes.hpp"
#include "descent/data/dense_rows.hpp"
#include "descent/engine/eigen_products.hpp"

namespace descent::engine {
namespace {

constexpr std::size_t kBlockRows = 96;  // rows converted at a time: they stay in L2 for up to a few hundred features

// These functions are also compiled for wider vectors and chosen when the program is loaded. The sums keep their eight
// lanes and no multiply-add is fused, so the bits are the same. With sanitizers the program would not start, since the
// choice is made before they are ready.
#if defined(__x86_64__) && !defined(DESCENT_SANITIZE_ADDRESS) && !defined(DESCENT_SANITIZE_THREAD)
#define DESCENT_WIDER __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define DESCENT_WIDER
#endif

DESCENT_WIDER double dot_row(const float* x, const double* w, std::size_t d) noexcept {
  double lanes[8] = {};
  std::size_t j = 0;
  for (; j + 8 <= d; j += 8)
    for (std::size_t lane = 0; lane < 8; ++lane) lanes[lane] += static_cast<double>(x[j + lane]) * w[j + lane];
  for (; j < d; ++j) lanes[0] += static_cast<double>(x[j]) * w[j];
  return core::sum_of_lanes(lanes);
}

DESCENT_WIDER void add_row(double a, const float* x, double* w, std::size_t d) noexcept {
  for (std::size_t j = 0; j < d; ++j) w[j] += a * x[j];
}

// Eight explicit lanes, so that every compiler adds in this order, whatever the size of its vectors.
using Floats = float __attribute__((vector_size(32)));
using Doubles = double __attribute__((vector_size(64)));
constexpr std::size_t kLanes = 8;

// The result is a reference parameter: returning vectors would make the calling convention depend on the processor.
inline void load(const float* from, Doubles& to) noexcept {
  Floats values;
  std::memcpy(&values, from, sizeof values);
  to = __builtin_convertvector(values, Doubles);
}

inline void load(const double* from, Doubles& to) noexcept { std::memcpy(&to, from, sizeof to); }

/// out += x (x · v). All are `padded` long, a multiple of 16.
void add_gram_times(const float* x, const double* v, double* out, std::size_t padded) noexcept {
  Doubles first{}, second{}, features, others;
  for (std::size_t j = 0; j < padded; j += 2 * kLanes) {
    load(x + j, features);
    load(&v[j], others);
    first += features * others;
    load(x + j + kLanes, features);
    load(&v[j + kLanes], others);
    second += features * others;
  }
  first += second;
  const double score = core::sum_of_lanes(first);
  for (std::size_t j = 0; j < padded; j += kLanes) {
    load(x + j, features);
    load(&out[j], others);
    others += features * score;
    std::memcpy(&out[j], &others, sizeof others);
  }
}

/// Products on float32 rows, in place or converted.
class FloatProducts final : public RowProducts {
 public:
  explicit FloatProducts(const data::Features& features)
      : features_(features),
        rows_(features.rows()),
        width_(features.cols()),
        in_place_(data::DenseRows::holds(features)),
        dense_(features),
        stride_(in_place_ ? dense_.stride() : core::padded_stride<float>(width_)) {}

  void scores(const double* w, std::size_t outputs, std::size_t first, std::size_t count, double* s,
              std::size_t s_stride) const override {
    each_block(first, first + count, [&](std::size_t at, std::size_t rows, const float* x) {
      eigen_products().f64.scores(w, outputs, width_, x, rows, stride_, s + (at - first), s_stride);
    });
  }

  void gradient(const double* s, std::size_t s_stride, std::size_t outputs, std::size_t first, std::size_t count,
                double* g) const override {
    if (in_place_)
      return eigen_products().f64.gradient(s, s_stride, outputs, dense_.row(first), count, stride_, width_, g);
    const core::AlignedBuffer<float> x = converted(first, count);
    eigen_products().f64.gradient(s, s_stride, outputs, x.data(), count, stride_, width_, g);
  }

  void add_gram(const double* scale, double* g) const override {
    each_block(0, rows_, [&](std::size_t at, std::size_t rows, const float* x) {
      eigen_products().f64.add_gram(scale + at, x, rows, stride_, width_, g, width_);
    });
  }

  void gram_times(const double* v, double* out) const override {
    std::fill_n(out, stride_, 0.0);
    each_block(0, rows_, [&](std::size_t, std::size_t rows, const float* x) {
      for (std::size_t r = 0; r < rows; ++r) add_gram_times(x + r * stride_, v, out, stride_);
    });
  }
  std::size_t padded_width() const noexcept override { return stride_; }

  double dot(std::size_t i, const double* w) const override {
    return with_row(i, [&](const float* x) { return dot_row(x, w, width_); });
  }
  void add(double a, std::size_t i, double* w) const override {
    with_row(i, [&](const float* x) { return add_row(a, x, w, width_), 0; });
  }
  double norm_squared(std::size_t i) const override {
    return with_row(i, [&](const float* x) { return core::sum_of_squares(x, width_); });
  }

 private:
  core::AlignedBuffer<float> converted(std::size_t first, std::size_t count) const {
    core::AlignedBuffer<float> x(count * stride_);
    x.zero();
    for (std::size_t r = 0; r < count; ++r) features_.storage().read(first + r, x.data() + r * stride_);
    return x;
  }

  /// Calls visit(first row, rows, x) for all rows at once if they are read in place, else block by block.
  template <class Visit>
  void each_block(std::size_t begin, std::size_t end, const Visit& visit) const {
    if (begin >= end) return;
    if (in_place_) return visit(begin, end - begin, dense_.row(begin));
    for (std::size_t first = begin; first < end; first += kBlockRows) {
      const std::size_t count = std::min(kBlockRows, end - first);
      const core::AlignedBuffer<float> x = converted(first, count);
      visit(first, count, x.data());
    }
  }

  template <class Visit>
  double with_row(std::size_t i, const Visit& visit) const {
    if (in_place_) return visit(dense_.row(i));
    thread_local std::vector<float> row;
    row.resize(width_);
    features_.storage().read(i, row.data());
    return visit(row.data());
  }

  const data::Features& features_;
  std::size_t rows_, width_;
  bool in_place_;
  data::DenseRows dense_;
  std::size_t stride_;
};

}  // namespace

std::unique_ptr<RowProducts> make_row_products(const data::Features& features) {
  return std::make_unique<FloatProducts>(features);
}

}  // namespace descent::engine
