#include "engine/objectives/linear_slopes.hpp"

#include <vector>

namespace descent::engine {
namespace {

/// Rows of any storage are read one by one as float32.
class Slopes final : public LinearSlopes {
 public:
  explicit Slopes(const LinearProblem& problem) : problem_(problem) {}
  std::size_t outputs() const override { return problem_.outputs(); }
  double l2() const override { return problem_.l2; }

  double slopes(std::span<const float> w, std::span<const std::uint32_t> rows, std::span<float> out) const override {
    const std::size_t features = problem_.data.width(), classes = outputs();
    std::vector<float> x(features);
    std::vector<double> scores(classes), slope(classes);
    double loss = 0;
    for (std::size_t r = 0; r < rows.size(); ++r) {
      problem_.data.features.storage().read(rows[r], x.data());
      for (std::size_t k = 0; k < classes; ++k) scores[k] = dot(w.data() + k * features, x.data(), features);
      const std::int32_t label = problem_.data.labels[rows[r]];
      loss += problem_.loss.value(scores, label);
      problem_.loss.gradient(scores, label, slope);
      for (std::size_t k = 0; k < classes; ++k) out[r * classes + k] = static_cast<float>(slope[k]);
    }
    return loss;
  }

  void add(std::span<const float> d, std::span<const std::uint32_t> rows, std::span<float> g) const override {
    const std::size_t features = problem_.data.width(), classes = outputs();
    std::vector<float> x(features);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      problem_.data.features.storage().read(rows[r], x.data());
      for (std::size_t k = 0; k < classes; ++k) {
        const float slope = d[r * classes + k];
        if (slope == 0) continue;
        float* const out = g.data() + k * features;
        for (std::size_t j = 0; j < features; ++j) out[j] += slope * x[j];
      }
    }
  }

 private:
  /// The inner product in sixteen separate sums, which the compiler can vectorise without changing the order of any
  /// sum.
  static double dot(const float* a, const float* b, std::size_t count) noexcept {
    constexpr std::size_t kSums = 16;
    float sums[kSums] = {};
    std::size_t j = 0;
    for (; j + kSums <= count; j += kSums)
      for (std::size_t i = 0; i < kSums; ++i) sums[i] += a[j + i] * b[j + i];
    double total = 0;
    for (const float sum : sums) total += sum;
    for (; j < count; ++j) total += static_cast<double>(a[j]) * b[j];
    return total;
  }

  LinearProblem problem_;
};

}  // namespace

std::unique_ptr<LinearSlopes> make_linear_slopes(const LinearProblem& problem) {
  return std::make_unique<Slopes>(problem);
}

}  // namespace descent::engine
