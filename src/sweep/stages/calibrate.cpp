#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "descent/core/process.hpp"
#include "descent/engine/sgemm_probe.hpp"
#include "descent/machine/roofs.hpp"
#include "sweep/journal/piece.hpp"
#include "sweep/state.hpp"

namespace descent::sweep {

void calibrate(SweepState& state) {
  if (state.options.shard_what == "statistics") return;  // roofs belong to timings
  const std::vector<int>& threads = state.options.threads;
  state.enter("calibrate", threads.size(), static_cast<double>(threads.size()), 0.1);
  double seconds = state.options.roof_seconds;
  // All thread counts together get the first tenth of a budget, and of a limit on processor time: a probe does not end
  // before its time, and it would use up what is there for the report.
  machine::Haste haste = state.options.budget_seconds ? machine::Haste::yes : machine::Haste::no;
  if (state.options.budget_seconds)
    seconds = std::min(seconds, 0.1 * *state.options.budget_seconds / static_cast<double>(threads.size()));
  if (const auto allowed = core::processor_seconds_allowed()) {
    const int all = std::accumulate(threads.begin(), threads.end(), 0);  // each worker of a probe uses a processor
    if (const double share = 0.1 * *allowed / all; share < seconds) seconds = share, haste = machine::Haste::yes;
  }
  const machine::MemoryWindow window = machine::memory_window();
  if (window.taken < window.wanted)
    state.late_warnings.push_back(
        fmt::format("memory: found {} MB for the probe of its bandwidth, expected {}: its figure may be a cache's",
                    window.taken >> 20, window.wanted >> 20));
  for (const int count : threads) {
    if (state.cancel) return;
    state.report.roofs.push_back(piece<record::Roof>(state, "calibrate", "roof", std::to_string(count), 1, [&] {
      machine::Team team({count, state.options.pin, state.options.placement, state.options.oversubscribe});
      return engine::measure_roofs_with_sgemm(team, seconds, haste);
    }));
  }
}

}  // namespace descent::sweep
