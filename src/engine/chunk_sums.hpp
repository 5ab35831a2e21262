#pragma once

#include <algorithm>
#include <functional>
#include <vector>

#include "descent/core/aligned.hpp"
#include "descent/machine/team.hpp"
#include "engine/tile_sums.hpp"

namespace descent::engine {

/// Sums over rows that are cut into chunks of kRows, whichever thread takes which: the gradients of chunks are joined
/// in a fixed binary tree, groups of chunks one after the other. The same bits at any number of threads.
class ChunkSums {
 public:
  static constexpr std::size_t kRows = 128;

  /// Rows [begin, end) of the call, by a worker; `gradient` (parameters,) is overwritten, or null where none is wanted.
  using Chunk = std::function<TileSums(std::size_t begin, std::size_t end, int worker, float* gradient)>;

  ChunkSums(machine::Team& team, std::size_t parameters)
      : team_(team), alone_(one_of(team.options())), parameters_(parameters) {}

  /// Over n rows. `out` (parameters,) receives the summed gradient; empty: none is wanted.
  TileSums run(std::size_t n, std::span<float> out, const Chunk& chunk) {
    const std::size_t chunks = (n + kRows - 1) / kRows;
    const std::size_t group = std::min(chunks, kMostChunks);
    if (!out.empty() && partials_.size() < group * parameters_)
      partials_ = core::AlignedBuffer<float>(group * parameters_);
    sums_.resize(group);
    TileSums total;
    machine::Team& team = chunks == 1 ? alone_ : team_;
    for (std::size_t first = 0; first < chunks; first += group) {
      const std::size_t count = std::min(group, chunks - first);
      participation_ = team.run([&](machine::Worker& worker) {
        worker.phase(count, [&](std::size_t c) {
          const std::size_t begin = (first + c) * kRows;
          sums_[c] = chunk(begin, std::min(n, begin + kRows), worker.index(),
                           out.empty() ? nullptr : partials_.data() + c * parameters_);
        });
        if (out.empty()) return;
        const std::size_t slices = std::min<std::size_t>(16, parameters_);
        worker.phase(slices, [&](std::size_t s) {
          join(count, first == 0, parameters_ * s / slices, parameters_ * (s + 1) / slices, out);
        });
      });
      for (std::size_t c = 0; c < count; ++c) total += sums_[c];
    }
    return total;
  }

  const machine::Participation& participation() const noexcept { return participation_; }
  int threads() const noexcept { return team_.threads(); }

 private:
  static constexpr std::size_t kMostChunks = 32;  // of a group: their gradients are kept until they are joined

  void join(std::size_t count, bool starts, std::size_t begin, std::size_t end, std::span<float> out) noexcept {
    for (std::size_t width = 1; width < count; width *= 2)
      for (std::size_t c = 0; c + width < count; c += 2 * width) {
        float* const left = partials_.data() + c * parameters_;
        const float* const right = left + width * parameters_;
        for (std::size_t j = begin; j < end; ++j) left[j] += right[j];
      }
    for (std::size_t j = begin; j < end; ++j) out[j] = starts ? partials_[j] : out[j] + partials_[j];
  }

  static machine::TeamOptions one_of(machine::TeamOptions options) {
    options.threads = 1;
    return options;
  }

  machine::Team& team_;
  machine::Team alone_;  // one chunk has nothing to share: to wake the others would take longer than the chunk
  std::size_t parameters_;
  core::AlignedBuffer<float> partials_;
  std::vector<TileSums> sums_;
  machine::Participation participation_;
};

}  // namespace descent::engine
