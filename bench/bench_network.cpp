// Times whole SGD steps of a network with one hidden layer, for each batch size and thread count. An iteration is about
// a fifth of an epoch, and at most 256 steps. epoch_ms is the time of n rows. bench/peers/network compares it with
// PyTorch.
//   bench_network --n=60000 --d=784 --classes=10 --model='network(hidden=128)' --batches=32,128,1024,8192 --threads=1,2
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "bench_common.hpp"
#include "descent/train/model.hpp"

namespace {

using namespace descent;  // NOLINT(google-build-using-namespace): a program of its own

constexpr std::size_t kMostSteps = 256;

/// Along its own gradient g, f changes by ‖g‖² per unit. A difference of two values of f has to agree with that to 1 %.
bool is_right(benchmark::State& state, engine::Objective& network, std::span<const std::uint32_t> rows) {
  std::vector<float> w(network.parameters()), g(w.size()), moved(w.size()), unused(w.size());
  network.initial(1, w);
  network.gradient(w, rows, g);
  double squares = 0;
  for (const float entry : g) squares += static_cast<double>(entry) * entry;
  const auto value = [&](double by) {
    for (std::size_t j = 0; j < w.size(); ++j) moved[j] = static_cast<float>(w[j] + by * g[j]);
    return network.gradient(moved, rows, unused);
  };
  const double step = 0.01 / std::sqrt(squares), slope = (value(step) - value(-step)) / (2 * step);
  if (std::abs(slope / squares - 1) <= 0.01) return true;
  state.SkipWithError(fmt::format("wrong: f changes by {} along its gradient; expected {}", slope, squares).c_str());
  return false;
}

void time_steps(benchmark::State& state, const bench::Settings& settings, const std::string& loss_name) {
  const auto batch = static_cast<std::size_t>(state.range(0));
  const auto threads = static_cast<int>(state.range(1));
  const auto loss = loss::make_loss(loss_name);
  machine::Team team({.threads = threads, .oversubscribe = settings.oversubscribe});
  const data::Dataset& data = bench::data_for(settings, team);
  train::Problem problem;
  problem.training = &data, problem.loss = loss.get(), problem.l2 = 1e-4;
  const auto engine = engine::make_engine("eigen");
  const auto network = train::bind(*train::make_model(settings.model), problem, *engine, team);
  const std::size_t stretch = std::clamp<std::size_t>(data.rows() / batch / 5, 1, kMostSteps);
  std::vector<std::uint32_t> rows;
  if (batch < data.rows()) rows = bench::draw_rows(settings, data.rows(), batch, stretch);
  if (!is_right(state, *network, std::span(rows).first(std::min(rows.size(), batch)))) return;
  const std::vector<double> rates(stretch, 1e-3);
  std::vector<float> w(network->parameters());
  network->initial(1, w);
  engine::StepSequence sequence;
  sequence.rows = rows, sequence.batch = batch, sequence.rates = rates;
  network->advance(engine::plain_rule(), sequence, w, {});
  double steps = 0;
  const auto start = std::chrono::steady_clock::now();
  for (auto _ : state) {
    network->advance(engine::plain_rule(), sequence, w, {});
    steps += static_cast<double>(stretch);
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (steps == 0) return;
  bench::count(state, data, network->cost(batch), batch, threads, steps, seconds);
  state.counters["step_us"] = 1e6 * seconds / steps;
}

}  // namespace

int main(int argc, char** argv) {
  bench::Settings defaults;
  defaults.engines = {"eigen"};
  defaults.batches = {32, 128, 1024, 8192};
  const bench::Settings settings = bench::parse_settings(argc, argv, defaults);
  for (const std::string& loss : settings.losses) {
    auto* const benchmark = benchmark::RegisterBenchmark(
        fmt::format("network/{}", loss).c_str(), [=](benchmark::State& state) { time_steps(state, settings, loss); });
    benchmark->ArgNames({"batch", "threads"})->UseRealTime();
    for (const std::size_t batch : settings.batches)
      for (const int threads : settings.threads)
        benchmark->Args({static_cast<std::int64_t>(batch == 0 ? settings.n : batch), threads});
  }
  return bench::run_all(argc, argv);
}
