#include "descent/engine/plan.hpp"

#include <algorithm>

namespace descent {
namespace {

// More blocks cost joins and buffers (a block's gradient is columns × features floats); fewer leave cores without work.
constexpr std::size_t kMaxRowBlocks = 128;
constexpr std::size_t kMaxBlockBytes = std::size_t{256} << 20;
constexpr std::size_t kSmallestRowBlock = 64;
// Up to this batch, threads may share the features, which needs scores in several feature blocks; beyond, rows are shared,
// and further blocks would only cost lane reductions.
constexpr std::size_t kLargestSharedFeatures = 512;
constexpr std::size_t kSmallestFeatureBlock = 12;  // 16-lane vectors
constexpr std::size_t kMaxFeatureBlocks = 64;

constexpr std::size_t divide_up(std::size_t a, std::size_t b) { return (a + b - 1) / b; }

}  // namespace

Plan make_plan(std::size_t rows, std::size_t features, std::size_t columns) {
  Plan plan;
  plan.rows = rows;
  plan.vectors = divide_up(features, kLanes);
  const std::size_t row_bytes = plan.vectors * kLanes * sizeof(float);

  // A tile's rows are read twice, by scores and by gradient: with few columns from L1, else from half of a 512 KiB L2.
  const std::size_t tile_bytes = columns <= 2 ? std::size_t{24} << 10 : std::size_t{200} << 10;
  const std::size_t step = columns <= 2 ? 8 : 16;
  plan.tile_rows = std::clamp(tile_bytes / row_bytes / step * step, step, std::size_t{256});

  const std::size_t most = std::max<std::size_t>(1, std::min(kMaxRowBlocks, kMaxBlockBytes / (row_bytes * columns)));
  plan.rows_per_block = std::max(divide_up(rows, most), std::min(rows, kSmallestRowBlock));
  if (plan.rows_per_block > plan.tile_rows) plan.rows_per_block = divide_up(plan.rows_per_block, plan.tile_rows) * plan.tile_rows;
  plan.rows_per_block = std::min(plan.rows_per_block, rows);
  plan.row_blocks = divide_up(rows, plan.rows_per_block);

  if (rows <= kLargestSharedFeatures)
    plan.feature_blocks = std::clamp(plan.vectors / kSmallestFeatureBlock, std::size_t{1}, kMaxFeatureBlocks);
  return plan;
}

}  // namespace descent
