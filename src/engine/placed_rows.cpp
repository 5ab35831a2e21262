#include "descent/engine/placed_rows.hpp"

#include <algorithm>

#include "descent/core/memory.hpp"

namespace descent::engine {
namespace {

data::Dataset copy_placed(const data::Dataset& data, machine::Team& team) {
  data::Dataset copy;
  copy.name = data.name;
  copy.source = data.source;
  copy.content_hash = data.content_hash;
  copy.labels = data.labels;
  copy.classes = data.classes;
  copy.label_names = data.label_names;
  copy.has_bias = data.has_bias;
  copy.features = data::Features(data.features.storage().room());
  team.for_shares(data.rows(), [&](int, std::size_t begin, std::size_t end) {
    copy.features.storage().copy_rows(data.features.storage(), begin, end);
  });
  return copy;
}

}  // namespace

PlacedRows::PlacedRows(const data::Dataset& data, std::vector<machine::Cpu> cpus)
    : data_(data), cpus_(std::move(cpus)) {
  one_node_ = std::all_of(cpus_.begin(), cpus_.end(),
                          [&](const machine::Cpu& cpu) { return cpu.numa_node == cpus_.front().numa_node; });
}

const data::Dataset& PlacedRows::of(machine::Team& team) {
  if (one_node_ || team.cpus().empty()) return data_;
  const std::lock_guard lock(mutex_);
  const auto nodes = machine::nodes_of_shares(team.cpus(), cpus_);
  if (const auto found = copies_.find(nodes); found != copies_.end()) return found->second;
  if (data_.rows() == 0 || 2 * data_.features.storage().bytes() > core::available_memory_bytes()) return data_;
  return copies_.emplace(nodes, copy_placed(data_, team)).first->second;
}

}  // namespace descent::engine
