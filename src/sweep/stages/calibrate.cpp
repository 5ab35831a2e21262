#include <fmt/format.h>

#include "descent/engine/sgemm_probe.hpp"
#include "sweep/journal/piece.hpp"
#include "sweep/state.hpp"

namespace descent::sweep {

void calibrate(SweepState& state) {
  if (state.options.shard_what == "statistics") return;  // roofs belong to timings
  const std::vector<int>& threads = state.options.threads;
  state.enter("calibrate", threads.size(), static_cast<double>(threads.size()), 0.1);
  for (const int count : threads) {
    if (state.cancel) return;
    state.report.roofs.push_back(piece<record::Roof>(state, "calibrate", "roof", std::to_string(count), 1, [&] {
      machine::Team team({count, state.options.pin, state.options.placement, state.options.oversubscribe});
      return engine::measure_roofs_with_sgemm(team, state.options.roof_seconds);
    }));
  }
}

}  // namespace descent::sweep
