// Times whole SGD steps on shuffled rows: gather, scores, loss, gradient and update. An iteration is about one epoch,
// and at most 4,096 steps, taken as by the training loop. epoch_ms is the time of n rows.
//   bench_step --n=60000 --d=784 --classes=10 --batches=1,32,128,1024,full --threads=1,2
// What the rule of a method costs compared with plain steps, in interleaved rounds:
//   bench_step --engines=fused --batches=128 --threads=1 --optimizers=sgd,momentum,nesterov,adam
//     --benchmark_enable_random_interleaving=true --benchmark_repetitions=15
// What each worker's processor counted per step, where the kernel allows it (worker0_cycles, …):
//   bench_step --engines=fused --batches=128 --threads=1,2 --counters
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "bench_common.hpp"
#include "descent/machine/counters.hpp"
#include "descent/train/optimizer.hpp"

namespace {

using namespace descent;  // NOLINT(google-build-using-namespace): a program of its own

constexpr std::size_t kMostSteps = 4096;

/// Adds what the workers did in `steps` steps, per step. What was not counted has no column: the context has the
/// reason.
void count_workers(benchmark::State& state, const machine::CountsOfThreads& counts,
                   const machine::Participation& participation, double steps) {
  const auto workers = machine::counts_of_workers(counts, participation.threads, std::max(1, participation.workers));
  for (std::size_t worker = 0; worker < workers.size(); ++worker)
    for (std::size_t i = 0; i < machine::kCounters; ++i)
      if (const auto& count = workers[worker].counts[i])
        state.counters[fmt::format("worker{}_{}", worker, machine::counter_name(static_cast<machine::Counter>(i)))] =
            *count / steps;
}

/// What --counters counts, by which event or why not, for the context of the results.
void describe_counters() {
  const auto& events = machine::processor_counters().events();
  for (std::size_t i = 0; i < machine::kCounters; ++i) {
    const std::string name = fmt::format("descent_{}", machine::counter_name(static_cast<machine::Counter>(i)));
    benchmark::AddCustomContext(name, events[i].reason.empty() ? events[i].event : "not counted: " + events[i].reason);
  }
}

void time_steps(benchmark::State& state, const bench::Settings& settings, const std::string& engine_name,
                const std::string& loss_name, const std::string& optimizer_name) {
  const auto batch = static_cast<std::size_t>(state.range(0));
  const auto threads = static_cast<int>(state.range(1));
  const auto loss = loss::make_loss(loss_name);
  machine::Team team({.threads = threads, .oversubscribe = settings.oversubscribe});
  const engine::LinearProblem problem{bench::data_for(settings, team), *loss, 1e-4};
  const auto engine = engine::make_engine(engine_name, bench::sharing_for(settings, threads));
  if (!bench::accepts(state, *engine, problem)) return;
  const auto kernel = engine->prepare(problem, team);
  const bool full = batch == problem.data.rows();
  const std::size_t stretch = std::clamp<std::size_t>(problem.data.rows() / batch, 1, kMostSteps);
  const auto optimizer = train::make_optimizer(optimizer_name);
  const engine::UpdateRule& rule = *optimizer->rule();
  std::vector<std::uint32_t> rows;
  if (!full) rows = bench::draw_rows(settings, problem.data.rows(), batch, stretch);
  const std::vector<double> rates(stretch, 1e-3);
  std::vector<float> w(problem.parameters()), memory(rule.state_per_parameter() * w.size());
  engine::StepSequence sequence;
  sequence.rows = rows;
  sequence.batch = batch;
  sequence.rates = rates;
  if (!bench::steps_are_right(state, *engine, problem, *kernel, sequence)) return;
  std::optional<machine::ProcessCounters> counters;
  if (settings.counters) counters.emplace(machine::processor_counters());
  double steps = 0;
  if (counters) counters->begin();
  const auto start = std::chrono::steady_clock::now();
  for (auto _ : state) {
    kernel->advance(rule, sequence, w, memory);
    steps += static_cast<double>(stretch);
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (steps > 0) {
    const engine::Cost cost = rule.is_plain() ? kernel->cost(batch) : kernel->cost_alone(batch);
    bench::count(state, problem.data, cost, batch, threads, steps, seconds);
    state.counters["step_us"] = 1e6 * seconds / steps;
    if (counters) count_workers(state, counters->end(), kernel->participation(), steps);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Settings settings = bench::parse_settings(argc, argv);
  if (settings.counters) describe_counters();
  for (const std::string& engine : settings.engines)
    for (const std::string& loss : settings.losses)
      for (const std::string& optimizer : settings.optimizers) {
        const std::string rule = optimizer == "sgd" ? "" : "/" + optimizer;
        auto* const benchmark = benchmark::RegisterBenchmark(
            fmt::format("step/{}/{}{}", engine, loss, rule).c_str(),
            [=](benchmark::State& state) { time_steps(state, settings, engine, loss, optimizer); });
        benchmark->ArgNames({"batch", "threads"})->UseRealTime();
        for (const std::size_t batch : settings.batches)
          for (const int threads : settings.threads)
            benchmark->Args({static_cast<std::int64_t>(batch == 0 ? settings.n : batch), threads});
      }
  return bench::run_all(argc, argv);
}
