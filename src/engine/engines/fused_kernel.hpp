#pragma once

#include <algorithm>
#include <vector>

#include "descent/core/aligned.hpp"
#include "descent/data/dense_rows.hpp"
#include "descent/engine/plan.hpp"
#include "engine/engines/fused_layout.hpp"
#include "engine/engines/fused_microkernels.hpp"
#include "engine/planned_kernel.hpp"

namespace descent::engine {

/// The fused engine bound to a problem: tiles of rows go scores → loss → gradient while they lie in cache. Weights and
/// gradients are kept padded inside; everything a step needs is allocated before the first one.
class FusedKernel final : public PlannedKernel {
 public:
  FusedKernel(const LinearProblem& problem, machine::Team& team, const FusedMicrokernels& kernels,
              const SharingSettings& settings);

  std::size_t group_steps(const UpdateRule& rule, std::size_t batch) const override;
  Cost cost(std::size_t batch) const override { return cost(batch, batch == 1); }
  Cost cost_alone(std::size_t batch) const override { return cost(batch, false); }

 private:
  Cost cost(std::size_t batch, bool grouped) const;
  /// Elements of a worker's buffers, without the gaps behind them.
  struct ScratchSizes {
    std::size_t scores = 0, parts = 0, labels = 0, x = 0, group = 0, block_loss = 0;
    bool grow(const ScratchSizes& needed) noexcept;  // raises each size to at least `needed`; true if one grew
  };
  /// The buffers of one worker, which allocates them itself. They end with a gap, so that no other worker's prefetcher
  /// reaches into them.
  struct alignas(2 * core::kCacheLineBytes) Scratch {
    void reserve(const ScratchSizes& sizes);

    core::AlignedBuffer<float> scores, parts;  // parts: (feature blocks, outputs, tile rows or score stride)
    core::AlignedBuffer<std::int32_t> labels;
    core::AlignedBuffer<const float*> x[3];  // row pointers: of a step and the two after it, or of a tile and the next
    std::size_t x_step[3];                   // the step that each x belongs to
    int current;                             // sharing by rows: x[current] points to the rows of `pointed`
    Tile pointed;
    std::size_t derived_step;                // scores hold this step's derivatives
    core::AlignedBuffer<double> block_loss;  // losses of the derived step by row block, or of a walked group by step
    core::AlignedBuffer<float> group;  // for a group of steps on one row: first scores and moves, (steps, width) each
    float grow;                        // 1 + grow is the factor of the group's first weights, besides the moves
  };

  void prepare(std::size_t batch, const Call& call) override;
  void run(const Call& call) override;
  std::size_t row_blocks() const noexcept override { return plan_.row_blocks; }
  void take_weights(std::span<const float> w) override { layout_.pack(w, w_.data()); }
  void give_weights(std::span<float> w) const override { layout_.unpack(w_.data(), w); }
  void give_gradient(std::span<float> gradient) const override { layout_.unpack(g_.data(), gradient); }
  void take_state(std::size_t words, std::span<const float> state) override;
  void give_state(std::span<float> state) const override;

  /// By the settings; a group of steps on one row each has no row blocks to share.
  Sharing sharing_of(const Plan& plan, bool grouped) const;
  void run_rows(const Call& call, machine::Worker& worker);
  void run_features(const Call& call, machine::Worker& worker);
  void run_scores_by_rows(const Call& call, machine::Worker& worker);
  void run_serial(const Call& call, Scratch& scratch);
  void run_groups(const Call& call, machine::Worker& worker);

  void row_block(const Call& call, std::size_t step, std::size_t block, std::size_t next_block, Scratch& scratch);
  void tile_scores(const float* const* x, std::size_t rows, const Fetch& fetch, Scratch& scratch);
  void point(const Call& call, const Tile& tile, int slot, Scratch& scratch);
  void finish_slices(const Call& call, std::size_t step, std::size_t unit, std::size_t begin, std::size_t end);
  void feature_unit(const Call& call, std::size_t phase, std::size_t unit, Scratch& scratch);
  void unit_scores(std::size_t unit, const float* const* x, const Fetch& fetch, float* out, Scratch& scratch);
  void derive(const Call& call, std::size_t step, Scratch& scratch);
  void group_unit(const Call& call, std::size_t group, std::size_t unit, Scratch& scratch);
  void group_scores(std::size_t rows, std::size_t unit, const float* const* x, const Fetch& fetch, float* out,
                    Scratch& scratch);
  void walk_group(const Call& call, std::size_t group, Scratch& scratch);
  const float* const* group_pointers(const Call& call, std::size_t group, Scratch& scratch);
  std::size_t steps_of(const Call& call, std::size_t group) const noexcept {
    return std::min(plan_.group_steps, call.steps - group * plan_.group_steps);
  }
  TileSums derive_tile(const Call& call, loss::ScoreTile tile, const std::int32_t* labels);
  const float* const* pointers(const Call& call, std::size_t step, Scratch& scratch);
  std::size_t row_of(const Call& call, std::size_t step, std::size_t i) const noexcept {
    return call.rows == nullptr ? i : call.rows[step * plan_.rows + i];
  }
  double summed_loss() const noexcept;

  template <class Visit>
  void for_state(const Visit& visit) const;  // visit(offset in parameters, offset in state_, count)
  /// In the state, the words of a slice of output k lie together: word 0 of all its elements, then word 1, …
  std::size_t state_at(std::size_t unit, std::size_t k, std::size_t slice) const noexcept {
    return state_words_ * (layout_.origin(unit) + k * layout_.stride(unit) + slice_begin_[slice] * kPlanLanes);
  }

  data::DenseRows x_;
  const FusedMicrokernels& kernels_;

  Plan plan_;
  ParameterLayout layout_;
  // of partial scores: one per unit if joined, else one per slice
  std::size_t exchanged_blocks_ = 1, exchange_stride_ = 0;
  std::size_t score_stride_ = 0;  // floats between outputs of a batch's scores
  bool plain_ = true;
  std::size_t state_words_ = 0;
  core::AlignedBuffer<float> w_, g_, state_;  // in the layout; state by unit, output, slice, word
  core::AlignedBuffer<float> partials_;       // (row blocks, layout)
  core::AlignedBuffer<float> exchange_;       // (2, exchanged blocks, outputs, score stride), or shared derivatives
  std::vector<std::size_t> slice_begin_;
  ScratchSizes scratch_sizes_;
  std::vector<Scratch> scratch_;
};

}  // namespace descent::engine
