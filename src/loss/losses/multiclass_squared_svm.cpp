#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "loss/losses/multiclass_squared_svm.cpp"
#include <hwy/foreach_target.h>

#include <algorithm>

#include "loss/parameters.hpp"
#include "loss/tile.hpp"

HWY_BEFORE_NAMESPACE();
namespace descent::loss {
namespace HWY_NAMESPACE {

struct MulticlassSquaredSvmKernel {
  float margin;

  template <class Tile>
  HWY_INLINE typename Tile::Number operator()(Tile& tile, std::size_t outputs) const {
    using N = typename Tile::Number;
    N of_label = tile.score(0);
    for (std::size_t k = 1; k < outputs; ++k) of_label = select(tile.is_label(k), tile.score(k), of_label);
    N loss(0.0f), total(0.0f);
    for (std::size_t k = 0; k < outputs; ++k) {
      const N excess = (tile.score(k) - of_label) + N(margin);
      const auto inactive =
          tile.is_label(k) | (excess <= N(0.0f));  // the comparison is false for NaN, so NaN propagates
      const N active = zero_if(inactive, excess);
      loss = fma(active, active, loss);
      const N slope = active + active;
      total = total + slope;
      tile.set(k, slope);
    }
    if constexpr (Tile::kWrites)
      for (std::size_t k = 0; k < outputs; ++k) tile.set(k, select(tile.is_label(k), -total, tile.score(k)));
    return loss;
  }
  HWY_INLINE float row(ClassRow& row) const {
    const V16 of_label(row.data[row.label]);
    V16 loss(0.0f), total(0.0f);
    for (std::size_t b = 0; b < row.blocks(); ++b) {
      const V16 excess = (row.scores(b) - of_label) + V16(margin);
      const M16 inactive = row.is_label(b) | (excess <= V16(0.0f));  // as above
      const V16 active = row.classes(zero_if(inactive, excess), b), slope = active + active;
      loss = fma(active, active, loss);
      total = total + slope;
      row.set(b, slope);
    }
    const V16 of_others(-reduce_sum(total));
    for (std::size_t b = 0; b < row.blocks(); ++b) row.set(b, select(row.is_label(b), of_others, row.scores(b)));
    return reduce_sum(loss);
  }
};

DESCENT_LOSS_ENTRIES(multiclass_squared_svm, MulticlassSquaredSvmKernel)

}  // namespace HWY_NAMESPACE
}  // namespace descent::loss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace descent::loss {
namespace {

DESCENT_LOSS_EXPORT(multiclass_squared_svm);

/// sum over k != y of max(0, s_k - s_y + margin)^2, without one half.
class MulticlassSquaredSvm final : public Loss {
 public:
  explicit MulticlassSquaredSvm(double margin)
      : margin_(margin), name_("multiclass_squared_svm(margin=" + core::shortest(margin) + ")") {}
  std::string_view name() const noexcept override { return name_; }
  std::string_view formula() const noexcept override { return "sum over k != y of max(0, s_k - s_y + margin)^2"; }
  std::string_view source() const noexcept override {
    return "Lee and Lin, A Study on L2-Loss (Squared Hinge-Loss) Multiclass SVM (2013)";
  }
  LossTraits traits() const noexcept override {
    return {.family = LossTraits::Family::multiclass, .smoothness = 2, .smoothness_times_classes = true};
  }
  LossCost cost(std::size_t outputs) const noexcept override { return {7 * static_cast<double>(outputs), 0}; }
  DESCENT_LOSS_OVERRIDES(multiclass_squared_svm, MulticlassSquaredSvmKernel, margin_)

  double value(std::span<const double> scores, std::int32_t label) const noexcept override {
    double sum = 0;
    for (std::size_t k = 0; k < scores.size(); ++k) sum += excess(scores, label, k) * excess(scores, label, k);
    return sum;
  }
  void gradient(std::span<const double> scores, std::int32_t label, std::span<double> out) const noexcept override {
    double sum = 0;
    for (std::size_t k = 0; k < scores.size(); ++k) sum += out[k] = 2 * excess(scores, label, k);
    out[static_cast<std::size_t>(label)] = -sum;
  }
  void hessian_times(std::span<const double> scores, std::int32_t label, std::span<const double> v,
                     std::span<double> out) const noexcept override {
    const auto y = static_cast<std::size_t>(label);
    double sum = 0;
    for (std::size_t k = 0; k < scores.size(); ++k)
      sum += out[k] = excess(scores, label, k) > 0 ? 2 * (v[k] - v[y]) : 0;
    out[y] = -sum;
  }
  void terms(std::span<const double> scores, std::int32_t label, std::span<double> out) const noexcept override {
    for (std::size_t k = 0; k < scores.size(); ++k) out[k] = excess(scores, label, k) * excess(scores, label, k);
  }
  std::optional<double> conjugate(std::span<double> u, std::int32_t label) const noexcept override {
    const auto y = static_cast<std::size_t>(label);
    double total = 0, sum = 0;
    for (std::size_t k = 0; k < u.size(); ++k) {
      if (k == y) continue;
      u[k] = std::max(u[k], 0.0);
      total += u[k], sum += margin_ * u[k] - u[k] * u[k] / 4;
    }
    u[y] = -total;
    return -sum;
  }
  std::optional<bool> recedes() const noexcept override { return false; }

 private:
  /// max(0, s_k - s_y + margin); 0 for the label itself.
  double excess(std::span<const double> scores, std::int32_t label, std::size_t k) const noexcept {
    const auto y = static_cast<std::size_t>(label);
    return k == y ? 0 : std::max(0.0, scores[k] - scores[y] + margin_);
  }

  double margin_;
  std::string name_;
};

const core::Registration<Loss> registration{
    "multiclass_squared_svm", [](const core::Arguments& arguments) -> std::unique_ptr<Loss> {
      arguments.expect_only({"margin"});
      return std::make_unique<MulticlassSquaredSvm>(positive_parameter(arguments, "margin", 1));
    }};

}  // namespace
}  // namespace descent::loss
#endif
