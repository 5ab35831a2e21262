#include "sweep/stages/best_known.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "descent/core/text.hpp"
#include "sweep/journal/piece.hpp"
#include "sweep/search/training.hpp"

namespace descent::sweep {
namespace {

constexpr std::uint64_t kSeed = 4000001;  // different from those of the report, the search and floors
constexpr std::size_t kBatch = 128;
constexpr double kEpochs = 20;              // of each run …
constexpr std::int64_t kLeastSteps = 1000;  // … but at least this many steps
// the best run is continued this many times, each time at a fifth of the rate
constexpr int kCoolings = 3;
constexpr double kCooling = 0.2;

/// Methods that reach a low loss without a search for their rate, at rates that are usual for them.
struct Candidate {
  const char* method;
  double rate;
};
constexpr Candidate kCandidates[] = {{"adam", 1e-2}, {"adam", 1e-3}, {"nesterov", 1e-1}, {"nesterov", 1e-2}};

/// The least f that any run has reached, and by which method and rate.
struct Best {
  double value = HUGE_VAL;
  std::vector<float> weights;
  engine::Evaluation evaluation;
  std::size_t candidate = 0;
};

/// Does the model know no optimum, while shares of the starting gap are among the targets?
bool is_wanted(const SweepState& state, const WorkloadState& workload) {
  return workload.wanted && workload.record.optimum_kind == record::OptimumKind::none &&
         workload.record.optimum_solver.empty() && workload.record.note.empty() && state.data.training.rows() > 0 &&
         !state.options.targets.empty();
}

SolvedPiece find_best(SweepState& state, const WorkloadState& workload, machine::Team& team) {
  const std::unique_ptr<engine::Objective> objective = state.objective_of(workload, team);
  const std::size_t n = state.data.training.rows(), batch = std::min(kBatch, n);
  const Stopwatch watch;
  std::atomic<bool> halt{false};
  Best best;
  int runs = 0;
  const auto run = [&](std::size_t candidate, double rate, std::span<const float> start) {
    train::TrainOptions options;
    options.sampling = train::Sampling::reshuffle;
    options.batch = batch;
    options.schedule.base = rate;
    options.seed = kSeed;
    options.start = start;
    const std::size_t whole_batches = n / batch;
    options.max_steps = std::max(kLeastSteps, static_cast<std::int64_t>(kEpochs * static_cast<double>(whole_batches)));
    options.hash_weights = options.keep_batch_losses = false;
    options.cancel = &halt;
    options.observe = [&](std::int64_t, std::span<const float> weights, const engine::Evaluation& evaluation) {
      if (evaluation.value < best.value)
        best = {evaluation.value, {weights.begin(), weights.end()}, evaluation, candidate};
      if (state.stopping() || watch.seconds() > state.options.solver_seconds) halt = true;
    };
    train::train(*objective, *train::make_optimizer(kCandidates[candidate].method), options);
    ++runs;
  };
  for (std::size_t c = 0; c < std::size(kCandidates) && !halt; ++c) run(c, kCandidates[c].rate, {});
  double rate = kCandidates[best.candidate].rate;
  for (int cooling = 0; cooling < kCoolings && !halt; ++cooling) {
    rate *= kCooling;
    const std::vector<float> start = best.weights;
    run(best.candidate, rate, start);
  }
  if (state.stopping()) throw Stopped{};
  SolvedPiece found{workload.record, {}, workload.one_start};
  if (!(best.value < workload.record.f0)) return found;
  found.record.optimum_kind = record::OptimumKind::best_known;
  found.record.optimum_value = best.value;
  found.record.optimum_gradient_norm = best.evaluation.gradient_norm;
  found.record.optimum_validation_accuracy = best.evaluation.validation_accuracy;
  found.record.optimum_solver =
      fmt::format("best of {} runs: {}, first learning rate {}", runs, kCandidates[best.candidate].method,
                  core::shortest(kCandidates[best.candidate].rate));
  found.weights.assign(best.weights.begin(), best.weights.end());
  return found;
}

}  // namespace

void find_best_known(SweepState& state, machine::Team& team) {
  const auto wanted = std::count_if(state.workloads.begin(), state.workloads.end(),
                                    [&](const WorkloadState& workload) { return is_wanted(state, workload); });
  if (wanted == 0) return;
  state.enter("best_known", static_cast<std::size_t>(wanted), static_cast<double>(wanted), 0.4);
  for (WorkloadState& workload : state.workloads) {
    if (!is_wanted(state, workload)) continue;
    try {
      SolvedPiece found = piece<SolvedPiece>(state, "best_known", "best_known", workload.record.id, 1,
                                             [&] { return find_best(state, workload, team); });
      workload.record = std::move(found.record);
    } catch (const Stopped&) {
      if (state.cancel) return;
      workload.gave_up = state.gave_up = true;
      state.warn(fmt::format("{}: looking for its smallest loss did not fit into the budget", workload.record.id));
    }
  }
}

}  // namespace descent::sweep
