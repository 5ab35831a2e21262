#include "descent/engine/placed_rows.hpp"

#include <algorithm>
#include <cstring>

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
  copy.features = core::Matrix<float>::unwritten(data.features);
  const std::size_t row_bytes = data.features.stride() * sizeof(float);
  team.for_shares(data.rows(), [&](int, std::size_t begin, std::size_t end) {
    if (begin < end) std::memcpy(copy.features.row(begin), data.features.row(begin), (end - begin) * row_bytes);
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
  const core::Matrix<float>& features = data_.features;
  if (2 * features.rows() * features.stride() * sizeof(float) > core::available_memory_bytes()) return data_;
  return copies_.emplace(nodes, copy_placed(data_, team)).first->second;
}

}  // namespace descent::engine
