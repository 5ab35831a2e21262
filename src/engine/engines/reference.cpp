#include <algorithm>

#include "engine/chunked.hpp"

namespace descent::engine {
namespace {

constexpr std::size_t kChunkRows = 64;

/// Plain loops in double over the losses' oracles: slow, and easy to read. Reads rows of any storage.
class ReferenceKernel final : public ChunkedKernel<double> {
 public:
  ReferenceKernel(const LinearProblem& problem, machine::Team& team) : ChunkedKernel(problem, team, kChunkRows) {}
  std::string_view sharing() const noexcept override { return "rows"; }

 private:
  void chunk(std::span<const float> w, std::span<const std::uint32_t> rows, std::size_t begin, std::size_t end, int,
             ChunkResult<double>& result) override {
    const data::Dataset& data = problem().data;
    const std::size_t features = data.width(), outputs = problem().outputs();
    std::vector<double> scores(outputs), slope(outputs);
    std::vector<float> x(features);
    if (result.gradient) std::fill_n(result.gradient, outputs * features, 0.0);
    for (std::size_t r = begin; r < end; ++r) {
      const std::size_t i = rows.empty() ? r : rows[r];
      data.features.storage().read(i, x.data());
      const std::int32_t label = data.labels[i];
      for (std::size_t k = 0; k < outputs; ++k) {
        scores[k] = 0;
        for (std::size_t j = 0; j < features; ++j) scores[k] += static_cast<double>(w[k * features + j]) * x[j];
      }
      if (result.wanted == Wanted::correct) {
        result.sums.correct += predict_one(scores) == label;
        continue;
      }
      result.sums.loss += problem().loss.value(scores, label);
      problem().loss.gradient(scores, label, slope);
      result.sums.active += std::any_of(slope.begin(), slope.end(), [](double s) { return s != 0; });
      if (!result.gradient) continue;
      for (std::size_t k = 0; k < outputs; ++k)
        for (std::size_t j = 0; j < features; ++j) result.gradient[k * features + j] += slope[k] * x[j];
    }
  }

  static std::int32_t predict_one(std::span<const double> scores) {
    if (scores.size() == 1) return scores[0] > 0 ? 1 : 0;
    return static_cast<std::int32_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
  }
};

class ReferenceEngine final : public Engine {
 public:
  std::string_view name() const noexcept override { return "reference"; }
  std::string_view description() const noexcept override { return "plain loops in double: the oracle"; }
  bool reproducible() const noexcept override { return true; }
  std::string refuses(const LinearProblem&) const override { return {}; }  // accepts rows of any storage
  std::string_view arithmetic() const noexcept override { return "float64"; }
  double error_bound() const noexcept override { return 1e-7; }  // since the gradient is returned as float32
  std::unique_ptr<LinearKernel> prepare(const LinearProblem& problem, machine::Team& team) const override {
    return std::make_unique<ReferenceKernel>(problem, team);
  }
};

const core::Registration<Engine> registration{
    "reference", [](const core::Arguments&) -> std::unique_ptr<Engine> { return std::make_unique<ReferenceEngine>(); }};

}  // namespace
}  // namespace descent::engine
