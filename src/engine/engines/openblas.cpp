#include <cblas.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <vector>

#include "descent/core/aligned.hpp"
#include "descent/data/dense_rows.hpp"
#include "descent/engine/engine.hpp"
#include "descent/engine/linear_objective.hpp"
#include "descent/engine/sgemm_probe.hpp"
#include "descent/machine/roofs.hpp"
#include "engine/tile_sums.hpp"

namespace descent::engine {
namespace {

/// Two sgemm calls on the whole batch, in OpenBLAS's own threads: what a numerical user expects to be best.
class OpenBlasKernel final : public LinearKernel {
 public:
  OpenBlasKernel(const LinearProblem& problem, machine::Team& team)
      : LinearKernel(problem), dense_(problem.data.features), threads_(team.threads()) {
    participation_.workers = threads_;
  }

  double gradient(std::span<const float> w, std::span<const std::uint32_t> rows, std::span<float> out) override {
    const std::size_t n = rows.empty() ? problem().data.rows() : rows.size();
    return sweep(w, rows, out, Wanted::loss).loss / static_cast<double>(n) + l2_term(problem().l2, w);
  }
  PassSums pass(std::span<const float> w, std::span<float> out) override {
    const TileSums sums = sweep(w, {}, out, Wanted::active);
    return {sums.loss, sums.active};
  }
  std::size_t correct(std::span<const float> w) override { return sweep(w, {}, {}, Wanted::correct).correct; }
  std::string_view schedule() const noexcept override { return "sgemm"; }
  const machine::Participation& participation() const noexcept override { return participation_; }

 private:
  TileSums sweep(std::span<const float> w, std::span<const std::uint32_t> rows, std::span<float> out, Wanted wanted) {
    const data::Dataset& data = problem().data;
    const std::size_t features = data.columns(), columns = problem().columns(),
                      n = rows.empty() ? data.rows() : rows.size(), stride = (n + 15) / 16 * 16;
    reserve(rows.empty() ? 0 : n * features, columns * stride);
    const float* x = dense_.row(0);
    std::size_t x_stride = dense_.stride();
    const std::int32_t* labels = data.labels.data();
    if (!rows.empty()) {
      labels_.resize(n);
      for (std::size_t r = 0; r < n; ++r) {
        std::memcpy(rows_.data() + r * features, dense_.row(rows[r]), features * sizeof(float));
        labels_[r] = data.labels[rows[r]];
      }
      x = rows_.data(), x_stride = features, labels = labels_.data();
    }
    openblas_set_num_threads(threads_);
    const auto c = static_cast<blasint>(columns), d = static_cast<blasint>(features), m = static_cast<blasint>(n),
               ld = static_cast<blasint>(stride), ldx = static_cast<blasint>(x_stride);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, c, m, d, 1.0F, w.data(), d, x, ldx, 0.0F, scores_.data(), ld);
    const TileSums sums = sum_tile(problem().loss, {scores_.data(), columns, n, stride}, {labels, n}, wanted);
    if (!out.empty()) {
      std::copy(w.begin(), w.end(), out.begin());
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, c, d, m, 1.0F / static_cast<float>(n), scores_.data(), ld,
                  x, ldx, static_cast<float>(problem().l2), out.data(), d);
    }
    openblas_set_num_threads(1);  // one thread whenever oneTBB is running tiles
    return sums;
  }

  void reserve(std::size_t rows, std::size_t scores) {
    if (rows_.size() < rows) rows_ = core::AlignedBuffer<float>(rows);
    if (scores_.size() < scores) scores_ = core::AlignedBuffer<float>(scores), scores_.zero();
  }

  data::DenseRows dense_;
  int threads_;
  core::AlignedBuffer<float> rows_, scores_;
  std::vector<std::int32_t> labels_;
  machine::Participation participation_;
};

class OpenBlasEngine final : public Engine {
 public:
  std::string_view name() const noexcept override { return "openblas"; }
  std::string_view description() const noexcept override {
    return "two sgemm calls on the whole batch, OpenBLAS's own threads; not bit-reproducible across thread counts";
  }
  bool reproducible() const noexcept override { return false; }
  std::unique_ptr<LinearKernel> prepare(const LinearProblem& problem, machine::Team& team) const override {
    return std::make_unique<OpenBlasKernel>(problem, team);
  }
};

const core::Registration<Engine> registration{
    "openblas", [](const core::Arguments&) -> std::unique_ptr<Engine> { return std::make_unique<OpenBlasEngine>(); }};

}  // namespace

double sgemm_gflop_per_s(int threads) {
  constexpr blasint n = 2048;
  constexpr int kProducts = 4;
  const std::size_t size = static_cast<std::size_t>(n) * n;
  core::AlignedBuffer<float> a(size), b(size), c(size);
  for (std::size_t i = 0; i < size; ++i) a[i] = 1.0F / 64, b[i] = static_cast<float>(i % 7) - 3;
  c.zero();
  openblas_set_num_threads(threads);
  double best = 0;
  for (int product = 0; product < kProducts; ++product) {
    const auto start = std::chrono::steady_clock::now();
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1.0F, a.data(), n, b.data(), n, 0.0F, c.data(), n);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    best = std::max(best, 2e-9 * n * n * n / seconds);
  }
  openblas_set_num_threads(1);
  return best;
}

record::Roof measure_roofs_with_sgemm(machine::Team& team, double seconds) {
  record::Roof roof = machine::measure_roofs(team, seconds);
  roof.sgemm_gflop_per_s = sgemm_gflop_per_s(team.threads());
  roof.fma_f32_gflop_per_s = std::max(roof.fma_f32_gflop_per_s, *roof.sgemm_gflop_per_s);
  return roof;
}

std::string openblas_kernel() { return openblas_get_corename(); }
std::string openblas_version() { return openblas_get_config(); }

}  // namespace descent::engine
