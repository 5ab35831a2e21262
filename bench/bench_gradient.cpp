// Mean loss and gradient over a batch of shuffled rows, gather included: engine × loss × batch × threads.
//   bench_gradient --n=60000 --d=784 --classes=10 --losses=softmax_cross_entropy --batches=32,1024,full
//   --benchmark_filter=fused
#include <fmt/format.h>

#include <chrono>

#include "bench_common.hpp"
#include "descent/engine/linear_objective.hpp"
#include "descent/core/random.hpp"
#include "descent/train/sampler.hpp"

namespace {

using namespace descent;  // NOLINT(google-build-using-namespace): a program of its own

constexpr double kMaxError = 4e-6;

void time_gradient(benchmark::State& state, const bench::Settings& settings, const std::string& engine,
                   const std::string& loss_name) {
  const auto batch = static_cast<std::size_t>(state.range(0));
  const auto threads = static_cast<int>(state.range(1));
  const auto loss = make_loss(loss_name);
  const LinearProblem problem{bench::data_of(settings), *loss, 1e-4};
  bench::calibrate(threads);
  Team team({.threads = threads, .oversubscribe = true});
  const auto kernel = make_engine(engine)->prepare(problem, team);
  if (const double error = bench::gradient_error(problem, *kernel, batch); !(error <= kMaxError)) {
    state.SkipWithError(fmt::format("wrong against the reference: error {:.2g}", error).c_str());
    return;
  }
  const bool full = batch == problem.data.rows();
  std::vector<std::uint32_t> rows(full ? 0 : batch);
  Sampler sampler(full ? Sampling::none : Sampling::reshuffle, problem.data.rows(), batch, 1);
  std::vector<float> w(problem.parameters()), g(w.size());
  double seconds = 0, steps = 0;
  for (auto _ : state) {
    sampler.rows(static_cast<std::uint64_t>(steps), 1, rows);
    const auto start = std::chrono::steady_clock::now();
    benchmark::DoNotOptimize(kernel->gradient(w, rows, g));
    const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    state.SetIterationTime(took);
    seconds += took, ++steps;
  }
  if (steps > 0) bench::count(state, problem, linear_cost(problem, batch), batch, threads, steps, seconds);
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Settings settings = bench::parse_settings(argc, argv);
  for (const std::string& engine : settings.engines)
    for (const std::string& loss : settings.losses) {
      auto* const benchmark =
          benchmark::RegisterBenchmark(fmt::format("gradient/{}/{}", engine, loss).c_str(),
                                       [=](benchmark::State& state) { time_gradient(state, settings, engine, loss); });
      benchmark->ArgNames({"batch", "threads"})->UseManualTime();
      for (const std::size_t batch : settings.batches)
        for (const int threads : settings.threads)
          benchmark->Args({static_cast<std::int64_t>(batch == 0 ? settings.n : batch), threads});
    }
  return bench::run_all(argc, argv);
}
