#pragma once

#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "descent/data/dataset.hpp"
#include "descent/machine/team.hpp"
#include "descent/machine/topology.hpp"

namespace descent::engine {

/// Copies of a data set's rows for teams on several NUMA nodes: each worker's share of the rows, in order, lies in the
/// memory of the worker's own node. There is one copy for each division of the rows over nodes, made when the first
/// team with that division asks for it.
class PlacedRows {
 public:
  /// `data` must outlive this object. `cpus` are those that teams are bound to.
  explicit PlacedRows(const data::Dataset& data, std::vector<machine::Cpu> cpus = machine::usable_cpus());

  /// The data set for a team. It is the original if there is only one node, if the team is not bound to CPUs, or if
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
