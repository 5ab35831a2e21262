#pragma once

#include <benchmark/benchmark.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bench_main.hpp"
#include "descent/engine/engine.hpp"
#include "descent/record/tables.hpp"

namespace descent::bench {

/// The data and what to sweep, from --n, --d, --classes (made data) or --data URI, --losses, --engines, --batches,
/// --threads, --oversubscribe, --sharing, --order, --optimizers, --model; what is left in argv belongs to Google
/// Benchmark.
struct Settings {
  std::string data;   ///< empty: made up
  std::string order;  ///< file of uint32: rows in the order of an epoch
  std::size_t n = 60000, d = 784;
  int classes = 10;
  std::vector<std::string> losses{"softmax_cross_entropy"}, engines;  ///< engines: all that run here
  std::vector<std::string> optimizers{"sgd"};                         ///< whose rules bench_step times
  std::string model = "network";                                      ///< of bench_network
  std::vector<std::size_t> batches{1, 32, 128, 1024, 8192, 0};        ///< 0: all rows
  std::vector<int> threads;                                           ///< 1 and powers of two up to the CPUs
  engine::Sharing sharing = engine::Sharing::automatic;               ///< of engines that leave it open
  bool oversubscribe = false;                                         ///< more threads than CPUs are wanted
};
/// The defaults, changed by argv. Exits with status 2 and one line on a wrong value, and on more threads than CPUs.
Settings parse_settings(int& argc, char** argv, Settings defaults = {});
/// The engines that run on this machine; the reference engine, which is slow, only if asked for.
std::vector<std::string> engines_here(bool with_reference);

/// The training rows of --data, or rows of random bytes divided by 255 with labels at random; made or read once a
/// process.
const data::Dataset& data_of(const Settings& settings);
/// The same rows, in memory near the workers of a team.
const data::Dataset& data_for(const Settings& settings, machine::Team& team);

/// The row numbers of --order, read once. InputError if they are not those of all rows.
const std::vector<std::uint32_t>& given_order(const Settings& settings);

/// The rows of `steps` steps, each batch sorted: the first ones of --order, or those of a reshuffled epoch.
std::vector<std::uint32_t> draw_rows(const Settings& settings, std::size_t n, std::size_t batch, std::size_t steps);

/// Roofs of this process at a thread count, measured once.
const record::Roof& roof_of(int threads);

/// How engines share steps among that many threads: as --sharing says, or by this process's roofs, as in a run.
engine::SharingSettings sharing_for(const Settings& settings, int threads);

/// flop_per_s, bytes_per_s, examples_per_s, fraction_of_roof and fraction_of_arithmetic (analysis/roof.hpp) of `steps`
/// steps of this cost that took `seconds`, and a label that names the part that takes longest on this machine.
void count(benchmark::State& state, const data::Dataset& data, const engine::Cost& cost, std::size_t batch, int threads,
           double steps, double seconds);

/// Whether the engine takes the problem. If not, the benchmark is skipped with the engine's reason.
bool accepts(benchmark::State& state, const engine::Engine& engine, const engine::LinearProblem& problem);

/// Compares the gradient on these rows (all rows if empty), at weights with scores of order 1, with that of the
/// reference engine. If it is wrong, the benchmark is skipped with an error, and run_all() returns 2.
bool gradient_is_right(benchmark::State& state, const engine::Engine& engine, const engine::LinearProblem& problem,
                       engine::LinearKernel& kernel, std::span<const std::uint32_t> rows);
/// The same for the weights after the first steps of a sequence: as many steps as read 64 rows, and at least one.
bool steps_are_right(benchmark::State& state, const engine::Engine& engine, const engine::LinearProblem& problem,
                     engine::LinearKernel& kernel, const engine::StepSequence& steps);

}  // namespace descent::bench
