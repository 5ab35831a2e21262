#include "descent/engine/placed_rows.hpp"

#include <algorithm>
#include <cstring>

#include "descent/data/memory.hpp"

namespace descent {
namespace {

Dataset copy_placed(const Dataset& data, Team& team) {
  Dataset copy;
  copy.name = data.name;
  copy.source = data.source;
  copy.content_hash = data.content_hash;
  copy.labels = data.labels;
  copy.classes = data.classes;
  copy.label_names = data.label_names;
  copy.has_bias = data.has_bias;
  copy.features = Matrix<float>::unwritten(data.features);
  const std::size_t row_bytes = data.features.stride() * sizeof(float);
  team.for_shares(data.rows(), [&](int, std::size_t begin, std::size_t end) {
    if (begin < end) std::memcpy(copy.features.row(begin), data.features.row(begin), (end - begin) * row_bytes);
  });
  return copy;
}

}  // namespace

PlacedRows::PlacedRows(const Dataset& data, std::vector<Cpu> cpus) : data_(data), cpus_(std::move(cpus)) {
  one_node_ =
      std::all_of(cpus_.begin(), cpus_.end(), [&](const Cpu& cpu) { return cpu.numa_node == cpus_.front().numa_node; });
}

const Dataset& PlacedRows::of(Team& team) {
  if (one_node_ || team.cpus().empty()) return data_;
  const std::lock_guard lock(mutex_);
  const auto nodes = nodes_of_shares(team.cpus(), cpus_);
  if (const auto found = copies_.find(nodes); found != copies_.end()) return found->second;
  const Matrix<float>& features = data_.features;
  if (2 * features.rows() * features.stride() * sizeof(float) > available_memory_bytes()) return data_;
  return copies_.emplace(nodes, copy_placed(data_, team)).first->second;
}

}  // namespace descent
