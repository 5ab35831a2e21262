#include <cmath>

#include "solve/active_set.hpp"
#include "solve/dual_part.hpp"

namespace descent::solve {
namespace {

/// The dual of one output. For a margin loss sign = t and b = offset; for a distance loss sign = 1 and b = offset + t.
/// The bounds of α are those of the loss divided by N.
class OutputDual final : public DualPart {
 public:
  OutputDual(const MeanLoss& f, std::size_t output, const loss::BoxDual& box, std::span<const double> squared_norms,
             double* w, std::uint64_t seed)
      : data_(f.data()),
        products_(f.products()),
        output_(output),
        l2_(f.l2()),
        high_(box.high / static_cast<double>(data_.rows())),
        low_(box.low / static_cast<double>(data_.rows())),
        offset_(box.offset),
        margin_(f.loss().traits().family == loss::LossTraits::Family::margin),
        squared_norms_(squared_norms),
        w_(w),
        alpha_(data_.rows(), 0.0),
        target_(data_.rows()),
        rounds_(data_.rows(), seed, 2 * static_cast<double>(data_.width())) {
    const bool binary = f.outputs() == 1;
    for (std::size_t i = 0; i < data_.rows(); ++i)
      target_[i] = (binary ? data_.labels[i] == 1 : data_.labels[i] == static_cast<std::int32_t>(output)) ? 1.0 : -1.0;
  }

  void epochs(int count, const SolverClock& clock) override {
    rounds_.wake_all();
    const auto visit = [&](std::size_t i) {
      const double slope = b(i) - sign(i) * products_.dot(i, w_);
      double next = squared_norms_[i] > 0 ? alpha_[i] + slope * l2_ / squared_norms_[i] : (b(i) > 0 ? high_ : low_);
      next = std::clamp(next, low_, high_);
      const double change = next - alpha_[i];
      alpha_[i] = next;
      if (change == 0) return false;
      products_.add(sign(i) * change / l2_, i, w_);
      return std::abs(change) > 1e-12 * high_;
    };
    for (int e = 0; e < count && !clock.over(); ++e) rounds_.epoch(visit, [&] { return clock.over(); });
  }

  double linear_term() const override {
    double sum = 0;
    for (std::size_t i = 0; i < alpha_.size(); ++i) sum += alpha_[i] * b(i);
    return sum;
  }

  double finish(const Finish& how, std::span<double> better_w, const SolverClock& clock) override {
    const std::size_t d = data_.width(), outputs = better_w.size() / d;
    const double passes = finish_box(problem(), alpha_, {w_, d}, how, better_w.subspan(output_ * d), clock);
    return passes / static_cast<double>(outputs);
  }

  void slopes_without_norm(std::span<double> out) const override {
    const std::size_t n = data_.rows();
    std::vector<double> alpha = alpha_;
    drop_norm(problem(), alpha, {w_, data_.width()});
    for (std::size_t i = 0; i < n; ++i) out[output_ * n + i] = -sign(i) * alpha[i] * static_cast<double>(n);
  }

 private:
  double sign(std::size_t i) const { return margin_ ? target_[i] : 1.0; }
  double b(std::size_t i) const { return margin_ ? offset_ : offset_ + target_[i]; }
  BoxProblem problem() const {
    return {
        data_.rows(),
        data_.width(),
        l2_,
        low_,
        high_,
        [this](std::span<const double> w, std::span<double> out) {
          for (std::size_t i = 0; i < out.size(); ++i) out[i] = b(i) - sign(i) * products_.dot(i, w.data());
        },
        [this](std::size_t i, double scale, std::span<double> w) { products_.add(scale * sign(i), i, w.data()); },
        [this](std::span<const double> scale, std::span<double> out) { products_.add_gram(scale.data(), out.data()); },
        gram_work(data_)};
  }

  const data::Dataset& data_;
  const engine::RowProducts& products_;
  std::size_t output_;
  double l2_, high_, low_, offset_;
  bool margin_;
  std::span<const double> squared_norms_;
  double* w_;
  std::vector<double> alpha_, target_;
  Rounds rounds_;
};

}  // namespace

std::unique_ptr<DualPart> make_output_dual(const MeanLoss& f, std::size_t output, const loss::BoxDual& box,
                                           std::span<const double> squared_norms, double* w, std::uint64_t seed) {
  return std::make_unique<OutputDual>(f, output, box, squared_norms, w, seed);
}

}  // namespace descent::solve
