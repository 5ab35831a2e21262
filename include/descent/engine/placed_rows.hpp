#pragma once

#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "descent/data/dataset.hpp"
#include "descent/machine/team.hpp"
#include "descent/machine/topology.hpp"

namespace descent::engine {

/// A data set's rows where the workers of a team want them: each worker's share, in order, in the memory of its own
/// NUMA node. One copy for each way in which teams' shares lie over nodes, made when the first such team asks.
class PlacedRows {
 public:
  /// `data` must outlive it. `cpus` are those that teams are bound to.
  explicit PlacedRows(const data::Dataset& data, std::vector<machine::Cpu> cpus = machine::usable_cpus());

  /// The data set for a team: itself where there is one node only, where the team is not bound to CPUs, and where
  /// memory has no room for a copy.
  const data::Dataset& of(machine::Team& team);

 private:
  const data::Dataset& data_;
  std::vector<machine::Cpu> cpus_;
  bool one_node_;
  std::mutex mutex_;
  std::map<std::vector<std::pair<int, int>>, data::Dataset> copies_;
};

}  // namespace descent::engine
