#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "loss/losses/multiclass_svm.cpp"
#include <hwy/foreach_target.h>

#include <algorithm>

#include "loss/parameters.hpp"
#include "loss/tile.hpp"

HWY_BEFORE_NAMESPACE();
namespace descent::loss {
namespace HWY_NAMESPACE {

struct MulticlassSvmKernel {
  float margin;

  template <class Tile>
  HWY_INLINE typename Tile::Number operator()(Tile& tile, std::size_t outputs) const {
    using N = typename Tile::Number;
    N of_label = tile.score(0);
    for (std::size_t k = 1; k < outputs; ++k) of_label = select(tile.is_label(k), tile.score(k), of_label);
    N loss(0.0f), violations(0.0f);
    for (std::size_t k = 0; k < outputs; ++k) {
      const N excess = (tile.score(k) - of_label) + N(margin);
      const auto inactive =
          tile.is_label(k) | (excess <= N(0.0f));  // the comparison is false for NaN, so NaN propagates
      const N violated = zero_if(inactive, N(1.0f));
      loss = loss + zero_if(inactive, excess);
      violations = violations + violated;
      tile.set(k, violated);
    }
    if constexpr (Tile::kWrites)
      for (std::size_t k = 0; k < outputs; ++k) tile.set(k, select(tile.is_label(k), -violations, tile.score(k)));
    return loss;
  }
  HWY_INLINE float row(ClassRow& row) const {
    const V16 of_label(row.data[row.label]);
    V16 loss(0.0f), violations(0.0f);
    for (std::size_t b = 0; b < row.blocks(); ++b) {
      const V16 excess = (row.scores(b) - of_label) + V16(margin);
      const M16 inactive = row.is_label(b) | (excess <= V16(0.0f));  // as above
      const V16 violated = row.classes(zero_if(inactive, V16(1.0f)), b);
      loss = loss + row.classes(zero_if(inactive, excess), b);
      violations = violations + violated;
      row.set(b, violated);
    }
    const V16 of_others(-reduce_sum(violations));
    for (std::size_t b = 0; b < row.blocks(); ++b) row.set(b, select(row.is_label(b), of_others, row.scores(b)));
    return reduce_sum(loss);
  }
};

DESCENT_LOSS_ENTRIES(multiclass_svm, MulticlassSvmKernel)

}  // namespace HWY_NAMESPACE
}  // namespace descent::loss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace descent::loss {
namespace {

DESCENT_LOSS_EXPORT(multiclass_svm);

/// sum over k != y of max(0, s_k - s_y + margin). Not smooth: its smoothness is that of its square.
class MulticlassSvm final : public Loss {
 public:
  explicit MulticlassSvm(double margin)
      : margin_(margin), name_("multiclass_svm(margin=" + core::shortest(margin) + ")") {}
  std::string_view name() const noexcept override { return name_; }
  std::string_view formula() const noexcept override { return "sum over k != y of max(0, s_k - s_y + margin)"; }
  std::string_view source() const noexcept override {
    return "Weston and Watkins, Support Vector Machines for Multi-class Pattern Recognition (1999)";
  }
  LossTraits traits() const noexcept override {
    return {
        .family = LossTraits::Family::multiclass, .smooth = false, .smoothness = 2, .smoothness_times_classes = true};
  }
  LossCost cost(std::size_t outputs) const noexcept override { return {5 * static_cast<double>(outputs), 0}; }
  DESCENT_LOSS_OVERRIDES(multiclass_svm, MulticlassSvmKernel, margin_)

  double value(std::span<const double> scores, std::int32_t label) const noexcept override {
    double sum = 0;
    for (std::size_t k = 0; k < scores.size(); ++k) sum += excess(scores, label, k);
    return sum;
  }
  void gradient(std::span<const double> scores, std::int32_t label, std::span<double> out) const noexcept override {
    double sum = 0;
    for (std::size_t k = 0; k < scores.size(); ++k) sum += out[k] = excess(scores, label, k) > 0 ? 1.0 : 0.0;
    out[static_cast<std::size_t>(label)] = -sum;
  }
  void hessian_times(std::span<const double>, std::int32_t, std::span<const double>,
                     std::span<double> out) const noexcept override {
    std::fill(out.begin(), out.end(), 0.0);
  }
  void terms(std::span<const double> scores, std::int32_t label, std::span<double> out) const noexcept override {
    for (std::size_t k = 0; k < scores.size(); ++k) out[k] = excess(scores, label, k);
  }
  std::optional<double> conjugate(std::span<double> u, std::int32_t label) const noexcept override {
    const auto y = static_cast<std::size_t>(label);
    double total = 0, sum = 0;
    for (std::size_t k = 0; k < u.size(); ++k) {
      if (k == y) continue;
      u[k] = std::clamp(u[k], 0.0, 1.0);
      total += u[k], sum += margin_ * u[k];
    }
    u[y] = -total;
    return -sum;
  }
  std::optional<bool> recedes() const noexcept override { return false; }
  std::optional<double> largest_slope(std::size_t outputs) const noexcept override {
    return static_cast<double>(outputs) - 1;
  }
  std::optional<BoxDual> box_dual() const noexcept override { return BoxDual{.low = 0, .high = 1, .offset = margin_}; }

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
    "multiclass_svm", [](const core::Arguments& arguments) -> std::unique_ptr<Loss> {
      arguments.expect_only({"margin"});
      return std::make_unique<MulticlassSvm>(positive_parameter(arguments, "margin", 1));
    }};

}  // namespace
}  // namespace descent::loss
#endif
