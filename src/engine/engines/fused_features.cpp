// How the fused engine shares a step by features.
#include <algorithm>

#include "engine/engines/fused_kernel.hpp"

namespace descent::engine {

void FusedKernel::run_features(const Call& call, machine::Worker& worker) {
  Scratch& scratch = scratch_[static_cast<std::size_t>(worker.index())];
  for (std::size_t p = 0; p <= call.steps; ++p)
    worker.phase(layout_.units(), [&](std::size_t unit) { feature_unit(call, p, unit, scratch); });
}

/// One unit's part of phase p. It ends step p − 1 (derivatives, gradient and update of its slices), then begins step p
/// (partial scores of its slices with the new weights). Exchange buffers alternate, so one join per step is enough.
void FusedKernel::feature_unit(const Call& call, std::size_t p, std::size_t unit, Scratch& scratch) {
  const std::size_t first_slice = layout_.first_slice(unit), last_slice = layout_.first_slice(unit + 1);
  const float* const* const next = p < call.steps ? pointers(call, p, scratch) : nullptr;
  // The rows of step p + 1 are prefetched during this phase: those before `early` during the gradient, the others
  // during the scores.
  const float* const* const later =
      call.rows != nullptr && p + 1 < call.steps ? pointers(call, p + 1, scratch) : nullptr;
  const std::size_t early = plan_.rows - (p > 0 ? kernels_.fetched_by_forward(plan_.rows, outputs_) : plan_.rows);
  if (p > 0) {
    derive(call, p - 1, scratch);
    if (unit == 0 && call.losses != nullptr) {
      double loss = 0;
      for (std::size_t b = 0; b < plan_.row_blocks; ++b) loss += scratch.block_loss[b];
      call.losses[p - 1] = loss;
    }
    const float* const* const x = pointers(call, p - 1, scratch);
    for (std::size_t b = 0; b < plan_.row_blocks; ++b) {
      const std::size_t first = plan_.row_begin(b), rows = plan_.row_end(b) - first;
      const std::size_t from = early * first / plan_.rows, to = early * (first + rows) / plan_.rows;
      kernels_.backward({.x = x + first,
                         .rows = rows,
                         .slope = scratch.scores.data() + first,
                         .slope_stride = score_stride_,
                         .outputs = outputs_,
                         .begin = layout_.begin(unit),
                         .end = layout_.end(unit),
                         .g = partials_.data() + b * layout_.size() + layout_.origin(unit),
                         .g_stride = layout_.stride(unit),
                         .add = false,
                         .fetch = later == nullptr ? Fetch{} : Fetch{later + from, to - from}});
    }
    finish_slices(call, p - 1, unit, first_slice, last_slice);
  }
  if (next == nullptr) return;
  unit_scores(unit, next, later == nullptr ? Fetch{} : Fetch{later + early, plan_.rows - early},
              exchange_.data() + (p & 1) * exchanged_blocks_ * exchange_stride_, scratch);
}

/// Writes the partial scores of a unit's slices into the exchange buffer. If the unit is a subtree of the whole tree
/// they are joined first, so that other workers have less to fetch.
void FusedKernel::unit_scores(std::size_t unit, const float* const* x, const Fetch& fetch, float* out,
                              Scratch& scratch) {
  const std::size_t block = outputs_ * score_stride_;
  ForwardCall call{.x = x,
                   .rows = plan_.rows,
                   .w = w_.data() + layout_.origin(unit),
                   .w_stride = layout_.stride(unit),
                   .outputs = outputs_,
                   .begin = 0,
                   .end = plan_.vectors,
                   .s = out,
                   .s_stride = score_stride_,
                   .fetch = fetch};
  if (plan_.feature_blocks == 1) return kernels_.forward(call);
  const std::size_t first = layout_.first_slice(unit), last = layout_.first_slice(unit + 1);
  const bool joins = exchanged_blocks_ < plan_.feature_blocks;
  for (std::size_t s = first; s < last; ++s) {
    call.begin = slice_begin_[s];
    call.end = slice_begin_[s + 1];
    call.s = joins ? scratch.parts.data() + (s - first) * block : out + s * exchange_stride_;
    kernels_.forward(call);
  }
  if (joins)
    kernels_.join_scores({.partials = scratch.parts.data(),
                          .blocks = last - first,
                          .block_stride = block,
                          .outputs = outputs_,
                          .rows = plan_.rows,
                          .stride = score_stride_,
                          .s = out + unit * exchange_stride_});
}

/// Joins the partial scores of a step and computes their derivatives, once per worker and step.
void FusedKernel::derive(const Call& call, std::size_t step, Scratch& scratch) {
  if (scratch.derived_step == step) return;
  scratch.derived_step = step;
  kernels_.join_scores({.partials = exchange_.data() + (step & 1) * exchanged_blocks_ * exchange_stride_,
                        .blocks = exchanged_blocks_,
                        .block_stride = exchange_stride_,
                        .outputs = outputs_,
                        .rows = plan_.rows,
                        .stride = score_stride_,
                        .s = scratch.scores.data()});
  for (std::size_t b = 0; b < plan_.row_blocks; ++b) {
    scratch.block_loss[b] = 0;
    for (std::size_t first = plan_.row_begin(b); first < plan_.row_end(b); first += plan_.tile_rows) {
      const std::size_t rows = std::min(plan_.tile_rows, plan_.row_end(b) - first);
      for (std::size_t r = 0; r < rows; ++r) scratch.labels[r] = problem().data.labels[row_of(call, step, first + r)];
      scratch.block_loss[b] +=
          derive_tile(call, {scratch.scores.data() + first, outputs_, rows, score_stride_}, scratch.labels.data()).loss;
    }
  }
}

const float* const* FusedKernel::pointers(const Call& call, std::size_t step, Scratch& scratch) {
  const std::size_t slot = step % 3;
  if (scratch.x_step[slot] != step) {
    scratch.x_step[slot] = step;
    for (std::size_t i = 0; i < plan_.rows; ++i) scratch.x[slot][i] = x_.row(row_of(call, step, i));
  }
  return scratch.x[slot].data();
}

/// Sharing by features if the plan has one feature block: scores are shared by rows, gradient and update by slices.
void FusedKernel::run_scores_by_rows(const Call& call, machine::Worker& worker) {
  Scratch& scratch = scratch_[static_cast<std::size_t>(worker.index())];
  for (std::size_t step = 0; step < call.steps; ++step) {
    worker.phase(plan_.row_blocks, [&](std::size_t b) {
      const float* const* const x = pointers(call, step, scratch);
      TileSums sums;
      for (std::size_t first = plan_.row_begin(b); first < plan_.row_end(b); first += plan_.tile_rows) {
        const std::size_t rows = std::min(plan_.tile_rows, plan_.row_end(b) - first);
        for (std::size_t r = 0; r < rows; ++r) scratch.labels[r] = problem().data.labels[row_of(call, step, first + r)];
        float* const s = exchange_.data() + first;
        kernels_.forward({.x = x + first,
                          .rows = rows,
                          .w = w_.data(),
                          .w_stride = layout_.stride(0),
                          .outputs = outputs_,
                          .begin = 0,
                          .end = plan_.vectors,
                          .s = s,
                          .s_stride = score_stride_,
                          .fetch = {}});
        sums.loss += derive_tile(call, {s, outputs_, rows, score_stride_}, scratch.labels.data()).loss;
      }
      sums_[b] = sums;
    });
    worker.phase(plan_.slices, [&](std::size_t slice) {
      if (slice == 0 && call.losses != nullptr) call.losses[step] = summed_loss();
      const float* const* const x = pointers(call, step, scratch);
      for (std::size_t b = 0; b < plan_.row_blocks; ++b) {
        const std::size_t first = plan_.row_begin(b);
        kernels_.backward({.x = x + first,
                           .rows = plan_.row_end(b) - first,
                           .slope = exchange_.data() + first,
                           .slope_stride = score_stride_,
                           .outputs = outputs_,
                           .begin = slice_begin_[slice],
                           .end = slice_begin_[slice + 1],
                           .g = partials_.data() + b * layout_.size(),
                           .g_stride = layout_.stride(0),
                           .add = false,
                           .fetch = {}});
      }
      finish_slices(call, step, 0, slice, slice + 1);
    });
  }
}

}  // namespace descent::engine
