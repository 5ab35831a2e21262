// How `exact8` takes a step, and how workers share it.
#include <algorithm>
#include <cmath>

#include "engine/engines/exact8_kernel.hpp"
#include "engine/engines/fused_layout.hpp"

namespace descent::engine {
namespace {

constexpr std::size_t kMostFinishUnits = 256;  // of a phase

}  // namespace

// ---- gradient sums --------------------------------------------------------------------------------------------------

/// Prepares scratch.g for the sums of `rows` more rows of a step: discards the sums of an earlier step, and moves sums
/// that would no longer fit into int32 to scratch.wide.
void Exact8Kernel::expect_rows(std::size_t rows, std::size_t step, Scratch& scratch) {
  if (scratch.g_step != step) scratch.g_step = step, scratch.g_rows = 0;
  if (scratch.g_rows + rows > kMostSummedRows) {
    if (scratch.wide_step != step) scratch.wide.zero(), scratch.wide_step = step;
    for (const Block& block : blocks_)
      for (std::size_t k = 0; k < outputs_; ++k) widen(block, k, scratch);
    scratch.g_rows = 0;
  }
  scratch.g_rows += rows;
}

/// Adds the int32 sums of one output of a block to the wide ones.
void Exact8Kernel::widen(const Block& block, std::size_t k, Scratch& scratch) {
  const std::size_t at = block.at + k * block.width;
  const std::int32_t* const g = scratch.g.data() + 2 * at;
  for (std::size_t j = 0; j < block.width; ++j)
    scratch.wide[at + j] += 256 * static_cast<std::int64_t>(g[j]) + g[block.width + j];
}

/// Adds the gradient sums of the rows announced to expect_rows(); their slopes begin at `first`, and x are their
/// pointers.
void Exact8Kernel::add_gradient(const std::uint8_t* const* x, std::size_t first, std::size_t rows, const Block& block,
                                Scratch& scratch) {
  kernels_.backward({.x = x,
                     .rows = rows,
                     .block = block,
                     .q = scratch.slopes.data(),
                     .q_stride = score_stride_,
                     .first = first,
                     .outputs = outputs_,
                     .g = scratch.g.data() + 2 * block.at,
                     .add = scratch.g_rows > rows,
                     .fetch = {}});
}

/// Computes the mean gradient of one output of a block from the sums of all workers, and takes the step.
void Exact8Kernel::finish(const Call& call, std::size_t step, const Block& block, std::size_t k,
                          std::span<Scratch> from, Scratch& mine) {
  const bool update = call.rates != nullptr, by_rule = update && !plain_;
  const std::size_t at = block.at + k * block.width;
  const float rate = update ? static_cast<float>(call.rates[step]) : 0.0F;
  const auto scale =
      static_cast<float>(x_->scale() / (static_cast<double>(slope_factor_) * static_cast<double>(plan_.rows)));
  FinishOutputCall output{.g = mine.parts.data(),
                          .workers = 0,
                          .width = block.width,
                          .w = w_.data() + at,
                          .g_out = !update || by_rule ? g_.data() + at : nullptr,
                          .scale = scale,
                          .l2 = static_cast<float>(problem().l2),
                          .rate = rate,
                          .update = update && plain_};
  if (plan_.rows <= kMostSummedRows) {
    for (Scratch& worker : from)
      if (worker.g_step == step) mine.parts[output.workers++] = worker.g.data() + 2 * at;
    kernels_.finish(output);
  } else {
    finish_wide(output, step, block, k, from);
  }
  if (!update) return;
  if (by_rule)
    call.rule->update({output.w, block.width}, {output.g_out, block.width},
                      {state_.data() + at * state_words_, block.width * state_words_}, {rate, call.first_step + step});
  quantise(block, k);
}

/// The same from sums that may not fit into int32. With so many rows, this is a small part of a step.
void Exact8Kernel::finish_wide(const FinishOutputCall& call, std::size_t step, const Block& block, std::size_t k,
                               std::span<Scratch> from) {
  const std::size_t at = block.at + k * block.width;
  for (std::size_t j = 0; j < block.width; ++j) {
    std::int64_t sum = 0;
    for (const Scratch& worker : from) {
      if (worker.wide_step == step) sum += worker.wide[at + j];
      if (worker.g_step != step) continue;
      const std::int32_t* const g = worker.g.data() + 2 * at;
      sum += 256 * static_cast<std::int64_t>(g[j]) + g[block.width + j];
    }
    const std::int64_t high = (sum + 128) >> 8;
    const float whole = std::fma(static_cast<float>(high), 256.0F, static_cast<float>(sum - 256 * high));
    const float g = std::fma(call.l2, call.w[j], whole * call.scale);
    if (call.update) call.w[j] = std::fma(-call.rate, g, call.w[j]);
    if (call.g_out != nullptr) call.g_out[j] = g;
  }
}

/// Replaces the scratch's scores of `rows` rows from `first` on by their derivatives, and computes the slopes'
/// integers.
TileSums Exact8Kernel::derive_tile(const Call& call, std::size_t first, std::size_t rows, Scratch& scratch) {
  const TileSums sums = sum_tile(problem().loss, {scratch.scores.data() + first, outputs_, rows, score_stride_},
                                 {scratch.labels.data(), rows}, call.wanted);
  if (call.wants_gradient)
    kernels_.quantise_slopes({.slope = scratch.scores.data(),
                              .stride = score_stride_,
                              .outputs = outputs_,
                              .first = first,
                              .rows = rows,
                              .factor = slope_factor_,
                              .q = scratch.slopes.data()});
  return sums;
}

// ---- by rows --------------------------------------------------------------------------------------------------------

void Exact8Kernel::run_rows(const Call& call, machine::Worker& worker) {
  Scratch& scratch = scratch_[static_cast<std::size_t>(worker.index())];
  const auto me = static_cast<std::size_t>(worker.index()), workers = static_cast<std::size_t>(worker.threads());
  // The share of blocks that phase() gives this worker first. It may be empty if there are more workers than blocks.
  const std::size_t mine = std::min(machine::share_begin(plan_.row_blocks, me, workers), plan_.row_blocks - 1),
                    end = machine::share_begin(plan_.row_blocks, me + 1, workers);
  const std::size_t parts = blocks_.size() * outputs_, units = std::min(parts, kMostFinishUnits);
  for (std::size_t step = 0; step < call.steps; ++step) {
    worker.phase(plan_.row_blocks, [&](std::size_t block) {
      row_block(call, step, block, block >= mine && block + 1 < end ? block + 1 : mine, scratch);
    });
    if (!call.wants_gradient) continue;
    worker.phase(units, [&](std::size_t unit) {
      if (unit == 0 && call.losses != nullptr) call.losses[step] = summed_loss();
      for (std::size_t p = parts * unit / units; p < parts * (unit + 1) / units; ++p)
        finish(call, step, blocks_[p / outputs_], p % outputs_, scratch_, scratch);
    });
  }
}

void Exact8Kernel::run_serial(const Call& call, Scratch& scratch) {
  for (std::size_t step = 0; step < call.steps; ++step) {
    for (std::size_t block = 0; block < plan_.row_blocks; ++block)
      row_block(call, step, block, block + 1 < plan_.row_blocks ? block + 1 : 0, scratch);
    if (call.losses != nullptr) call.losses[step] = summed_loss();
    if (!call.wants_gradient) continue;
    for (const Block& block : blocks_)
      for (std::size_t k = 0; k < outputs_; ++k) finish(call, step, block, k, {&scratch, 1}, scratch);
  }
}

/// Sets the row pointers of a tile; those behind them, up to the next multiple of 16, point to the tile's first row.
void Exact8Kernel::point(const Call& call, const Tile& tile, int slot, Scratch& scratch) {
  auto& x = scratch.x[slot];
  const core::MatrixView<const std::uint8_t> rows = x_->view();
  for (std::size_t r = 0; r < tile.rows; ++r) x[r] = rows.row(row_of(call, tile.step, tile.first + r));
  for (std::size_t r = tile.rows; r % kChunkFeatures != 0; ++r) x[r] = x[0];
}

/// Works on the tiles of one block. During each tile the rows of the next one are prefetched: the next tile of this
/// block, or the first tile of `next_block`, this worker's next block. That block belongs to the next step if it does
/// not come after this one.
void Exact8Kernel::row_block(const Call& call, std::size_t step, std::size_t block, std::size_t next_block,
                             Scratch& scratch) {
  const auto tile_at = [&](std::size_t of_step, std::size_t of_block, std::size_t first) {
    return Tile{of_step, first, std::min(plan_.tile_rows, plan_.row_end(of_block) - first)};
  };
  TileSums sums;
  const std::size_t begin = plan_.row_begin(block), end = plan_.row_end(block);
  for (std::size_t first = begin; first < end; first += plan_.tile_rows) {
    const Tile tile = tile_at(step, block, first);
    if (scratch.pointed.step != tile.step || scratch.pointed.first != tile.first)
      point(call, tile, scratch.current, scratch);
    const std::uint8_t* const* const x = scratch.x[scratch.current].data();
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

    tile_scores(x, tile.rows, {scratch.x[scratch.current].data(), next.rows}, scratch);
    sums += derive_tile(call, 0, tile.rows, scratch);
    if (!call.wants_gradient) continue;
    expect_rows(tile.rows, step, scratch);
    for (const Block& of : blocks_) add_gradient(x, 0, tile.rows, of, scratch);
  }
  sums_[block] = sums;
}

/// Computes the scores of a tile into the scratch, one block of features after the other.
void Exact8Kernel::tile_scores(const std::uint8_t* const* x, std::size_t rows, const ByteFetch& fetch,
                               Scratch& scratch) {
  for (std::size_t b = 0; b < blocks_.size(); ++b) {
    const Block& block = blocks_[b];
    float* const s = b == 0 ? scratch.scores.data() : scratch.part.data();
    kernels_.forward({.x = x,
                      .rows = rows,
                      .block = block,
                      .q = q_.data() + 2 * block.at,
                      .scale = scale_.data() + b * scale_stride_,
                      .outputs = outputs_,
                      .s = s,
                      .s_stride = score_stride_,
                      .fetch = fetch});
    if (b > 0) kernels_.add(s, outputs_ * score_stride_, scratch.scores.data());
  }
}

// ---- by features ----------------------------------------------------------------------------------------------------

void Exact8Kernel::run_features(const Call& call, machine::Worker& worker) {
  Scratch& scratch = scratch_[static_cast<std::size_t>(worker.index())];
  const std::size_t units = std::min(static_cast<std::size_t>(worker.threads()), blocks_.size());
  for (std::size_t p = 0; p <= call.steps; ++p)
    worker.phase(units, [&](std::size_t unit) { feature_unit(call, p, unit, units, scratch); });
}

/// One unit's part of phase p. It ends step p − 1 (derivatives, gradient and update of its blocks of features), then
/// begins step p (partial scores of its blocks with the new weights). Exchange buffers alternate, so one join per step
/// is enough. The rows of step p + 1 are prefetched during the scores of step p.
void Exact8Kernel::feature_unit(const Call& call, std::size_t p, std::size_t unit, std::size_t units,
                                Scratch& scratch) {
  const std::size_t first_block = blocks_.size() * unit / units, end_block = blocks_.size() * (unit + 1) / units;
  if (p > 0) {
    derive(call, p - 1, scratch);
    if (unit == 0 && call.losses != nullptr) call.losses[p - 1] = scratch.loss;
    const std::uint8_t* const* const x = pointers(call, p - 1, scratch);
    scratch.g_step = scratch.wide_step = kNone;  // this worker may have done another unit of this phase
    for (std::size_t first = 0; first < plan_.rows; first += plan_.tile_rows) {
      const std::size_t rows = std::min(plan_.tile_rows, plan_.rows - first);
      expect_rows(rows, p - 1, scratch);
      for (std::size_t b = first_block; b < end_block; ++b) add_gradient(x + first, first, rows, blocks_[b], scratch);
    }
    for (std::size_t b = first_block; b < end_block; ++b)
      for (std::size_t k = 0; k < outputs_; ++k) finish(call, p - 1, blocks_[b], k, {&scratch, 1}, scratch);
  }
  if (p == call.steps) return;
  const std::uint8_t* const* const x = pointers(call, p, scratch);
  ByteFetch fetch;
  if (call.rows != nullptr && p + 1 < call.steps) fetch = {pointers(call, p + 1, scratch), plan_.rows};
  float* const out = exchange_.data() + (p & 1) * blocks_.size() * exchange_stride_;
  for (std::size_t b = first_block; b < end_block; ++b)
    kernels_.forward({.x = x,
                      .rows = plan_.rows,
                      .block = blocks_[b],
                      .q = q_.data() + 2 * blocks_[b].at,
                      .scale = scale_.data() + b * scale_stride_,
                      .outputs = outputs_,
                      .s = out + b * exchange_stride_,
                      .s_stride = score_stride_,
                      .fetch = fetch});
}

/// Joins the partial scores of a step and computes their derivatives, once per worker and step.
void Exact8Kernel::derive(const Call& call, std::size_t step, Scratch& scratch) {
  if (scratch.derived_step == step) return;
  scratch.derived_step = step;
  const std::size_t scores = outputs_ * score_stride_;
  const float* const parts = exchange_.data() + (step & 1) * blocks_.size() * exchange_stride_;
  std::copy_n(parts, scores, scratch.scores.data());
  for (std::size_t b = 1; b < blocks_.size(); ++b)
    kernels_.add(parts + b * exchange_stride_, scores, scratch.scores.data());
  scratch.loss = 0;
  for (std::size_t b = 0; b < plan_.row_blocks; ++b) {
    double sum = 0;
    for (std::size_t first = plan_.row_begin(b); first < plan_.row_end(b); first += plan_.tile_rows) {
      const std::size_t rows = std::min(plan_.tile_rows, plan_.row_end(b) - first);
      for (std::size_t r = 0; r < rows; ++r) scratch.labels[r] = problem().data.labels[row_of(call, step, first + r)];
      sum += derive_tile(call, first, rows, scratch).loss;
    }
    scratch.loss += sum;
  }
}

const std::uint8_t* const* Exact8Kernel::pointers(const Call& call, std::size_t step, Scratch& scratch) {
  const std::size_t slot = step % 3;
  if (scratch.x_step[slot] != step) {
    scratch.x_step[slot] = step;
    point(call, {step, 0, plan_.rows}, static_cast<int>(slot), scratch);
  }
  return scratch.x[slot].data();
}

}  // namespace descent::engine
