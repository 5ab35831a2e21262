#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "descent/analysis/timing_checks.hpp"
#include "descent/core/hash.hpp"
#include "descent/core/random.hpp"
#include "descent/core/text.hpp"
#include "descent/record/find.hpp"
#include "sweep/journal/piece.hpp"
#include "sweep/search/training.hpp"
#include "sweep/sharing.hpp"

namespace descent::sweep {
namespace {

constexpr double kLeastSeconds = 0.01;                   // as for a timing sample
constexpr double kLeastRatio = 0.95, kMostRatio = 1.10;  // bounds of measured over composed seconds
constexpr double kEnoughSeconds = 0.5;                   // a run that takes less is timed again
constexpr double kMostRuns = 4000;                       // back to back, in one sample
// samples of such a run; odd, so that the median is one of them
constexpr std::size_t kSamples = 5;
constexpr int kPilots = 5;  // runs to find out how long one takes

/// A trajectory that is trained again on a team of its own, with nothing else running.
struct SpotCheck {
  std::size_t series = 0;
  int threads = 1;
};

/// If the runs are those of another report: the last weights of a series' first run that were retraced; else null.
const Snapshot* last_retraced(const SeriesState& series) {
  const auto found = std::find_if(series.snapshots.rbegin(), series.snapshots.rend(), [](const Snapshot& snapshot) {
    return snapshot.step > 0 && !snapshot.weights.empty();
  });
  return found == series.snapshots.rend() ? nullptr : &*found;
}

bool can_be_checked(const SweepState& state, const SeriesState& series) {
  return !series.trajectories.empty() && series.plan.method->reproducible() &&
         (!state.retraces || last_retraced(series) != nullptr);
}

/// A random tenth of the (series, threads) cells, at least 5, and the best cell of each workload; always the same for
/// one plan.
std::vector<SpotCheck> choose(const SweepState& state) {
  std::vector<SpotCheck> all, chosen;
  std::set<std::pair<std::size_t, int>> taken;
  for (std::size_t s = 0; s < state.series.size(); ++s)
    for (const int threads : state.options.threads)
      if (can_be_checked(state, state.series[s])) all.push_back({s, threads});
  const auto add = [&](const SpotCheck& check) {
    if (taken.emplace(check.series, check.threads).second) chosen.push_back(check);
  };
  for (const record::Summary& summary : state.report.summary) {
    const record::Cell* const best = record::find_cell(state.report, summary.best_cell);
    for (const SpotCheck& check : all)
      if (state.series[check.series].record.id == summary.best_series && best != nullptr &&
          check.threads == best->threads)
        add(check);
  }
  std::vector<std::uint32_t> order(all.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::uint32_t>(i);
  core::shuffle(order, core::CounterRandom(1, core::Purpose::spot_check));
  const std::size_t wanted = std::min(all.size(), std::max<std::size_t>(5, (all.size() + 9) / 10));
  for (std::size_t i = 0; i < wanted; ++i) add(all[order[i]]);
  return chosen;
}

/// Measures the seconds that the steps of a short run take. The run is repeated back to back without evaluations, in
/// samples of as many runs as take kLeastSeconds when undisturbed. Each run has a seed of its own: with the same rows
/// again and again, runs would find these in a cache, where the samples of a step find rows in memory. Sets nothing if
/// even kMostRuns runs are too short.
void time_short_run(SweepState& state, const SeriesState& series, const record::Trajectory& stored, machine::Team& team,
                    CheckPiece& result) {
  const WorkloadState& workload = state.workloads[series.plan.workload];
  const std::unique_ptr<engine::Objective> objective = state.objective_of(workload, team);
  train::TrainOptions options = bare_options(state, series, stored, {result.steps});
  const auto run = [&] {
    ++options.seed;
    return train::train(*objective, *series.plan.method, options).train_seconds;
  };
  run();  // warm-up: the first use of memory takes longer
  double shortest = HUGE_VAL;
  for (int pilot = 0; pilot < kPilots; ++pilot) shortest = std::min(shortest, run());
  const auto runs = static_cast<int>(std::clamp(std::ceil(kLeastSeconds / std::max(shortest, 1e-9)), 1.0, kMostRuns));
  result.train_seconds = result.mean_seconds = 0;
  if (runs * shortest < kLeastSeconds / 2) return;
  std::vector<double> all, means;
  double spent = 0;  // on a busy machine fewer samples have to suffice
  while (means.size() < kSamples && spent < kEnoughSeconds) {
    double seconds = 0;
    int r = 0;
    for (; r < runs && seconds < kEnoughSeconds; ++r) {
      all.push_back(run());
      seconds += all.back();
      if (state.stopping()) throw Stopped{};
    }
    means.push_back(seconds / r);
    spent += seconds;
  }
  const auto median = [](std::vector<double>& values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
  };
  result.train_seconds = median(all), result.mean_seconds = median(means);
}

CheckPiece train_again(SweepState& state, const SpotCheck& check) {
  const SeriesState& series = state.series[check.series];
  const record::Trajectory& stored = series.trajectories.begin()->second;
  state.engine = engine::make_engine(
      state.options.trajectory_engine,
      sharing_for(state.options.sharing, state.report.roofs, l2_bytes_of(state.report.context), check.threads));
  machine::Team team({check.threads, state.options.pin, state.options.placement, state.options.oversubscribe});
  CheckPiece result;
  if (state.retraces) {
    const RetracedPiece again = train_up_to(state, series, stored, {*last_retraced(series)}, team);
    result.hash = core::hash_weights(again.snapshots.front().weights);
    result.steps = again.snapshots.front().step, result.train_seconds = again.train_seconds;
  } else {
    const train::Trace trace = run_training(state, series, reported_run(state, series, stored.seed), team).trace;
    result.hash = trace.weights_hash, result.steps = trace.steps, result.train_seconds = trace.train_seconds;
  }
  result.mean_seconds = result.train_seconds;
  if (result.steps > 0 && result.train_seconds < kEnoughSeconds) time_short_run(state, series, stored, team, result);
  return result;
}

/// A ratio of measured over composed seconds fails if no value between its ends is within the bounds.
record::Verdict verdict_of(const record::Check& check) {
  const bool good = check.high.value_or(*check.value) >= kLeastRatio && check.low.value_or(*check.value) <= kMostRatio;
  return good ? record::Verdict::ok : record::Verdict::suspect;
}

/// Adds the geometric mean of measured over composed seconds, and of its ends: it shows whether the product of steps
/// and seconds per step leaves anything out.
void judge_composition(record::Report& report) {
  if (report.throughput.empty()) return;
  double logs = 0, lows = 0, highs = 0;
  int count = 0;
  for (const record::Check& check : report.checks)
    if (check.kind == record::CheckKind::end_to_end && check.value && *check.value > 0) {
      logs += std::log(*check.value), lows += std::log(check.low.value_or(*check.value));
      highs += std::log(check.high.value_or(*check.value)), ++count;
    }
  record::Check whole;
  whole.kind = record::CheckKind::composition, whole.subject = "measured over composed";
  whole.verdict = record::Verdict::not_measured, whole.note = "no run was timed from end to end";
  if (count > 0) {
    whole.value = std::exp(logs / count), whole.low = std::exp(lows / count), whole.high = std::exp(highs / count);
    whole.verdict = verdict_of(whole);
    whole.note =
        fmt::format("geometric mean of {} runs; seconds composed of steps and seconds per step are {:.0f} % {}", count,
                    100 * std::abs(1 - 1 / *whole.value), *whole.value > 1 ? "too low" : "too high");
  }
  report.checks.push_back(whole);
}

std::string subject_of(const SeriesState& series, int threads) {
  return fmt::format("{} threads:{}", series.record.id, threads);
}

/// Seconds per step of a run according to the timings of its cell.
std::optional<analysis::StepSeconds> step_seconds(const SweepState& state, const record::Trajectory& run,
                                                  const SeriesState& series, int threads) {
  for (const record::Cell& cell : state.report.cells)
    if (record::times(cell, series.record) && cell.threads == threads && cell.engine == state.engine->name())
      return analysis::step_seconds_of_run(state.report, run, cell);
  return std::nullopt;
}

/// Compares the seconds that a run took with those composed from steps and seconds per step. The ends of the ratio come
/// from the interval of the composed seconds, and from the mean of a short run's seconds, which is longer if other
/// programs interfered.
void add_end_to_end(SweepState& state, const record::Trajectory& stored, const SeriesState& series, int threads,
                    const CheckPiece& result) {
  if (threads > machine::available_cpus()) return;  // no decision depends on such a cell
  const auto step = step_seconds(state, stored, series, threads);
  if (!step || result.steps == 0 || !(result.train_seconds > 0)) return;
  const auto steps = static_cast<double>(result.steps);
  const auto [least, most] = std::minmax({result.train_seconds / steps, result.mean_seconds / steps});
  record::Check check;
  check.kind = record::CheckKind::end_to_end;
  check.subject = subject_of(series, threads);
  check.value = result.train_seconds / steps / step->centre;
  if (step->high) check.low = least / *step->high;
  if (step->low && *step->low > 0) check.high = most / *step->low;
  check.verdict = verdict_of(check);
  check.note = fmt::format("{} steps from end to end", result.steps);
  check.seconds = result.train_seconds;
  state.report.checks.push_back(check);
}

}  // namespace

void run_checks(SweepState& state) {
  if (state.cancel) return;
  const std::vector<SpotCheck> checks = choose(state);
  state.enter("check", checks.size(), static_cast<double>(checks.size()), 1.0);
  for (const SpotCheck& check : checks) {
    const SeriesState& series = state.series[check.series];
    record::Trajectory stored = series.trajectories.begin()->second;
    std::string expected = stored.weights_hash;
    if (state.retraces) {
      const Snapshot& last = *last_retraced(series);
      stored.steps = stored.done_step = last.step;
      expected = core::hash_weights(last.weights);
    }
    CheckPiece result;
    try {
      std::string key = fmt::format("{} lr {} threads {}", stored.id, core::shortest(stored.lr), check.threads);
      if (state.retraces) key += fmt::format(" to {}", stored.steps);
      result = piece<CheckPiece>(state, "checks", "check", key, 1, [&] { return train_again(state, check); });
    } catch (const Stopped&) {
      return;
    }
    const std::string subject = subject_of(series, check.threads);
    const bool equal = result.hash == expected;
    state.report.checks.push_back(
        {record::CheckKind::weights_hash, subject, equal ? record::Verdict::ok : record::Verdict::failed, std::nullopt,
         std::nullopt, std::nullopt, equal ? "" : fmt::format("found {}, expected {}", result.hash, expected)});
    if (!equal) state.warn(fmt::format("{}: training it again gave other weights", subject));
    add_end_to_end(state, stored, series, check.threads, result);
  }
  judge_composition(state.report);
}

}  // namespace descent::sweep
