#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "descent/core/error.hpp"
#include "descent/core/random.hpp"
#include "descent/core/text.hpp"
#include "descent/engine/eigen_products.hpp"
#include "descent/engine/linear_objective.hpp"
#include "descent/engine/network_objective.hpp"
#include "engine/chunk_sums.hpp"
#include "engine/evaluation.hpp"

namespace descent::engine {
namespace {

constexpr std::size_t kRows = ChunkSums::kRows;

/// One worker's room for a chunk: matrices with kRows columns, one for each row of the data, but for `rows`.
struct Scratch {
  core::AlignedBuffer<float> rows;            // (kRows × features): gathered
  core::AlignedBuffer<float> hidden, slopes;  // (hidden + 1 × kRows), (hidden × kRows)
  core::AlignedBuffer<float> scores;          // (outputs × kRows)
  std::vector<std::int32_t> labels;
};

class Network final : public Objective {
 public:
  Network(const data::Dataset& training, const data::Dataset& validation, const loss::Loss& loss, double l2,
          const NetworkShape& shape, machine::Team& team)
      : training_(training),
        validation_(validation),
        loss_(loss),
        l2_(l2),
        shape_(shape),
        features_(training.width()),
        outputs_(loss.outputs(training.classes)),
        sums_(team, parameters()),
        transposed_(shape.hidden * outputs_) {
    for (int i = 0; i < team.threads(); ++i) {
      Scratch scratch{core::AlignedBuffer<float>(kRows * features_),
                      core::AlignedBuffer<float>((shape.hidden + 1) * kRows),
                      core::AlignedBuffer<float>(shape.hidden * kRows), core::AlignedBuffer<float>(outputs_ * kRows),
                      std::vector<std::int32_t>(kRows)};
      scratch.hidden.zero(), scratch.slopes.zero(), scratch.scores.zero();
      std::fill_n(scratch.hidden.data() + shape.hidden * kRows, kRows, 1.0F);  // of the outputs' bias
      scratch_.push_back(std::move(scratch));
    }
  }

  std::size_t parameters() const override { return shape_.parameters(features_, outputs_); }
  std::size_t examples() const override { return training_.rows(); }

  void initial(std::uint64_t seed, std::span<float> w) const override {
    core::CounterRandom random(seed, core::Purpose::initial);
    const double gain = shape_.activation == Activation::relu ? 2 : 1;
    const auto fill = [&](std::span<float> part, std::size_t inputs) {
      const double deviation = std::sqrt(gain / static_cast<double>(inputs));
      for (float& weight : part) weight = static_cast<float>(deviation * random.next_normal());
    };
    fill(w.first(shape_.hidden * features_), features_);
    const std::span<float> last = w.subspan(shape_.hidden * features_);
    for (std::size_t k = 0; k < outputs_; ++k) {
      fill(last.subspan(k * (shape_.hidden + 1), shape_.hidden), shape_.hidden);
      last[k * (shape_.hidden + 1) + shape_.hidden] = 0;
    }
  }

  double value(std::span<const float> w) override {
    return walk(training_, w, {}, {}, Wanted::loss).loss / static_cast<double>(examples()) + l2_term(l2_, w);
  }

  double gradient(std::span<const float> w, std::span<const std::uint32_t> rows, std::span<float> out) override {
    const TileSums sums = walk(training_, w, rows, out, Wanted::loss);
    return sums.loss / finish(w, rows, out) + l2_term(l2_, w);
  }

  Evaluation evaluate(std::span<const float> w) override {
    gradient_.resize(w.size());
    const TileSums sums = walk(training_, w, {}, gradient_, Wanted::active);
    const double n = finish(w, {}, gradient_);
    const double term = l2_term(l2_, w);
    Evaluation result = evaluation_of(sums.loss / n + term, term, gradient_);
    result.active_fraction = static_cast<double>(sums.active) / n;
    if (validation_.rows() > 0)
      result.validation_accuracy = static_cast<double>(walk(validation_, w, {}, {}, Wanted::correct).correct) /
                                   static_cast<double>(validation_.rows());
    return result;
  }

  double regulariser(std::span<const float> w) const override { return l2_term(l2_, w); }

  /// Two flops for each weight and row forward, four backward: the rows' own gradient is not needed.
  Cost cost(std::size_t batch) const override {
    const auto b = static_cast<double>(batch), p = static_cast<double>(parameters());
    const loss::LossCost loss = loss_.cost(outputs_);
    Cost cost;
    cost.flops = b * (6 * p - 2 * static_cast<double>(shape_.hidden * features_) + loss.flops + loss.transcendental +
                      3 * static_cast<double>(shape_.hidden)) +
                 5 * p;
    cost.bytes = 4 * b * static_cast<double>(features_);
    if (sums_.threads() > 1 && batch > kRows) cost.joins = 2;
    return cost;
  }

  machine::Participation participation() const override { return sums_.participation(); }
  std::string_view sharing() const override { return "rows"; }
  int expected_workers(std::size_t batch) const override {
    return static_cast<int>(
        std::min<std::size_t>((batch + kRows - 1) / kRows / 4 + 1, static_cast<std::size_t>(sums_.threads())));
  }

 private:
  /// Turns a sum of gradients into that of the mean with l2; returns the rows.
  double finish(std::span<const float> w, std::span<const std::uint32_t> rows, std::span<float> out) const {
    const auto n = static_cast<double>(rows.empty() ? examples() : rows.size());
    const auto scale = static_cast<float>(1 / n), l2 = static_cast<float>(l2_);
    for (std::size_t j = 0; j < out.size(); ++j) out[j] = std::fma(out[j], scale, l2 * w[j]);
    return n;
  }

  TileSums walk(const data::Dataset& data, std::span<const float> w, std::span<const std::uint32_t> rows,
                std::span<float> out, Wanted wanted) {
    const std::span<const float> last = w.subspan(shape_.hidden * features_);
    for (std::size_t k = 0; k < outputs_; ++k)
      for (std::size_t h = 0; h < shape_.hidden; ++h) transposed_[h * outputs_ + k] = last[k * (shape_.hidden + 1) + h];
    return sums_.run(rows.empty() ? data.rows() : rows.size(), out,
                     [&](std::size_t begin, std::size_t end, int worker, float* gradient) {
                       return chunk(data, w, rows, begin, end, scratch_[static_cast<std::size_t>(worker)], wanted,
                                    gradient);
                     });
  }

  TileSums chunk(const data::Dataset& data, std::span<const float> w, std::span<const std::uint32_t> rows,
                 std::size_t begin, std::size_t end, Scratch& scratch, Wanted wanted, float* gradient) const {
    const std::size_t count = end - begin, columns = (count + 15) / 16 * 16, hidden = shape_.hidden;
    const data::Storage& all = data.features.storage();
    for (std::size_t r = 0; r < count; ++r) {
      const std::size_t i = rows.empty() ? begin + r : rows[begin + r];
      all.read(i, scratch.rows.data() + r * features_);
      scratch.labels[r] = data.labels[i];
    }
    const float* const x = scratch.rows.data();
    const DenseProducts<float>& products = eigen_products().f32;
    const float* const last = w.data() + hidden * features_;
    products.scores(w.data(), hidden, features_, x, count, features_, scratch.hidden.data(), kRows);
    activate(scratch.hidden.data(), count);
    // DenseProducts::gradient is the product of two row-major matrices: V (outputs × hidden + 1) by the hidden layer.
    products.gradient(last, hidden + 1, outputs_, scratch.hidden.data(), hidden + 1, kRows, columns,
                      scratch.scores.data());
    TileSums sums = sum_tile(loss_, {scratch.scores.data(), outputs_, count, columns},
                             std::span<const std::int32_t>(scratch.labels).first(count), wanted);
    if (gradient == nullptr) return sums;
    // dV = slopes · hiddenᵀ; the padding of the slopes is 0.
    products.scores(scratch.scores.data(), outputs_, columns, scratch.hidden.data(), hidden + 1, kRows,
                    gradient + hidden * features_, hidden + 1);
    products.gradient(transposed_.data(), outputs_, hidden, scratch.scores.data(), outputs_, columns, columns,
                      scratch.slopes.data());
    slope(scratch.hidden.data(), scratch.slopes.data(), count, columns);
    products.gradient(scratch.slopes.data(), columns, hidden, x, count, features_, features_, gradient);
    return sums;
  }

  void activate(float* hidden, std::size_t count) const noexcept {
    for (std::size_t h = 0; h < shape_.hidden; ++h) {
      float* const row = hidden + h * kRows;
      if (shape_.activation == Activation::relu)
        for (std::size_t r = 0; r < count; ++r) row[r] = row[r] > 0 ? row[r] : 0;
      else
        for (std::size_t r = 0; r < count; ++r) row[r] = std::tanh(row[r]);
    }
  }

  /// Multiplies slopes (hidden × columns) by the activation's own, which its value tells.
  void slope(const float* hidden, float* slopes, std::size_t count, std::size_t columns) const noexcept {
    for (std::size_t h = 0; h < shape_.hidden; ++h) {
      const float* const a = hidden + h * kRows;
      float* const s = slopes + h * columns;
      if (shape_.activation == Activation::relu)
        for (std::size_t r = 0; r < count; ++r) s[r] = a[r] > 0 ? s[r] : 0;
      else
        for (std::size_t r = 0; r < count; ++r) s[r] *= 1 - a[r] * a[r];
    }
  }

  const data::Dataset &training_, &validation_;
  const loss::Loss& loss_;
  double l2_;
  NetworkShape shape_;
  std::size_t features_, outputs_;
  ChunkSums sums_;
  std::vector<Scratch> scratch_;   // by worker
  std::vector<float> transposed_;  // V without its bias, (hidden × outputs)
  std::vector<float> gradient_;
};

const std::vector<std::string>& activation_names() {
  static const std::vector<std::string> names{"relu", "tanh"};
  return names;
}

}  // namespace

std::string_view activation_name(Activation activation) noexcept {
  return activation == Activation::relu ? "relu" : "tanh";
}

Activation parse_activation(std::string_view name) {
  if (name == "relu") return Activation::relu;
  if (name == "tanh") return Activation::tanh;
  throw core::UsageError(core::unknown_name("activation", std::string(name), activation_names()));
}

std::unique_ptr<Objective> make_network(const data::Dataset& training, const data::Dataset& validation,
                                        const loss::Loss& loss, double l2, const NetworkShape& shape,
                                        machine::Team& team) {
  return std::make_unique<Network>(training, validation, loss, l2, shape, team);
}

}  // namespace descent::engine
