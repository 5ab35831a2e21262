// How the fused engine shares a step by rows.
#include <algorithm>

#include "engine/engines/fused_kernel.hpp"

namespace descent::engine {

void FusedKernel::run_rows(const Call& call, machine::Worker& worker) {
  Scratch& scratch = scratch_[static_cast<std::size_t>(worker.index())];
  const auto me = static_cast<std::size_t>(worker.index()), workers = static_cast<std::size_t>(worker.threads());
  // The share of blocks that phase() gives this worker first. It may be empty if there are more workers than blocks.
  const std::size_t mine = std::min(machine::share_begin(plan_.row_blocks, me, workers), plan_.row_blocks - 1),
                    end = machine::share_begin(plan_.row_blocks, me + 1, workers);
  for (std::size_t step = 0; step < call.steps; ++step) {
    worker.phase(plan_.row_blocks, [&](std::size_t block) {
      row_block(call, step, block, block >= mine && block + 1 < end ? block + 1 : mine, scratch);
    });
    if (!call.wants_gradient) continue;
    worker.phase(plan_.slices, [&](std::size_t slice) {
      if (slice == 0 && call.losses != nullptr) call.losses[step] = summed_loss();
      finish_slices(call, step, 0, slice, slice + 1);
    });
  }
}

void FusedKernel::run_serial(const Call& call, Scratch& scratch) {
  for (std::size_t step = 0; step < call.steps; ++step) {
    for (std::size_t block = 0; block < plan_.row_blocks; ++block)
      row_block(call, step, block, block + 1 < plan_.row_blocks ? block + 1 : 0, scratch);
    if (call.losses != nullptr) call.losses[step] = summed_loss();
    if (call.wants_gradient) finish_slices(call, step, 0, 0, plan_.slices);
  }
}

double FusedKernel::summed_loss() const noexcept {
  double loss = 0;
  for (std::size_t b = 0; b < plan_.row_blocks; ++b) loss += sums_[b].loss;
  return loss;
}

void FusedKernel::point(const Call& call, const Tile& tile, int slot, Scratch& scratch) {
  for (std::size_t r = 0; r < tile.rows; ++r) scratch.x[slot][r] = x_.row(row_of(call, tile.step, tile.first + r));
}

/// Works on the tiles of one block. During each tile the rows of the next one are prefetched: the next tile of this
/// block, or the first tile of `next_block`, this worker's next block. That block belongs to the next step if it does
/// not come after this one.
void FusedKernel::row_block(const Call& call, std::size_t step, std::size_t block, std::size_t next_block,
                            Scratch& scratch) {
  const std::size_t stride = round_up(plan_.tile_rows, kPlanLanes);
  const auto tile_at = [&](std::size_t of_step, std::size_t of_block, std::size_t first) {
    return Tile{of_step, first, std::min(plan_.tile_rows, plan_.row_end(of_block) - first)};
  };
  TileSums sums;
  const std::size_t begin = plan_.row_begin(block), end = plan_.row_end(block);
  for (std::size_t first = begin; first < end; first += plan_.tile_rows) {
    const Tile tile = tile_at(step, block, first);
    if (scratch.pointed.step != tile.step || scratch.pointed.first != tile.first)
      point(call, tile, scratch.current, scratch);
    const float* const* const x = scratch.x[scratch.current].data();
    scratch.current ^= 1;
    Tile next = first + plan_.tile_rows < end
                    ? tile_at(step, block, first + plan_.tile_rows)
                    : tile_at(next_block > block ? step : step + 1, next_block, plan_.row_begin(next_block));
    if (next.step < call.steps)
      point(call, next, scratch.current, scratch);
    else
      next.rows = 0;
    scratch.pointed = next;
    for (std::size_t r = 0; r < tile.rows; ++r)
      scratch.labels[r] = problem().data.labels[row_of(call, step, first + r)];

    const Fetch fetch{scratch.x[scratch.current].data(), next.rows};
    const std::size_t early = call.wants_gradient ? kernels_.fetched_by_forward(fetch.rows, outputs_) : fetch.rows;
    tile_scores(x, tile.rows, {fetch.x, early}, scratch);
    const TileSums tile_sums =
        derive_tile(call, {scratch.scores.data(), outputs_, tile.rows, stride}, scratch.labels.data());
    sums += tile_sums;
    if (call.wants_gradient)
      kernels_.backward({.x = x,
                         .rows = tile.rows,
                         .slope = scratch.scores.data(),
                         .slope_stride = stride,
                         .outputs = outputs_,
                         .begin = 0,
                         .end = plan_.vectors,
                         .g = partials_.data() + block * layout_.size() + layout_.origin(0),
                         .g_stride = layout_.stride(0),
                         .add = first != begin,
                         .fetch = {fetch.x + early, fetch.rows - early}});
  }
  sums_[block] = sums;
}

/// Computes the scores of a tile into the scratch, for sharing by rows.
void FusedKernel::tile_scores(const float* const* x, std::size_t rows, const Fetch& fetch, Scratch& scratch) {
  const std::size_t stride = round_up(plan_.tile_rows, kPlanLanes), blocks = plan_.feature_blocks;
  ForwardCall call{.x = x,
                   .rows = rows,
                   .w = w_.data() + layout_.origin(0),
                   .w_stride = layout_.stride(0),
                   .outputs = outputs_,
                   .begin = 0,
                   .end = plan_.vectors,
                   .s = scratch.scores.data(),
                   .s_stride = stride,
                   .fetch = fetch};
  if (blocks == 1) return kernels_.forward(call);
  float* const parts = scratch.parts.data();
  for (std::size_t f = 0; f < blocks; ++f) {
    call.begin = slice_begin_[f];
    call.end = slice_begin_[f + 1];
    call.s = parts + f * outputs_ * stride;
    kernels_.forward(call);
  }
  kernels_.join_scores({.partials = parts,
                        .blocks = blocks,
                        .block_stride = outputs_ * stride,
                        .outputs = outputs_,
                        .rows = rows,
                        .stride = stride,
                        .s = scratch.scores.data()});
}

}  // namespace descent::engine
