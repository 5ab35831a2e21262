#include <cblas.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "descent/core/aligned.hpp"
#include "descent/core/error.hpp"
#include "descent/core/memory.hpp"
#include "descent/data/dense_rows.hpp"
#include "descent/engine/engine.hpp"
#include "descent/engine/linear_objective.hpp"
#include "descent/engine/sgemm_probe.hpp"
#include "descent/machine/roofs.hpp"
#include "engine/tile_sums.hpp"

#ifdef DESCENT_SANITIZE_THREAD
// The thread sanitizer sees that OpenBLAS's own threads zero results, by a memset that it intercepts, but it cannot see
// how they synchronise. Reports that involve the library are suppressed. The library never calls our code, so such a
// report can never be about a race between two of our accesses.
extern "C" const char* __tsan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier): the sanitizer's name
  return "race:libopenblas.so\n";
}
#endif

namespace descent::engine {
namespace {

/// OpenBLAS, loaded when it is first needed. When it is loaded it starts threads and takes memory, and it ends the
/// process if it cannot. Commands that multiply nothing must neither wait for that nor fail.
struct Library {
  decltype(&cblas_sgemm) sgemm = nullptr;
  decltype(&openblas_set_num_threads) set_num_threads = nullptr;
  decltype(&openblas_get_corename) corename = nullptr;
  decltype(&openblas_get_config) config = nullptr;
};

template <class Function>
void find(void* handle, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(handle, name));
  if (function == nullptr)
    throw core::InputError(fmt::format("OpenBLAS: found no {} in it; expected a whole library", name));
}

Library load_library() {
  constexpr const char *name = "libopenblas.so.0", *variable = "OPENBLAS_NUM_THREADS";
  // It is loaded with one thread. More threads are set later, when it is known that they can start.
  const char* const old = std::getenv(variable);
  const std::string kept = old == nullptr ? "" : old;
  setenv(variable, "1", 1);
  void* const handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (old == nullptr)
    unsetenv(variable);
  else
    setenv(variable, kept.c_str(), 1);
  if (handle == nullptr)
    throw core::InputError(
        fmt::format("OpenBLAS: cannot be loaded ({}); expected {} and memory for it", dlerror(), name));
  Library library;
  find(handle, "cblas_sgemm", library.sgemm);
  find(handle, "openblas_set_num_threads", library.set_num_threads);
  find(handle, "openblas_get_corename", library.corename);
  find(handle, "openblas_get_config", library.config);
  return library;
}

const Library& library() {
  static const Library loaded = load_library();
  return loaded;
}

/// Computes one product that is large enough for all threads to take part.
void multiply_once() {
  constexpr blasint n = 384;
  core::AlignedBuffer<float> numbers(static_cast<std::size_t>(3 * n * n));
  numbers.zero();
  float* const a = numbers.data();
  library().sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1.0F, a, n, a + n * n, n, 0.0F, a + 2 * n * n, n);
}

/// OpenBLAS waits for ever for threads that could not start, and for memory that does not exist. So this function first
/// checks what the threads need, and then takes it by computing a product, before anything else in this process can
/// take it.
void set_threads(int threads) {
  // per thread, as Debian 12's OpenBLAS reserves; most of it is never touched
  constexpr double buffer_bytes = 134'225'920;
  constexpr double stack_bytes = 8 << 20, product_bytes = 4 << 20;
  static int most = 0;
  const Library& blas = library();  // takes 40 MB itself
  if (threads <= most) return blas.set_num_threads(threads);
  core::expect_memory(fmt::format("OpenBLAS: a buffer for each of {} thread{}", threads, threads == 1 ? "" : "s"),
                      (buffer_bytes + stack_bytes) * (threads - most) + product_bytes, core::available_address_bytes());
  machine::expect_threads(threads - std::max(1, most));
  blas.set_num_threads(threads);
  multiply_once();
  most = threads;
}

/// Two sgemm calls on the whole batch, in OpenBLAS's own threads: what many users would expect to be fastest.
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
  std::string_view sharing() const noexcept override { return "sgemm"; }
  const machine::Participation& participation() const noexcept override { return participation_; }

 private:
  TileSums sweep(std::span<const float> w, std::span<const std::uint32_t> rows, std::span<float> out, Wanted wanted) {
    const data::Dataset& data = problem().data;
    const std::size_t features = data.width(), outputs = problem().outputs(),
                      n = rows.empty() ? data.rows() : rows.size(), stride = (n + 15) / 16 * 16;
    reserve(rows.empty() ? 0 : n * features, outputs * stride);
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
    set_threads(threads_);
    const auto c = static_cast<blasint>(outputs), d = static_cast<blasint>(features), m = static_cast<blasint>(n),
               ld = static_cast<blasint>(stride), ldx = static_cast<blasint>(x_stride);
    library().sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, c, m, d, 1.0F, w.data(), d, x, ldx, 0.0F, scores_.data(),
                    ld);
    const TileSums sums = sum_tile(problem().loss, {scores_.data(), outputs, n, stride}, {labels, n}, wanted);
    if (!out.empty()) {
      std::copy(w.begin(), w.end(), out.begin());
      library().sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, c, d, m, 1.0F / static_cast<float>(n), scores_.data(),
                      ld, x, ldx, static_cast<float>(problem().l2), out.data(), d);
    }
    set_threads(1);  // OpenBLAS has one thread while oneTBB works on tiles
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

void prepare_openblas(int threads) {
  set_threads(threads);
  set_threads(1);
}

double sgemm_gflop_per_s(int threads, machine::Haste haste) {
  const blasint n = haste == machine::Haste::yes ? 1024 : 2048;  // 2 or 17 GFLOP
  constexpr int kProducts = 4;
  const std::size_t size = static_cast<std::size_t>(n) * n;
  core::AlignedBuffer<float> a(size), b(size), c(size);
  for (std::size_t i = 0; i < size; ++i) a[i] = 1.0F / 64, b[i] = static_cast<float>(i % 7) - 3;
  c.zero();
  set_threads(threads);
  double best = 0;
  for (int product = 0; product < kProducts; ++product) {
    const auto start = std::chrono::steady_clock::now();
    library().sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1.0F, a.data(), n, b.data(), n, 0.0F, c.data(),
                    n);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    best = std::max(best, 2e-9 * n * n * n / seconds);
  }
  set_threads(1);
  return best;
}

record::Roof measure_roofs_with_sgemm(machine::Team& team, double seconds, machine::Haste haste) {
  prepare_openblas(team.threads());  // before the memory probe takes half of the free memory
  record::Roof roof = machine::measure_roofs(team, seconds, haste);
  roof.sgemm_gflop_per_s = sgemm_gflop_per_s(team.threads(), haste);
  roof.fma_f32_gflop_per_s = std::max(roof.fma_f32_gflop_per_s, *roof.sgemm_gflop_per_s);
  return roof;
}

std::string openblas_kernel() { return library().corename(); }
std::string openblas_version() { return library().config(); }

}  // namespace descent::engine
