#pragma once

#include <algorithm>
#include <cstring>
#include <vector>

#include "descent/core/aligned.hpp"
#include "descent/engine/engine.hpp"
#include "descent/engine/linear_objective.hpp"
#include "engine/tile_sums.hpp"

namespace descent::engine {

/// The results of one chunk of rows; `gradient` is null when none is wanted.
template <class T>
struct ChunkResult {
  T* gradient;  // (outputs × features,), overwritten with the sum over the chunk
  Wanted wanted;
  TileSums sums;
};

/// A kernel that cuts the rows into chunks of a fixed size, lets the team work on them, and joins the chunks' gradients
/// in a fixed binary tree: the same bits at any number of threads. Gradients are summed in type T.
template <class T>
class ChunkedKernel : public LinearKernel {
 public:
  ChunkedKernel(const LinearProblem& problem, machine::Team& team, std::size_t chunk_rows)
      : LinearKernel(problem), team_(team), chunk_rows_(chunk_rows) {}

  double gradient(std::span<const float> w, std::span<const std::uint32_t> rows, std::span<float> out) override {
    const TileSums sums = sweep(w, rows, out, Wanted::loss);
    const std::size_t n = rows.empty() ? problem().data.rows() : rows.size();
    return sums.loss / static_cast<double>(n) + l2_term(problem().l2, w);
  }
  PassSums pass(std::span<const float> w, std::span<float> gradient) override {
    const TileSums sums = sweep(w, {}, gradient, Wanted::active);
    return {sums.loss, sums.active};
  }
  std::size_t correct(std::span<const float> w) override { return sweep(w, {}, {}, Wanted::correct).correct; }
  /// Takes all steps in one run of the team: starting a run costs system calls, which take as long as the products of a
  /// small batch.
  void advance(const UpdateRule& rule, const StepSequence& steps, std::span<float> w, std::span<float> state) override {
    const std::size_t n = steps.rows.empty() ? problem().data.rows() : steps.batch;
    const std::size_t chunks = chunks_of(n), p = problem().parameters();
    // this runs the team once per group of chunks
    if (chunks > kMostChunks) return LinearKernel::advance(rule, steps, w, state);
    reserve(chunks, true);
    wanted_ = Wanted::loss;
    gradient_.resize(p);
    participation_ = team_.run([&](machine::Worker& worker) {
      for (std::size_t step = 0; step < steps.rates.size(); ++step) {
        const auto rows = steps.rows.empty() ? steps.rows : steps.rows.subspan(step * steps.batch, steps.batch);
        run_group(w, rows, n, 0, chunks, gradient_, worker);
        worker.phase(1, [&](std::size_t) {
          if (!steps.losses.empty()) steps.losses[step] = sum(chunks).loss / static_cast<double>(n);
          rule.update(w, gradient_, state, steps.context(step));
        });
      }
    });
  }
  const machine::Participation& participation() const noexcept override { return participation_; }
  /// Counts the chunks' work, the tree that joins them, and the update.
  Cost cost(std::size_t batch) const override {
    Cost cost = linear_cost(problem(), batch);
    const std::size_t chunks = chunks_of(batch), groups = (chunks + kMostChunks - 1) / kMostChunks;
    if (team_.threads() > 1 && chunks > 1) cost.joins = groups > 1 ? 2 * static_cast<double>(groups) : 3;
    return cost;
  }

 protected:
  /// Computes rows [begin, end) of the call. They are rows[begin], rows[begin + 1], … of the data, or begin, begin + 1,
  /// … when `rows` is empty.
  virtual void chunk(std::span<const float> w, std::span<const std::uint32_t> rows, std::size_t begin, std::size_t end,
                     int worker, ChunkResult<T>& result) = 0;
  std::size_t chunk_rows() const noexcept { return chunk_rows_; }
  machine::Team& team() noexcept { return team_; }

 private:
  static constexpr std::size_t kMostChunks = 256;  // of a run: they fit the team's phases and a bounded buffer

  std::size_t chunks_of(std::size_t rows) const noexcept { return (rows + chunk_rows_ - 1) / chunk_rows_; }

  TileSums sweep(std::span<const float> w, std::span<const std::uint32_t> rows, std::span<float> out, Wanted wanted) {
    wanted_ = wanted;
    const std::size_t n = rows.empty() ? problem().data.rows() : rows.size();
    const std::size_t chunks = chunks_of(n);
    // Chunks are taken in groups; a group's tree is joined before the next.
    const std::size_t group = std::min(chunks, kMostChunks);
    reserve(group, !out.empty());
    TileSums sums;
    for (std::size_t first = 0; first < chunks; first += group) {
      const std::size_t count = std::min(group, chunks - first);
      participation_ = team_.run([&](machine::Worker& worker) { run_group(w, rows, n, first, count, out, worker); });
      sums += sum(count);
    }
    return sums;
  }

  void reserve(std::size_t group, bool wants_gradient) {
    const std::size_t p = problem().parameters();
    if (wants_gradient && partials_.size() < group * p) partials_ = core::AlignedBuffer<T>(group * p);
    if (wants_gradient) total_.resize(p);
    results_.resize(group);
  }

  /// Computes chunks [first, first + count) of the n rows. After the last chunk, `out` holds the gradient if it is not
  /// empty.
  void run_group(std::span<const float> w, std::span<const std::uint32_t> rows, std::size_t n, std::size_t first,
                 std::size_t count, std::span<float> out, machine::Worker& worker) {
    const std::size_t p = problem().parameters();
    worker.phase(count, [&](std::size_t c) {
      results_[c] = {out.empty() ? nullptr : partials_.data() + c * p, wanted_, {}};
      const std::size_t begin = (first + c) * chunk_rows_;
      chunk(w, rows, begin, std::min(n, begin + chunk_rows_), worker.index(), results_[c]);
    });
    if (out.empty()) return;
    const bool is_last = first + count == chunks_of(n);
    const std::size_t slices = std::min<std::size_t>(16, p);
    worker.phase(slices, [&](std::size_t s) {
      const std::size_t begin = p * s / slices, end = p * (s + 1) / slices;
      join(count, first == 0, begin, end);
      if (!is_last) return;
      for (std::size_t j = begin; j < end; ++j)
        out[j] =
            static_cast<float>(total_[j] / static_cast<T>(n) + static_cast<T>(problem().l2) * static_cast<T>(w[j]));
    });
  }

  TileSums sum(std::size_t count) const noexcept {
    TileSums sums;
    for (std::size_t c = 0; c < count; ++c) sums += results_[c].sums;
    return sums;
  }

  void join(std::size_t count, bool starts, std::size_t begin, std::size_t end) noexcept {
    const std::size_t p = problem().parameters();
    for (std::size_t width = 1; width < count; width *= 2)
      for (std::size_t c = 0; c + width < count; c += 2 * width) {
        T* const left = partials_.data() + c * p;
        const T* const right = left + width * p;
        for (std::size_t j = begin; j < end; ++j) left[j] += right[j];
      }
    for (std::size_t j = begin; j < end; ++j) total_[j] = (starts ? T{0} : total_[j]) + partials_[j];
  }

  machine::Team& team_;
  std::size_t chunk_rows_;
  Wanted wanted_ = Wanted::loss;  // of the call
  core::AlignedBuffer<T> partials_;
  std::vector<T> total_;
  std::vector<float> gradient_;
  std::vector<ChunkResult<T>> results_;
  machine::Participation participation_;
};

}  // namespace descent::engine
