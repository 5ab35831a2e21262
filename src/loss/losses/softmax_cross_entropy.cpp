#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "loss/losses/softmax_cross_entropy.cpp"
#include <hwy/foreach_target.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "loss/parameters.hpp"
#include "loss/tile.hpp"

HWY_BEFORE_NAMESPACE();
namespace descent::loss {
namespace HWY_NAMESPACE {

struct SoftmaxCrossEntropyKernel {
  template <class Tile>
  HWY_INLINE typename Tile::Number operator()(Tile& tile, std::size_t outputs) const {
    using N = typename Tile::Number;
    N largest = tile.score(0), of_label = largest;
    for (std::size_t k = 1; k < outputs; ++k) {
      const N score = tile.score(k);
      largest = max(largest, score);
      of_label = select(tile.is_label(k), score, of_label);
    }
    N sum(0.0f);  // of exp(s - largest): in [1, outputs], NaN if any score is
    for (std::size_t k = 0; k < outputs; ++k) {
      const N e = exp(tile.score(k) - largest);
      sum = sum + e;
      tile.set(k, e);
    }
    if constexpr (Tile::kWrites) {
      const N scale = N(1.0f) / sum;
      for (std::size_t k = 0; k < outputs; ++k) {
        const N p = tile.score(k) * scale;
        tile.set(k, select(tile.is_label(k), p - N(1.0f), p));
      }
    }
    return log(sum) + (largest - of_label);
  }
  HWY_INLINE float row(ClassRow& row) const {
    const V16 none(-std::numeric_limits<float>::infinity()), of_label(row.data[row.label]);
    V16 largest = none;
    for (std::size_t b = 0; b < row.blocks(); ++b) largest = max(largest, row.classes_or(row.scores(b), none, b));
    largest = V16(reduce_max(largest));
    V16 sum(0.0f);
    for (std::size_t b = 0; b < row.blocks(); ++b) {
      const V16 e = row.classes(exp(row.scores(b) - largest), b);
      sum = sum + e;
      row.set(b, e);
    }
    sum = V16(reduce_sum(sum));
    const V16 scale = V16(1.0f) / sum;
    for (std::size_t b = 0; b < row.blocks(); ++b) {
      const V16 p = row.scores(b) * scale;
      row.set(b, select(row.is_label(b), p - V16(1.0f), p));
    }
    return first_lane(log(sum) + (largest - of_label));
  }
};

DESCENT_LOSS_ENTRIES(softmax_cross_entropy, SoftmaxCrossEntropyKernel)

}  // namespace HWY_NAMESPACE
}  // namespace descent::loss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace descent::loss {
namespace {

DESCENT_LOSS_EXPORT(softmax_cross_entropy);

/// log(sum_k e^(s_k)) - s_y.
class SoftmaxCrossEntropy final : public Loss {
 public:
  std::string_view name() const noexcept override { return "softmax_cross_entropy"; }
  std::string_view formula() const noexcept override { return "log(sum_k exp(s_k)) - s_y"; }
  std::string_view source() const noexcept override {
    return "Bishop, Pattern Recognition and Machine Learning (2006), section 4.3.4";
  }
  LossTraits traits() const noexcept override {
    return {.family = LossTraits::Family::multiclass, .smoothness = 0.5};  // Boehning (1992)
  }
  LossCost cost(std::size_t outputs) const noexcept override {
    const auto count = static_cast<double>(outputs);
    return {5 * count + 1, count + 2};
  }
  bool probabilities(std::span<const double> scores, std::span<double> out) const noexcept override {
    softmax(scores, out);
    return true;
  }
  DESCENT_LOSS_OVERRIDES(softmax_cross_entropy, SoftmaxCrossEntropyKernel, 0)

  double value(std::span<const double> scores, std::int32_t label) const noexcept override {
    const auto largest = std::max_element(scores.begin(), scores.end());
    double others = 0;  // sum without the largest term: log1p keeps the small loss of a sure prediction
    for (auto score = scores.begin(); score != scores.end(); ++score)
      if (score != largest) others += std::exp(*score - *largest);
    return std::log1p(others) + (*largest - scores[static_cast<std::size_t>(label)]);
  }
  void gradient(std::span<const double> scores, std::int32_t label, std::span<double> out) const noexcept override {
    softmax(scores, out);
    const auto y = static_cast<std::size_t>(label);
    double others = 0;  // p_y - 1 without cancellation
    for (std::size_t k = 0; k < scores.size(); ++k)
      if (k != y) others += out[k];
    out[y] = -others;
  }
  void hessian_times(std::span<const double> scores, std::int32_t, std::span<const double> v,
                     std::span<double> out) const noexcept override {
    softmax(scores, out);
    double mean = 0;
    for (std::size_t k = 0; k < scores.size(); ++k) mean += out[k] * v[k];
    for (std::size_t k = 0; k < scores.size(); ++k) out[k] *= v[k] - mean;
  }
  void terms(std::span<const double> scores, std::int32_t, std::span<double> out) const noexcept override {
    softmax(scores, out);
  }
  std::optional<double> conjugate(std::span<double> u, std::int32_t label) const noexcept override {
    // With p = u + e_y in the simplex: Σ p log p.
    const auto y = static_cast<std::size_t>(label);
    double total = 0, sum = 0;
    for (std::size_t k = 0; k < u.size(); ++k) total += u[k] = std::max(u[k] + (k == y ? 1.0 : 0.0), 0.0);
    if (total == 0) total = u[y] = 1;
    for (std::size_t k = 0; k < u.size(); ++k) {
      u[k] /= total;
      sum += u[k] > 0 ? u[k] * std::log(u[k]) : 0;
      u[k] -= k == y ? 1.0 : 0.0;
    }
    return sum;
  }
  std::optional<bool> recedes() const noexcept override { return true; }
  std::optional<double> largest_slope(std::size_t /*outputs*/) const noexcept override { return 1; }
  bool terms_are_summands() const noexcept override { return false; }  // they are the probabilities
};

const core::Registration<Loss> registration{"softmax_cross_entropy",
                                            [](const core::Arguments& arguments) -> std::unique_ptr<Loss> {
                                              no_parameters(arguments);
                                              return std::make_unique<SoftmaxCrossEntropy>();
                                            }};

}  // namespace
}  // namespace descent::loss
#endif
