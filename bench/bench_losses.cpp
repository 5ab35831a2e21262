// Times value and gradient of every registered loss on tiles that lie in L1, called as by an engine: one virtual call
// for each tile.
//   bench_losses --benchmark_filter=softmax
// Names: losses/<loss>/classes:<outputs>/examples:<per tile>/real_time. Every iteration first copies fresh scores
// into the tile, as the forward product would have left them there; the copy is part of the time, but not of
// bytes_per_s.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "bench_main.hpp"
#include "descent/core/aligned.hpp"
#include "descent/core/random.hpp"
#include "descent/core/simd.hpp"
#include "descent/core/text.hpp"
#include "descent/loss/loss.hpp"

namespace {

struct Tile {
  Tile(std::size_t outputs_, std::size_t examples_)
      : outputs(outputs_),
        examples(examples_),
        stride((examples + 15) / 16 * 16),
        fresh(outputs * stride),
        scores(outputs * stride),
        labels(examples) {
    descent::core::CounterRandom random(1, descent::core::Purpose::data);
    for (float& score : fresh.span()) score = static_cast<float>(3 * random.next_normal());
    for (std::int32_t& label : labels)
      label =
          static_cast<std::int32_t>(random.next_below(static_cast<std::uint32_t>(std::max<std::size_t>(outputs, 2))));
    refill();
  }
  void refill() { std::copy_n(fresh.data(), fresh.size(), scores.data()); }
  descent::loss::ScoreTile view() { return {scores.data(), outputs, examples, stride}; }

  std::size_t outputs, examples, stride;
  descent::core::AlignedBuffer<float> fresh, scores;
  std::vector<std::int32_t> labels;
};

/// The largest error of the fast gradient and loss against the oracle, relative to max(1, |oracle|); NaN if any entry
/// is.
double error_against_oracle(const descent::loss::Loss& loss, Tile& tile) {
  tile.refill();
  const double sum = loss.differentiate(tile.view(), tile.labels);
  double worst = 0, want_sum = 0;
  const auto include = [&worst](double got, double want) {
    const double error = std::abs(got - want) / std::max(1.0, std::abs(want));
    if (!(error <= worst)) worst = error;
  };
  std::vector<double> scores(tile.outputs), gradient(tile.outputs);
  for (std::size_t i = 0; i < tile.examples; ++i) {
    for (std::size_t k = 0; k < tile.outputs; ++k) scores[k] = static_cast<double>(tile.fresh[k * tile.stride + i]);
    want_sum += loss.value(scores, tile.labels[i]);
    loss.gradient(scores, tile.labels[i], gradient);
    for (std::size_t k = 0; k < tile.outputs; ++k)
      include(static_cast<double>(tile.scores[k * tile.stride + i]), gradient[k]);
  }
  include(sum, want_sum);
  return worst;
}

void time_loss(benchmark::State& state, const std::string& name) {
  const auto loss = descent::loss::make_loss(name);
  Tile tile(static_cast<std::size_t>(state.range(0)), static_cast<std::size_t>(state.range(1)));
  const double error = error_against_oracle(*loss, tile);
  if (!(error <= descent::loss::Loss::kMaxRelativeError)) {
    descent::bench::found_wrong();
    state.SkipWithError(("wrong against the oracle: relative error " + descent::core::shortest(error)).c_str());
    return;
  }
  for (auto _ : state) {
    tile.refill();
    benchmark::DoNotOptimize(loss->differentiate(tile.view(), tile.labels));
    benchmark::ClobberMemory();
  }
  const descent::loss::LossCost cost = loss->cost(tile.outputs);
  const auto examples = static_cast<double>(tile.examples), outputs = static_cast<double>(tile.outputs);
  const auto rate = [&](double per_example) {
    return benchmark::Counter(per_example * examples, benchmark::Counter::kIsIterationInvariantRate);
  };
  state.counters["examples_per_s"] = rate(1);
  state.counters["flop_per_s"] =
      rate(cost.flops + cost.transcendental);  // as declared: exp, log and divide count as one each
  state.counters["bytes_per_s"] = rate(outputs * 2 * sizeof(float) + sizeof(std::int32_t));
}

void register_all() {
  for (const std::string& name : descent::loss::LossRegistry::instance().names()) {
    auto* benchmark = benchmark::RegisterBenchmark(("losses/" + name).c_str(),
                                                   [name](benchmark::State& state) { time_loss(state, name); });
    benchmark->ArgNames({"classes", "examples"})->UseRealTime();
    const auto fewest = static_cast<std::int64_t>(descent::loss::make_loss(name)->outputs(2));
    for (const std::int64_t outputs : {1, 2, 10})
      for (const std::int64_t examples : {32, 128, 512})
        if (outputs >= fewest) benchmark->Args({outputs, examples});
  }
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::AddCustomContext("descent_simd_target", descent::core::simd_target());
#ifdef NDEBUG
  benchmark::AddCustomContext("descent_assertions", "off");
#else
  benchmark::AddCustomContext("descent_assertions", "on");
#endif
  register_all();
  return descent::bench::run_all(argc, argv);
}
