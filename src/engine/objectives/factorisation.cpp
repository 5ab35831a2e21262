#include <cmath>
#include <vector>

#include "descent/core/random.hpp"
#include "descent/engine/factorisation_objective.hpp"
#include "descent/engine/linear_objective.hpp"
#include "engine/chunk_sums.hpp"

namespace descent::engine {
namespace {

class Factorisation final : public Objective {
 public:
  Factorisation(const data::Dataset& data, double l2, std::size_t rank, machine::Team& team)
      : data_(data), l2_(l2), rank_(rank), features_(factorised_features(data)), sums_(team, features_ * rank) {
    for (int i = 0; i < team.threads(); ++i)
      scratch_.push_back({std::vector<float>(data.width()), std::vector<float>(features_)});
    every_.resize(data.rows());
    for (std::size_t i = 0; i < every_.size(); ++i) every_[i] = static_cast<std::uint32_t>(i);
  }

  std::size_t parameters() const override { return (data_.rows() + features_) * rank_; }
  std::size_t examples() const override { return data_.rows(); }

  void initial(std::uint64_t seed, std::span<float> w) const override {
    core::CounterRandom random(seed, core::Purpose::initial);
    const double deviation = 1 / std::sqrt(static_cast<double>(rank_ * features_));
    for (float& weight : w) weight = static_cast<float>(deviation * random.next_normal());
  }

  double value(std::span<const float> w) override {
    return walk(w, every_, {}, {}) / static_cast<double>(examples()) + regulariser(w);
  }

  double gradient(std::span<const float> w, std::span<const std::uint32_t> rows, std::span<float> out) override {
    if (rows.empty()) rows = every_;
    const std::span<float> rows_part = out.first(data_.rows() * rank_), features_part = out.subspan(rows_part.size());
    std::fill(rows_part.begin(), rows_part.end(), 0.0F);
    const double loss = walk(w, rows, rows_part, features_part);
    const auto scale = static_cast<float>(1 / static_cast<double>(rows.size())), l2 = static_cast<float>(l2_);
    for (std::size_t j = 0; j < out.size(); ++j) out[j] = std::fma(out[j], scale, l2 * w[j]);
    return loss / static_cast<double>(rows.size()) + regulariser(w);
  }

  double regulariser(std::span<const float> w) const override { return l2_term(l2_, w); }

  /// Counts the residual, its products with V and u, and the update of all weights.
  Cost cost(std::size_t batch) const override {
    const double work = static_cast<double>(batch) * static_cast<double>(features_ * rank_);
    Cost cost;
    cost.flops = 6 * work + 5 * static_cast<double>(parameters());
    cost.bytes = 4 * static_cast<double>(batch * data_.width() + 2 * parameters());
    if (sums_.threads() > 1 && batch > ChunkSums::kRows) cost.joins = 2;
    return cost;
  }

  machine::Participation participation() const override { return sums_.participation(); }
  std::string_view sharing() const override { return "rows"; }

 private:
  struct Scratch {
    std::vector<float> row, residual;
  };

  /// Returns the summed loss of `rows`. If the gradient's spans are not empty, adds to the rows of U (a row that was
  /// drawn twice counts twice) and sets `features` to the sum for V. Rows are sorted, so equal rows lie in one chunk or
  /// in two consecutive ones; the second chunk leaves them to the first.
  double walk(std::span<const float> w, std::span<const std::uint32_t> rows, std::span<float> rows_part,
              std::span<float> features_part) {
    const float* const v = w.data() + data_.rows() * rank_;
    const auto chunk = [&](std::size_t begin, std::size_t end, int worker, float* gradient) {
      Scratch& scratch = scratch_[static_cast<std::size_t>(worker)];
      if (gradient != nullptr) std::fill_n(gradient, features_ * rank_, 0.0F);
      TileSums sums;
      for (std::size_t r = begin; r < end; ++r) {
        const float* const u = w.data() + rows[r] * rank_;
        data_.features.storage().read(rows[r], scratch.row.data());
        double loss = 0;
        for (std::size_t j = 0; j < features_; ++j) {
          float residual = -scratch.row[j];
          for (std::size_t k = 0; k < rank_; ++k) residual = std::fma(v[j * rank_ + k], u[k], residual);
          scratch.residual[j] = residual;
          loss += 0.5 * static_cast<double>(residual) * residual;
        }
        sums.loss += loss;
        if (gradient == nullptr) continue;
        for (std::size_t j = 0; j < features_; ++j)
          for (std::size_t k = 0; k < rank_; ++k)
            gradient[j * rank_ + k] = std::fma(scratch.residual[j], u[k], gradient[j * rank_ + k]);
        add_row(scratch, v, rows, r, rows_part);
      }
      return sums;
    };
    return sums_.run(rows.size(), features_part, chunk).loss;
  }

  /// Adds to the row of U that entry r of the batch reads, once for all entries with that row, since their residuals
  /// are equal.
  void add_row(const Scratch& scratch, const float* v, std::span<const std::uint32_t> rows, std::size_t r,
               std::span<float> rows_part) const {
    if (r > 0 && rows[r - 1] == rows[r]) return;
    std::size_t times = 1;
    while (r + times < rows.size() && rows[r + times] == rows[r]) ++times;
    float* const out = rows_part.data() + rows[r] * rank_;
    for (std::size_t j = 0; j < features_; ++j)
      for (std::size_t k = 0; k < rank_; ++k) out[k] = std::fma(scratch.residual[j], v[j * rank_ + k], out[k]);
    for (std::size_t k = 0; k < rank_; ++k) out[k] *= static_cast<float>(times);
  }

  const data::Dataset& data_;
  double l2_;
  std::size_t rank_, features_;
  ChunkSums sums_;
  std::vector<Scratch> scratch_;
  std::vector<std::uint32_t> every_;
};

}  // namespace

std::size_t factorised_features(const data::Dataset& data) noexcept { return data.width() - (data.has_bias ? 1 : 0); }

std::unique_ptr<Objective> make_factorisation(const data::Dataset& data, double l2, std::size_t rank,
                                              machine::Team& team) {
  return std::make_unique<Factorisation>(data, l2, rank, team);
}

}  // namespace descent::engine
