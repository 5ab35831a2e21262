#include "bench_common.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <tuple>

#include "bench_main.hpp"
#include "descent/analysis/roof.hpp"
#include "descent/core/error.hpp"
#include "descent/core/input_file.hpp"
#include "descent/core/memory.hpp"
#include "descent/core/random.hpp"
#include "descent/data/source.hpp"
#include "descent/engine/cost_model.hpp"
#include "descent/engine/linear_objective.hpp"
#include "descent/engine/placed_rows.hpp"
#include "descent/engine/sgemm_probe.hpp"
#include "descent/machine/environment.hpp"
#include "descent/machine/topology.hpp"
#include "descent/train/sampler.hpp"

namespace descent::bench {
namespace {

constexpr double kRoofSeconds = 1.0;

}  // namespace

const data::Dataset& data_of(const Settings& settings) {
  static const data::Dataset data = [&] {
    if (!settings.data.empty()) {
      data::LoadOptions options;
      options.bias = false;
      return data::load(settings.data, options).training;
    }
    core::expect_memory("made data", static_cast<double>(sizeof(float)) * static_cast<double>(settings.n) *
                                         static_cast<double>(settings.d));
    data::Dataset made;
    made.classes = settings.classes;
    made.features = core::Matrix<float>(settings.n, settings.d);
    core::SplitMix64 random(1);
    for (std::size_t i = 0; i < settings.n; ++i) {
      for (std::size_t j = 0; j < settings.d; ++j)
        made.features(i, j) = static_cast<float>(static_cast<double>(random.next() >> 56) / 255);
      made.labels.push_back(static_cast<std::int32_t>(random.next() % static_cast<std::uint64_t>(settings.classes)));
    }
    return made;
  }();
  return data;
}

const data::Dataset& data_for(const Settings& settings, machine::Team& team) {
  static engine::PlacedRows placed(data_of(settings));
  return placed.of(team);
}

const std::vector<std::uint32_t>& given_order(const Settings& settings) {
  static const std::vector<std::uint32_t> order = [&] {
    const std::string bytes = core::read_whole_file(settings.order, "row numbers of four bytes");
    std::vector<std::uint32_t> rows(bytes.size() / sizeof(std::uint32_t));
    std::memcpy(rows.data(), bytes.data(), rows.size() * sizeof(rows[0]));
    const auto expected = fmt::format("expected those of {} rows, from 0 to {}", settings.n, settings.n - 1);
    if (rows.size() < settings.n)
      throw core::InputError(
          fmt::format("--order {}: found {} row numbers of four bytes; {}", settings.order, rows.size(), expected));
    for (std::size_t i = 0; i < settings.n; ++i)
      if (rows[i] >= settings.n)
        throw core::InputError(
            fmt::format("--order {}: found row {} at place {}; {}", settings.order, rows[i], i, expected));
    return rows;
  }();
  return order;
}

std::vector<std::uint32_t> draw_rows(const Settings& settings, std::size_t n, std::size_t batch, std::size_t steps) {
  std::vector<std::uint32_t> rows(steps * batch);
  if (settings.order.empty()) {
    train::Sampler(train::Sampling::reshuffle, n, batch, 1).rows(0, steps, rows);
    return rows;
  }
  std::copy_n(given_order(settings).begin(), rows.size(), rows.begin());
  for (std::size_t s = 0; s < steps; ++s) {
    const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(s * batch);
    std::sort(begin, begin + static_cast<std::ptrdiff_t>(batch));
  }
  return rows;
}

const record::Roof& roof_of(int threads) {
  static std::map<int, record::Roof> roofs;
  auto at = roofs.find(threads);
  if (at == roofs.end()) {
    machine::Team team({.threads = threads, .oversubscribe = true});
    at = roofs.emplace(threads, engine::measure_roofs_with_sgemm(team, kRoofSeconds)).first;
  }
  return at->second;
}

engine::SharingSettings sharing_for(const Settings& settings, int threads) {
  return {engine::fit_machine_model(roof_of(1), roof_of(threads), machine::cache_bytes(2)), settings.sharing};
}

void count(benchmark::State& state, const data::Dataset& data, const engine::Cost& cost, std::size_t batch, int threads,
           double steps, double seconds) {
  const record::Roof& roof = roof_of(threads);
  const double per_second = steps / seconds;
  const double data_bytes = 4.0 * static_cast<double>(data.rows() * data.width());
  const bool in_l3 = data_bytes < static_cast<double>(machine::cache_bytes(3));
  const analysis::StepLimit limit =
      analysis::step_limit(roof, {cost.flops, cost.int8_ops, cost.bytes, cost.joins},
                           in_l3 ? analysis::RowsLie::in_l3 : analysis::RowsLie::in_memory);
  state.counters["flop_per_s"] = cost.flops * per_second;
  if (cost.int8_ops > 0) state.counters["int8_ops_per_s"] = cost.int8_ops * per_second;
  state.counters["bytes_per_s"] = cost.bytes * per_second;
  state.counters["examples_per_s"] = static_cast<double>(batch) * per_second;
  state.counters["epoch_ms"] = 1e3 * static_cast<double>(data.rows()) / static_cast<double>(batch) / per_second;
  state.counters["fraction_of_roof"] = limit.seconds * per_second;
  state.counters["fraction_of_arithmetic"] = limit.arithmetic_seconds * per_second;
  state.SetLabel(record::to_text(limit.kind));
}

namespace {

constexpr double kMaxError = 4e-6;            // of a gradient, over the largest mean of |slope x|, in float32
constexpr double kWeightRounding = 0x1p-22;   // of a weight in a step
constexpr std::size_t kRowsOfStepCheck = 64;  // in small steps, so that several follow each other
constexpr std::size_t kManyRows = 4096;

/// What an engine may be off, where float32 engines may by kMaxError.
double max_error(const engine::Engine& engine) { return std::max(kMaxError, 2 * engine.error_bound()); }

/// Weights that give scores of order 1, and what the reference makes of them.
struct Expected {
  std::vector<float> start, gradient, after;
  double largest = 0;  ///< mean over the rows of |slope x|, of the weight where it is largest
  double rate = 0;     ///< of the steps to `after`: no step overshoots
};

std::size_t row_count(const engine::LinearProblem& problem, std::span<const std::uint32_t> rows) {
  return rows.empty() ? problem.data.rows() : rows.size();
}

/// Weights whose gradient is largest in the mean, and the largest row's norm, on the way.
void measure_scale(const engine::LinearProblem& problem, std::span<const std::uint32_t> rows, Expected& expected) {
  const std::size_t d = problem.data.width(), c = problem.outputs(), n = row_count(problem, rows);
  std::vector<double> scale(c * d), scores(c), slope(c);
  std::vector<float> x(d);
  double longest = 0;
  for (std::size_t r = 0; r < n; ++r) {
    const std::size_t i = rows.empty() ? r : rows[r];
    problem.data.features.storage().read(i, x.data());
    double squares = 0;
    for (std::size_t j = 0; j < d; ++j) squares += static_cast<double>(x[j]) * x[j];
    longest = std::max(longest, squares);
    for (std::size_t k = 0; k < c; ++k) {
      scores[k] = 0;
      for (std::size_t j = 0; j < d; ++j) scores[k] += static_cast<double>(expected.start[k * d + j]) * x[j];
    }
    problem.loss.gradient(scores, problem.data.labels[i], slope);
    for (std::size_t k = 0; k < c; ++k)
      for (std::size_t j = 0; j < d; ++j) scale[k * d + j] += std::abs(slope[k] * x[j]) / static_cast<double>(n);
  }
  expected.largest = std::max(1e-30, *std::max_element(scale.begin(), scale.end()));
  expected.rate = 1 / std::max(1.0, longest);
}

/// Kept by loss and rows: every engine and thread count is held against the same.
const Expected& expected_of(const engine::LinearProblem& problem, std::span<const std::uint32_t> rows,
                            std::size_t batch) {
  static std::map<std::tuple<std::string, std::size_t, std::size_t>, Expected> known;
  auto [at, added] = known.try_emplace({std::string(problem.loss.name()), batch, rows.size()});
  Expected& expected = at->second;
  if (!added) return expected;
  expected.start.resize(problem.parameters());
  core::CounterRandom random(1, core::Purpose::initial);
  for (float& weight : expected.start)
    weight = static_cast<float>(random.next_normal() / std::sqrt(static_cast<double>(problem.data.width())));
  measure_scale(problem, rows, expected);
  machine::Team team({.threads = machine::available_cpus()});
  const auto reference = engine::make_engine("reference")->prepare(problem, team);
  expected.gradient.resize(problem.parameters());
  expected.after = expected.start;
  reference->gradient(expected.start, rows.first(std::min(rows.size(), batch)), expected.gradient);
  const std::vector<double> rates(rows.empty() ? 1 : rows.size() / batch, expected.rate);
  engine::StepSequence steps;
  steps.rows = rows;
  steps.batch = batch;
  steps.rates = rates;
  reference->advance(engine::plain_rule(), steps, expected.after, {});
  return expected;
}

/// Where the loss has a kink, rounding may put a row's score on its other side.
double rows_at_kinks(const engine::LinearProblem& problem, std::size_t rows) {
  return !problem.loss.traits().smooth && rows > kManyRows ? 2.0 / static_cast<double>(rows) : 0;
}

double largest_difference(std::span<const float> a, std::span<const float> b) {
  double worst = 0;
  for (std::size_t j = 0; j < a.size(); ++j) {
    const double difference = std::abs(static_cast<double>(a[j]) - b[j]);
    if (!(difference <= worst)) worst = difference;  // NaN as well
  }
  return worst;
}

bool judge(benchmark::State& state, double error, double allowed) {
  if (error <= allowed) return true;
  found_wrong();
  const std::string text =
      "wrong against the reference: error " + core::shortest(error) + ", allowed " + core::shortest(allowed);
  state.SkipWithError(text.c_str());
  return false;
}

}  // namespace

bool accepts(benchmark::State& state, const engine::Engine& engine, const engine::LinearProblem& problem) {
  const std::string why = engine.refuses(problem);
  found_answer(why);
  if (!why.empty()) state.SkipWithError(("refused: " + why).c_str());
  return why.empty();
}

bool gradient_is_right(benchmark::State& state, const engine::Engine& engine, const engine::LinearProblem& problem,
                       engine::LinearKernel& kernel, std::span<const std::uint32_t> rows) {
  const std::size_t n = row_count(problem, rows);
  const Expected& expected = expected_of(problem, rows, n);
  std::vector<float> g(problem.parameters());
  kernel.gradient(expected.start, rows, g);
  return judge(state, largest_difference(g, expected.gradient),
               (max_error(engine) + rows_at_kinks(problem, n)) * expected.largest);
}

bool steps_are_right(benchmark::State& state, const engine::Engine& engine, const engine::LinearProblem& problem,
                     engine::LinearKernel& kernel, const engine::StepSequence& steps) {
  const std::size_t count = std::clamp<std::size_t>(kRowsOfStepCheck / steps.batch, 1, steps.rates.size());
  engine::StepSequence first;
  first.rows = steps.rows.first(std::min(steps.rows.size(), count * steps.batch));
  first.batch = steps.batch;
  const Expected& expected = expected_of(problem, first.rows, steps.batch);
  const std::vector<double> rates(first.rows.empty() ? 1 : count, expected.rate);
  first.rates = rates;
  std::vector<float> w = expected.start;
  kernel.advance(engine::plain_rule(), first, w, {});
  double size = 0;
  for (const float weight : expected.after) size = std::max(size, static_cast<double>(std::abs(weight)));
  const double gradient = (max_error(engine) + rows_at_kinks(problem, steps.batch)) * expected.largest * expected.rate;
  return judge(state, largest_difference(w, expected.after),
               static_cast<double>(rates.size()) * (gradient + kWeightRounding * size));
}

}  // namespace descent::bench
