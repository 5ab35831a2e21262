#include <algorithm>
#include <cstring>

#include "descent/data/dense_rows.hpp"
#include "descent/engine/eigen_products.hpp"
#include "engine/chunked.hpp"
#include "engine/tile_sums.hpp"

namespace descent::engine {

namespace eigen_baseline {
extern const EigenProducts products;
}
#ifdef DESCENT_EIGEN_X86
namespace eigen_v3 {
extern const EigenProducts products;
}
namespace eigen_v4 {
extern const EigenProducts products;
}
#endif

const EigenProducts& eigen_products() {
#ifdef DESCENT_EIGEN_X86
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512cd"))
    return eigen_v4::products;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2"))
    return eigen_v3::products;
#endif
  return eigen_baseline::products;
}

namespace {

// Large enough for Eigen's products to reach their speed, small enough for a chunk to be shared out at batch 1,024.
constexpr std::size_t kChunkRows = 128;

/// The straightforward way: gather the rows of a chunk, then scores, loss and gradient as two matrix products with the
/// loss in between.
class EigenKernel final : public ChunkedKernel<float> {
 public:
  EigenKernel(const LinearProblem& problem, machine::Team& team)
      : ChunkedKernel(problem, team, kChunkRows), rows_(problem.data.features) {
    for (int i = 0; i < team.threads(); ++i)
      scratch_.push_back({core::AlignedBuffer<float>(kChunkRows * problem.data.width()),
                          core::AlignedBuffer<float>(kChunkRows * problem.outputs()),
                          std::vector<std::int32_t>(kChunkRows)});
    for (Scratch& scratch : scratch_) scratch.scores.zero();
  }

 private:
  struct Scratch {
    core::AlignedBuffer<float> rows, scores;
    std::vector<std::int32_t> labels;
  };

  void chunk(std::span<const float> w, std::span<const std::uint32_t> rows, std::size_t begin, std::size_t end,
             int worker, ChunkResult<float>& result) override {
    const data::Dataset& data = problem().data;
    const std::size_t features = data.width(), outputs = problem().outputs(), count = end - begin;
    Scratch& scratch = scratch_[static_cast<std::size_t>(worker)];
    const float* x = rows_.row(begin);
    std::size_t x_stride = rows_.stride();
    const std::int32_t* labels = data.labels.data() + begin;
    if (!rows.empty()) {
      for (std::size_t r = 0; r < count; ++r) {
        std::memcpy(scratch.rows.data() + r * features, rows_.row(rows[begin + r]), features * sizeof(float));
        scratch.labels[r] = data.labels[rows[begin + r]];
      }
      x = scratch.rows.data(), x_stride = features, labels = scratch.labels.data();
    }
    const DenseProducts<float>& products = eigen_products().f32;
    products.scores(w.data(), outputs, features, x, count, x_stride, scratch.scores.data(), kChunkRows);
    const loss::ScoreTile tile{scratch.scores.data(), outputs, count, kChunkRows};
    result.sums = sum_tile(problem().loss, tile, {labels, count}, result.wanted);
    if (result.gradient)
      products.gradient(scratch.scores.data(), kChunkRows, outputs, x, count, x_stride, features, result.gradient);
  }

  data::DenseRows rows_;
  std::vector<Scratch> scratch_;
};

class EigenEngine final : public Engine {
 public:
  std::string_view name() const noexcept override { return "eigen"; }
  std::string_view description() const noexcept override {
    return "two Eigen products per chunk, chunks spread by oneTBB";
  }
  bool reproducible() const noexcept override { return true; }
  std::unique_ptr<LinearKernel> prepare(const LinearProblem& problem, machine::Team& team) const override {
    return std::make_unique<EigenKernel>(problem, team);
  }
};

const core::Registration<Engine> registration{
    "eigen", [](const core::Arguments&) -> std::unique_ptr<Engine> { return std::make_unique<EigenEngine>(); }};

}  // namespace
}  // namespace descent::engine
