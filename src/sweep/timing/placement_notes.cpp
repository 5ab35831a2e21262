#include "sweep/timing/placement_notes.hpp"

#include <algorithm>

namespace descent::sweep {

void note_placement(const Sample& sample, const std::vector<machine::Cpu>& usable, record::Timing& timing) {
  const machine::Participation& found = sample.participation;
  timing.workers = timing.workers == 0 ? found.workers : std::min(timing.workers, found.workers);
  timing.cpus.resize(std::max(timing.cpus.size(), found.cpus.size()));
  for (std::size_t worker = 0; worker < found.cpus.size(); ++worker) {
    std::vector<int>& seen = timing.cpus[worker];
    const int cpu = found.cpus[worker];
    if (cpu >= 0 && std::find(seen.begin(), seen.end(), cpu) == seen.end()) seen.push_back(cpu);
  }
  timing.worker_migrations.resize(timing.cpus.size());
  timing.worker_switches.resize(timing.cpus.size());
  for (std::size_t worker = 0; worker < found.moved.size(); ++worker) {
    timing.worker_migrations[worker] += found.moved[worker];
    timing.worker_switches[worker] += found.switches[worker];
  }
  timing.unbound = std::max(timing.unbound, found.unbound);
  timing.migrations += found.migrations;
  timing.shares_core = timing.shares_core || machine::on_one_core(found.cpus, usable);
  timing.involuntary_switches += sample.involuntary_switches;
  timing.cpu_share = std::min(timing.cpu_share, sample.cpu_share);
}

}  // namespace descent::sweep
