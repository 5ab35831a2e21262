#include "engine/engines/exact8_plan.hpp"

#include <algorithm>

namespace descent::engine {
namespace {

constexpr std::size_t kRowStep = 16;  // the losses write whole vectors of 16 examples
// A tile's rows are read twice, by scores and by gradient, the second time from L2. The gradient's sums over a tile
// must also fit into int32 (kMostBackwardRows of exact8_microkernels.hpp).
constexpr std::size_t kTileBytes = std::size_t{120} << 10, kMostTileRows = 256;
constexpr std::size_t kMaxRowBlocks = 256;
// Up to this batch size threads may share the features; scores are then summed in blocks of about six lines. For larger
// batches rows are shared, and a block is as long as possible while its weights keep most of their 16 bits
// (exact8_numbers.hpp).
constexpr std::size_t kLargestSharedFeatures = 512, kLinesOfSharedBlock = 6, kLinesOfBlock = 64;

// Speed of the products relative to float32, and bytes of a float; used by the cost model alone.
constexpr double kFasterThanFloats = 1.8, kFloatBytes = 4;
constexpr double kPasses = 14;  // passes over the float weights per step: sums, update, and two for their new integers
constexpr double kFloatsPerLine = 16;

constexpr std::size_t divide_up(std::size_t a, std::size_t b) { return (a + b - 1) / b; }
constexpr std::size_t round_up(std::size_t a, std::size_t b) { return divide_up(a, b) * b; }

/// The share of `blocks` equal blocks that the busiest of `threads` threads does.
double busiest(std::size_t blocks, int threads) {
  const auto t = static_cast<std::size_t>(threads);
  return static_cast<double>(divide_up(blocks, t)) / static_cast<double>(blocks);
}

double predicted_seconds(const MachineModel& model, const Exact8Plan& plan, std::size_t outputs, int threads,
                         Sharing sharing) {
  const auto rows = static_cast<double>(round_up(plan.rows, 4)), c = static_cast<double>(outputs),
             d = static_cast<double>(plan.lines * kLineFeatures);
  const int workers = sharing == Sharing::serial ? 1 : threads;
  const double work =
      std::max(4 * rows * d * c / (kFasterThanFloats * model.flop_per_s), rows * d / beyond_l2(model, workers));
  const double derivatives = rows * c * model.derivative_seconds, join = workers > 1 ? model.join_seconds : 0;
  const double pass = kFloatBytes * d * c / model.cache_bytes_per_s;
  if (sharing == Sharing::features) {
    const double share = busiest(plan.feature_blocks, workers);
    const double others = static_cast<double>(std::min(static_cast<std::size_t>(workers), plan.feature_blocks)) - 1;
    return work * share + derivatives + pass * kPasses * share +
           rows * c / kFloatsPerLine * others * model.line_seconds + join;
  }
  // Sharing by rows: a worker fetches the others' sums of its outputs (two integers per weight), then the new integers
  // of all weights.
  const double remote = 1 - 1.0 / workers, lines = 2.5 * d * c / kFloatsPerLine * remote;
  return (work + derivatives) * busiest(plan.row_blocks, workers) +
         pass * (kPasses * busiest(plan.feature_blocks * outputs, workers) + 4 * remote) + lines * model.line_seconds +
         2 * join;
}

}  // namespace

Exact8Plan make_exact8_plan(std::size_t rows, std::size_t features) {
  Exact8Plan plan;
  plan.rows = rows;
  plan.features = features;
  plan.lines = divide_up(features, kLineFeatures);
  // The number of tiles is the smallest that fits, and all have about the same size: a batch of 1,024 is eight tiles of
  // 128 rows, not seven of 144 and a rest.
  const std::size_t most =
      std::clamp(kTileBytes / (plan.lines * kLineFeatures) / kRowStep * kRowStep, kRowStep, kMostTileRows);
  plan.tile_rows = round_up(divide_up(rows, divide_up(rows, most)), kRowStep);
  const std::size_t tiles = divide_up(rows, plan.tile_rows);
  plan.rows_per_block = std::min(rows, divide_up(tiles, kMaxRowBlocks) * plan.tile_rows);
  plan.row_blocks = divide_up(rows, plan.rows_per_block);
  plan.feature_blocks = rows <= kLargestSharedFeatures ? std::max<std::size_t>(1, plan.lines / kLinesOfSharedBlock)
                                                       : divide_up(plan.lines, kLinesOfBlock);
  return plan;
}

Sharing choose_exact8_sharing(const MachineModel& model, const Exact8Plan& plan, std::size_t outputs, int threads) {
  Sharing best = Sharing::serial;
  double least = predicted_seconds(model, plan, outputs, 1, Sharing::serial);
  for (const Sharing sharing : {Sharing::features, Sharing::rows}) {
    const double seconds = predicted_seconds(model, plan, outputs, threads, sharing);
    if (seconds < least) best = sharing, least = seconds;
  }
  return best;
}

}  // namespace descent::engine
