#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "descent/analysis/timing_checks.hpp"
#include "descent/core/random.hpp"
#include "descent/core/text.hpp"
#include "descent/record/find.hpp"
#include "sweep/journal/piece.hpp"
#include "sweep/search/training.hpp"
#include "sweep/sharing.hpp"

namespace descent::sweep {
namespace {

constexpr double kLeastSeconds = 0.01;                   // as of a timing sample
constexpr double kLeastRatio = 0.95, kMostRatio = 1.10;  // of measured over composed
constexpr double kEnoughSeconds = 0.5;                   // of one run; shorter ones are repeated, and the median counts
constexpr std::size_t kMostRepeats = 3;                  // odd: the median is one of them

/// A trajectory to be trained again on a team of its own, and alone on the machine.
struct SpotCheck {
  std::size_t series = 0;
  int threads = 1;
};

/// A random tenth of the (series, threads) cells, at least 5, and the best cell of each workload; always the same for
/// one plan.
std::vector<SpotCheck> choose(const SweepState& state) {
  std::vector<SpotCheck> all, chosen;
  std::set<std::pair<std::size_t, int>> taken;
  for (std::size_t s = 0; s < state.series.size(); ++s)
    for (const int threads : state.options.threads)
      if (!state.series[s].trajectories.empty()) all.push_back({s, threads});
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

CheckPiece train_again(SweepState& state, const SpotCheck& check) {
  const SeriesState& series = state.series[check.series];
  const record::Trajectory& stored = series.trajectories.begin()->second;
  const RunRequest run = reported_run(state, series, stored.seed);
  set_sharing(state.options.schedule_of_work, state.report.roofs, l2_bytes_of(state.report.context), check.threads);
  machine::Team team({check.threads, state.options.pin, state.options.placement, state.options.oversubscribe});
  CheckPiece result;
  std::vector<double> seconds;
  do {
    const train::Trace trace = run_training(state, series, run, team).trace;
    result = {trace.weights_hash, trace.steps, trace.train_seconds};
    seconds.push_back(trace.train_seconds);
  } while (seconds.size() < kMostRepeats && *std::max_element(seconds.begin(), seconds.end()) < kEnoughSeconds);
  std::nth_element(seconds.begin(), seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2), seconds.end());
  result.train_seconds = seconds[seconds.size() / 2];
  return result;
}

/// The geometric mean of measured over composed: what the headline's two factors leave out, if anything.
void judge_composition(record::Report& report) {
  if (report.throughput.empty()) return;
  double logs = 0;
  int count = 0;
  for (const record::Check& check : report.checks)
    if (check.kind == record::CheckKind::end_to_end && check.value && *check.value > 0)
      logs += std::log(*check.value), ++count;
  if (count == 0) {
    report.checks.push_back(
        {record::CheckKind::composition, "measured over composed", record::Verdict::not_measured, std::nullopt,
         std::nullopt, std::nullopt,
         fmt::format("every run took less than {:.0f} ms, too short to be timed", 1e3 * kLeastSeconds)});
    return;
  }
  const double ratio = std::exp(logs / count);
  const bool good = ratio >= kLeastRatio && ratio <= kMostRatio;
  report.checks.push_back({record::CheckKind::composition, "measured over composed",
                           good ? record::Verdict::ok : record::Verdict::suspect, ratio, std::nullopt, std::nullopt,
                           fmt::format("geometric mean of {} runs; seconds composed of steps and seconds per step are "
                                       "{:.0f} % {}",
                                       count, 100 * std::abs(1 - 1 / ratio), ratio > 1 ? "too low" : "too high")});
}

/// Seconds per step of the run by the timings of its cell.
std::optional<analysis::StepSeconds> step_seconds(const SweepState& state, const record::Trajectory& run,
                                                  const SeriesState& series, int threads) {
  for (const record::Cell& cell : state.report.cells)
    if (record::times(cell, series.record) && cell.threads == threads && cell.engine == state.engine->name())
      return analysis::step_seconds_of_run(state.report, run, cell);
  return std::nullopt;
}

}  // namespace

void run_checks(SweepState& state) {
  if (state.cancel || state.options.shard_what == "timings") return;
  const std::vector<SpotCheck> checks = choose(state);
  state.enter("check", checks.size(), static_cast<double>(checks.size()), 1.0);
  for (const SpotCheck& check : checks) {
    const SeriesState& series = state.series[check.series];
    const record::Trajectory& stored = series.trajectories.begin()->second;
    CheckPiece result;
    try {
      const std::string key = fmt::format("{} lr {} threads {}", stored.id, core::shortest(stored.lr), check.threads);
      result = piece<CheckPiece>(state, "checks", "check", key, 1, [&] { return train_again(state, check); });
    } catch (const Stopped&) {
      return;
    }
    const std::string subject = fmt::format("{} threads:{}", series.record.id, check.threads);
    const bool equal = result.hash == stored.weights_hash;
    state.report.checks.push_back(
        {record::CheckKind::weights_hash, subject, equal ? record::Verdict::ok : record::Verdict::failed, std::nullopt,
         std::nullopt, std::nullopt,
         equal ? "" : fmt::format("found {}, expected {}", result.hash, stored.weights_hash)});
    if (!equal) state.warn(fmt::format("{}: weights are not those of the trajectory", subject));
    // Steps alone, without the evaluations between them, have to last long enough to be timed.
    const auto step = step_seconds(state, stored, series, check.threads);
    if (!step || result.steps == 0 || result.train_seconds < kLeastSeconds) continue;
    const double ratio = result.train_seconds / (static_cast<double>(result.steps) * step->centre);
    state.report.checks.push_back(
        {record::CheckKind::end_to_end, subject,
         ratio >= kLeastRatio && ratio <= kMostRatio ? record::Verdict::ok : record::Verdict::suspect, ratio,
         std::nullopt, std::nullopt, fmt::format("{} steps from end to end", result.steps), result.train_seconds});
  }
  judge_composition(state.report);
}

}  // namespace descent::sweep
