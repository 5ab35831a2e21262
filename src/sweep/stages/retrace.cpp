#include <fmt/format.h>

#include <algorithm>

#include "descent/core/hash.hpp"
#include "descent/core/text.hpp"
#include "descent/join/merge.hpp"
#include "sweep/journal/piece.hpp"
#include "sweep/pool.hpp"
#include "sweep/search/training.hpp"
#include "sweep/timing/timing.hpp"

namespace descent::sweep {
namespace {

/// A run to be trained again.
struct Retraced {
  SeriesState* series = nullptr;
  const record::Trajectory* run = nullptr;
  std::vector<Snapshot> wanted;  // snapshots of its series, in order of steps, without their weights
  double units = 0;              // number of rows that its steps read
};

/// The first run of each timed series, if samples need weights that it passed.
std::vector<Retraced> runs_of(SweepState& state) {
  std::vector<Retraced> runs;
  for (const std::size_t s : timed_series(state)) {
    SeriesState& series = state.series[s];
    Retraced retraced{&series, &series.trajectories.begin()->second, {}, 0};
    for (const OriginWeights& origin : origins_of(series))
      if (origin.snapshot != nullptr) retraced.wanted.push_back(*origin.snapshot);
    if (retraced.wanted.empty()) continue;
    retraced.units = static_cast<double>(retraced.wanted.back().step) *
                     static_cast<double>(std::max<std::int64_t>(1, series.plan.batch));
    runs.push_back(std::move(retraced));
  }
  return runs;
}

/// Throws MergeConflict if the weights are not those of the report.
void expect_same(const Retraced& retraced, const std::vector<Snapshot>& found) {
  for (const Snapshot& snapshot : found)
    for (const record::KeptWeights& kept : retraced.run->kept) {
      if (kept.label != snapshot.label) continue;
      const std::string hash = core::hash_weights(snapshot.weights);
      if (hash != kept.weights_hash)
        throw join::MergeConflict(
            fmt::format("run {} gives other weights on this machine, though its arithmetic is said to be the same: "
                        "hash at step {}: "
                        "found {}, expected {} as in the report",
                        retraced.run->id, snapshot.step, hash, kept.weights_hash));
    }
}

}  // namespace

void retrace(SweepState& state) {
  if (state.cancel) return;
  std::vector<Retraced> runs = runs_of(state);
  double units = 0;
  for (const Retraced& retraced : runs) units += retraced.units;
  state.enter("train", runs.size(), units, 0.4);
  const int most = *std::max_element(state.options.threads.begin(), state.options.threads.end());
  machine::Team team({std::min(machine::available_cpus(), most), state.options.pin, state.options.placement});
  Pool pool(team);
  TeamStock stock;
  for (Retraced& retraced : runs)
    pool.submit(-retraced.units, [&state, &retraced, &stock, &team] {  // the longest first
      const std::string key = fmt::format("{} lr {} to {}", retraced.run->id, core::shortest(retraced.run->lr),
                                          retraced.wanted.back().step);
      RetracedPiece found;
      try {
        found = piece<RetracedPiece>(state, "", "retraced", key, retraced.units, [&] {
          if (state.stopping()) throw Stopped{};
          TeamStock::Loan loan(stock);
          return train_up_to(state, *retraced.series, *retraced.run, retraced.wanted, loan.team());
        });
      } catch (const Stopped&) {
        return;
      }
      expect_same(retraced, found.snapshots);
      const std::lock_guard lock(state.mutex);
      state.spend("train", found.train_seconds / team.threads());
      for (const Snapshot& passed : found.snapshots)
        for (Snapshot& snapshot : retraced.series->snapshots)
          if (snapshot.label == passed.label) snapshot.weights = passed.weights;
    });
  pool.run();
  for (const Retraced& retraced : runs) {
    const bool done = std::any_of(retraced.series->snapshots.begin(), retraced.series->snapshots.end(),
                                  [](const Snapshot& snapshot) { return !snapshot.weights.empty(); });
    state.gave_up = state.gave_up || !done;
    if (!done) continue;
    record::Check check;
    check.kind = record::CheckKind::weights_hash, check.verdict = record::Verdict::ok;
    check.subject = fmt::format("{} up to step {}", retraced.run->id, retraced.wanted.back().step);
    state.report.checks.push_back(check);
  }
}

}  // namespace descent::sweep
