// An engine that is registered only in the tests. It reads rows of 4-bit numbers one after the other, on one thread,
// and computes in float32.
#include "descent/engine/engine.hpp"
#include "descent/engine/linear_objective.hpp"

namespace descent::sweep {
namespace {

class NibbleKernel final : public engine::LinearKernel {
 public:
  explicit NibbleKernel(const engine::LinearProblem& problem) : LinearKernel(problem), x_(problem.data.width()) {
    participation_.workers = 1;
  }
  double gradient(std::span<const float> w, std::span<const std::uint32_t> rows, std::span<float> out) override {
    const std::size_t n = rows.empty() ? problem().data.rows() : rows.size();
    return sweep(w, rows, out, n).loss / static_cast<double>(n) + engine::l2_term(problem().l2, w);
  }
  engine::PassSums pass(std::span<const float> w, std::span<float> gradient) override {
    return sweep(w, {}, gradient, problem().data.rows());
  }
  std::size_t correct(std::span<const float> w) override {
    std::size_t right = 0;
    for (std::size_t i = 0; i < problem().data.rows(); ++i) {
      const std::vector<double> s = scores(w, i);
      const auto best = std::max_element(s.begin(), s.end()) - s.begin();
      right += (s.size() == 1 ? (s[0] > 0 ? 1 : 0) : best) == problem().data.labels[i];
    }
    return right;
  }
  std::string_view sharing() const noexcept override { return "nibbles"; }
  const machine::Participation& participation() const noexcept override { return participation_; }

 private:
  std::vector<double> scores(std::span<const float> w, std::size_t i) {
    problem().data.features.storage().read(i, x_.data());
    std::vector<double> s(problem().outputs());
    for (std::size_t k = 0; k < s.size(); ++k)
      for (std::size_t j = 0; j < x_.size(); ++j) s[k] += static_cast<double>(w[k * x_.size() + j] * x_[j]);
    return s;
  }
  engine::PassSums sweep(std::span<const float> w, std::span<const std::uint32_t> rows, std::span<float> out,
                         std::size_t n) {
    engine::PassSums sums;
    std::vector<double> total(out.size()), slope(problem().outputs());
    for (std::size_t r = 0; r < n; ++r) {
      const std::size_t i = rows.empty() ? r : rows[r];
      const std::vector<double> s = scores(w, i);
      sums.loss += problem().loss.value(s, problem().data.labels[i]);
      problem().loss.gradient(s, problem().data.labels[i], slope);
      sums.active += std::any_of(slope.begin(), slope.end(), [](double value) { return value != 0; });
      for (std::size_t at = 0; at < total.size(); ++at)
        total[at] += slope[at / x_.size()] * static_cast<double>(x_[at % x_.size()]);
    }
    for (std::size_t at = 0; at < out.size(); ++at)
      out[at] = static_cast<float>(total[at] / static_cast<double>(n) + problem().l2 * static_cast<double>(w[at]));
    return sums;
  }

  std::vector<float> x_;
  machine::Participation participation_;
};

class NibbleEngine final : public engine::Engine {
 public:
  std::string_view name() const noexcept override { return "nibble"; }
  std::string_view description() const noexcept override { return "reads nibbles"; }
  bool reproducible() const noexcept override { return true; }
  std::string_view storage() const noexcept override { return "nibbles"; }
  std::unique_ptr<engine::LinearKernel> prepare(const engine::LinearProblem& problem, machine::Team&) const override {
    return std::make_unique<NibbleKernel>(problem);
  }
};

const core::Registration<engine::Engine> registration{
    "nibble",
    [](const core::Arguments&) -> std::unique_ptr<engine::Engine> { return std::make_unique<NibbleEngine>(); }};

}  // namespace
}  // namespace descent::sweep
