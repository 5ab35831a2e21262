#pragma once

#include <algorithm>
#include <cstring>
#include <vector>

#include "descent/core/aligned.hpp"
#include "descent/engine/engine.hpp"
#include "descent/engine/linear_objective.hpp"

namespace descent {

/// Where one chunk of rows leaves what it found; `gradient` is null when none is wanted.
template <class T>
struct ChunkResult {
  T* gradient;  // (columns × features,), overwritten with the sum over the chunk
  PassSums sums;
};

/// A kernel that cuts the rows into chunks of a fixed size, lets the team work on them, and joins the chunks' gradients
/// in a fixed binary tree: the same bits at any number of threads. T is the type that gradients are summed in.
template <class T>
class ChunkedKernel : public LinearKernel {
 public:
  ChunkedKernel(const LinearProblem& problem, Team& team, std::size_t chunk_rows)
      : LinearKernel(problem), team_(team), chunk_rows_(chunk_rows) {}

  double gradient(std::span<const float> w, std::span<const std::uint32_t> rows, std::span<float> out) override {
    const PassSums sums = sweep(w, rows, out);
    const std::size_t n = rows.empty() ? problem().data.rows() : rows.size();
    return sums.loss / static_cast<double>(n) + l2_term(problem().l2, w);
  }
  PassSums pass(std::span<const float> w, std::span<float> gradient) override { return sweep(w, {}, gradient); }
  const Participation& participation() const noexcept override { return participation_; }

 protected:
  /// Rows [begin, end) of the call, which are rows rows[begin…] of the data (begin… themselves when `rows` is empty).
  virtual void chunk(std::span<const float> w, std::span<const std::uint32_t> rows, std::size_t begin, std::size_t end,
                     int worker, ChunkResult<T>& result) = 0;
  std::size_t chunk_rows() const noexcept { return chunk_rows_; }
  Team& team() noexcept { return team_; }

 private:
  PassSums sweep(std::span<const float> w, std::span<const std::uint32_t> rows, std::span<float> out) {
    const std::size_t n = rows.empty() ? problem().data.rows() : rows.size();
    const std::size_t chunks = (n + chunk_rows_ - 1) / chunk_rows_;
    // Chunks are taken in groups that fit the team's phases and a bounded buffer; a group's tree is joined before the
    // next.
    const std::size_t group = std::min<std::size_t>(chunks, 256), p = problem().parameters();
    const bool wants_gradient = !out.empty();
    if (wants_gradient && partials_.size() < group * p) partials_ = AlignedBuffer<T>(group * p);
    results_.resize(group);
    if (wants_gradient) total_.assign(p, T{0});
    PassSums sums;
    for (std::size_t first = 0; first < chunks; first += group) {
      const std::size_t count = std::min(group, chunks - first);
      participation_ = team_.run([&](Worker& worker) {
        worker.phase(count, [&](std::size_t c) {
          results_[c] = {wants_gradient ? partials_.data() + c * p : nullptr, {}};
          const std::size_t begin = (first + c) * chunk_rows_;
          chunk(w, rows, begin, std::min(n, begin + chunk_rows_), worker.index(), results_[c]);
        });
        if (!wants_gradient) return;
        const std::size_t slices = std::min<std::size_t>(16, p);
        worker.phase(slices, [&](std::size_t s) { join(count, p * s / slices, p * (s + 1) / slices); });
      });
      for (std::size_t c = 0; c < count; ++c) {
        sums.loss += results_[c].sums.loss;
        sums.correct += results_[c].sums.correct;
        sums.active += results_[c].sums.active;
      }
    }
    if (wants_gradient)
      for (std::size_t j = 0; j < p; ++j)
        out[j] =
            static_cast<float>(total_[j] / static_cast<T>(n) + static_cast<T>(problem().l2) * static_cast<T>(w[j]));
    return sums;
  }

  void join(std::size_t count, std::size_t begin, std::size_t end) noexcept {
    const std::size_t p = problem().parameters();
    for (std::size_t width = 1; width < count; width *= 2)
      for (std::size_t c = 0; c + width < count; c += 2 * width) {
        T* const left = partials_.data() + c * p;
        const T* const right = left + width * p;
        for (std::size_t j = begin; j < end; ++j) left[j] += right[j];
      }
    for (std::size_t j = begin; j < end; ++j) total_[j] += partials_[j];
  }

  Team& team_;
  std::size_t chunk_rows_;
  AlignedBuffer<T> partials_;
  std::vector<T> total_;
  std::vector<ChunkResult<T>> results_;
  Participation participation_;
};

}  // namespace descent
