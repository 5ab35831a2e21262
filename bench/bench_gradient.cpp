// Times the mean loss and gradient over a batch of shuffled rows, with gathering, for engine × loss × batch × threads.
// By default it times every loss and every engine, on data so small that all of it takes some minutes.
//   bench_gradient --n=60000 --d=784 --classes=10 --losses=softmax_cross_entropy --batches=32,1024,full
//   --benchmark_filter=fused
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "bench_common.hpp"

namespace {

using namespace descent;  // NOLINT(google-build-using-namespace): a program of its own

constexpr std::size_t kMostBatches = 4096;  // drawn before the clock runs, and used again and again

void time_gradient(benchmark::State& state, const bench::Settings& settings, const std::string& engine_name,
                   const std::string& loss_name) {
  const auto batch = static_cast<std::size_t>(state.range(0));
  const auto threads = static_cast<int>(state.range(1));
  const auto loss = loss::make_loss(loss_name);
  machine::Team team({.threads = threads, .oversubscribe = settings.oversubscribe});
  const engine::LinearProblem problem{bench::data_for(settings, team), *loss, 1e-4};
  const auto engine = engine::make_engine(engine_name, bench::sharing_for(settings, threads));
  if (!bench::accepts(state, *engine, problem)) return;
  const auto kernel = engine->prepare(problem, team);
  const std::size_t n = problem.data.rows(), batches = std::clamp<std::size_t>(n / batch, 1, kMostBatches);
  std::vector<std::uint32_t> drawn;  // none where a batch is all rows
  if (batch != n) drawn = bench::draw_rows(settings, n, batch, batches);
  const auto rows_of = [&](std::size_t k) {
    return drawn.empty() ? std::span<const std::uint32_t>() : std::span(drawn).subspan(k * batch, batch);
  };
  if (!bench::gradient_is_right(state, *engine, problem, *kernel, rows_of(0))) return;
  std::vector<float> w(problem.parameters()), g(w.size());
  std::size_t next = 0;
  double count = 0;
  const auto start = std::chrono::steady_clock::now();
  for (auto _ : state) {
    benchmark::DoNotOptimize(kernel->gradient(w, rows_of(next), g));
    next = next + 1 < batches ? next + 1 : 0;
    ++count;
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (count > 0) bench::count(state, problem.data, kernel->cost(batch), batch, threads, count, seconds);
}

/// A shorter time per cell than Google Benchmark's default. It stands before the command line, so that flags there win.
std::vector<char*> with_short_cells(int argc, char** argv) {
  static char short_cells[] = "--benchmark_min_time=0.05";
  std::vector<char*> words(argv, argv + argc);
  words.insert(words.begin() + std::min(argc, 1), short_cells);
  words.push_back(nullptr);
  return words;
}

}  // namespace

int main(int argc, char** argv) {
  bench::Settings defaults;
  defaults.n = 8192;
  defaults.losses = loss::LossRegistry::instance().names();
  defaults.engines = bench::engines_here(true);
  defaults.batches = {32, 1024, 0};
  const bench::Settings settings = bench::parse_settings(argc, argv, defaults);
  for (const std::string& engine : settings.engines)
    for (const std::string& loss : settings.losses) {
      auto* const benchmark =
          benchmark::RegisterBenchmark(fmt::format("gradient/{}/{}", engine, loss).c_str(),
                                       [=](benchmark::State& state) { time_gradient(state, settings, engine, loss); });
      benchmark->ArgNames({"batch", "threads"})->UseRealTime();
      for (const std::size_t batch : settings.batches)
        for (const int threads : settings.threads)
          benchmark->Args({static_cast<std::int64_t>(batch == 0 ? settings.n : batch), threads});
    }
  std::vector<char*> words = with_short_cells(argc, argv);
  return bench::run_all(argc + 1, words.data());
}
