#include "descent/engine/plan.hpp"

#include <algorithm>

namespace descent::engine {
namespace {

// More row blocks cost joins and buffers (a block's gradient is outputs × features floats); fewer leave cores without
// work.
constexpr std::size_t kMaxRowBlocks = 128;
constexpr std::size_t kMaxBlockBytes = std::size_t{256} << 20;
// Up to kFewRows rows, small blocks give more threads something to do; beyond, larger blocks halve the number of
// gradients that a step joins.
constexpr std::size_t kSmallestRowBlock = 64, kFewRows = 4096;
constexpr std::size_t kRowStep = 16;  // the losses write whole vectors of 16 examples
// Up to this batch size threads may share the features, which needs scores in several feature blocks. For larger
// batches rows are shared, and more feature blocks would only cost lane reductions.
constexpr std::size_t kLargestSharedFeatures = 512;
// vectors; steps on one row have less work to share
constexpr std::size_t kSmallestSlice = 12, kSmallestSliceOfGroups = 24;
constexpr std::size_t kMaxSlices = 64;

// Per step, the inner products of a group's rows cost as much as the scores of (group − 1)/2 outputs. A longer group
// saves more passes over the weights. So groups are long only if there are enough outputs.
constexpr std::size_t kOutputsForLongGroups = 4, kShortGroup = 4;

constexpr std::size_t divide_up(std::size_t a, std::size_t b) { return (a + b - 1) / b; }
constexpr std::size_t round_up(std::size_t a, std::size_t b) { return divide_up(a, b) * b; }

}  // namespace

Plan make_plan(std::size_t rows, std::size_t features, std::size_t outputs) {
  Plan plan;
  plan.rows = rows;
  plan.vectors = divide_up(features, kPlanLanes);
  const std::size_t row_bytes = plan.vectors * kPlanLanes * sizeof(float);

  // A tile's rows are read twice, by scores and by gradient. With one or two outputs a tile fits into L1 if 16 rows do;
  // else it takes less than half of a 512 KiB L2.
  const std::size_t tile_bytes = outputs <= 2 ? std::size_t{32} << 10 : std::size_t{200} << 10;
  plan.tile_rows = std::clamp(tile_bytes / row_bytes / kRowStep * kRowStep, kRowStep, std::size_t{256});

  const std::size_t most = std::max<std::size_t>(1, std::min(kMaxRowBlocks, kMaxBlockBytes / (row_bytes * outputs)));
  plan.rows_per_block =
      std::max(divide_up(rows, most), std::min(rows, rows > kFewRows ? 2 * kSmallestRowBlock : kSmallestRowBlock));
  plan.rows_per_block = round_up(plan.rows_per_block, plan.rows_per_block > plan.tile_rows ? plan.tile_rows : kRowStep);
  plan.rows_per_block = std::min(plan.rows_per_block, rows);
  plan.row_blocks = divide_up(rows, plan.rows_per_block);

  const std::size_t smallest = rows == 1 ? kSmallestSliceOfGroups : kSmallestSlice;
  plan.slices = std::clamp(plan.vectors / smallest, std::size_t{1}, kMaxSlices);
  plan.feature_blocks = rows <= kLargestSharedFeatures ? plan.slices : 1;
  if (rows == 1) plan.group_steps = outputs >= kOutputsForLongGroups ? kMostGroupSteps : kShortGroup;
  return plan;
}

}  // namespace descent::engine
