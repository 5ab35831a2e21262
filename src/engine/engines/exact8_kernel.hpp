#pragma once

#include <memory>
#include <vector>

#include "descent/core/aligned.hpp"
#include "descent/data/byte_rows.hpp"
#include "engine/engines/exact8_microkernels.hpp"
#include "engine/planned_kernel.hpp"

namespace descent::engine {

/// The rows as bytes: in place if they are stored as bytes, else converted once. Throws InputError as
/// StorageKind::convert.
std::shared_ptr<const data::ByteRows> byte_rows(const data::Dataset& data);

/// The engine `exact8` bound to a problem: rows stay bytes, weights and slopes become 16-bit integers in every step,
/// and all sums over rows and features are exact, so that who computes what changes no bit. The float32 weights stay
/// the master copy; their integers follow from them alone.
class Exact8Kernel final : public PlannedKernel {
 public:
  Exact8Kernel(const LinearProblem& problem, machine::Team& team, const Exact8Microkernels& kernels,
               const SharingSettings& settings);

  Cost cost(std::size_t batch) const override;

 private:
  /// A block of features, and where its weights begin in w_: (outputs, width), 4 KiB unused behind them.
  struct Block : FeatureBlock {
    std::size_t at;
  };
  /// The buffers of one worker.
  struct alignas(2 * core::kCacheLineBytes) Scratch {
    core::AlignedBuffer<float> scores, part;  // part: scores from one block of features
    core::AlignedBuffer<std::int8_t> slopes;  // as integers
    core::AlignedBuffer<std::int32_t> labels;
    // row pointers: of a step and the two after it, or of a tile and the next
    core::AlignedBuffer<const std::uint8_t*> x[3];
    core::AlignedBuffer<std::int32_t> g;     // gradient sums, (outputs, 2, width) by block of features
    core::AlignedBuffer<std::int64_t> wide;  // the same as one number each, for steps on very many rows
    std::vector<const std::int32_t*> parts;  // the workers' sums for one output of a block
    std::size_t x_step[3], derived_step;     // the steps that x, and the derivatives in scores and slopes, belong to
    std::size_t g_step, g_rows, wide_step;   // the steps whose sums g and wide are, and the number of rows in g
    double loss;                             // of the derived step
    int current;
    Tile pointed;  // x[current] points to its rows
  };

  Sharing sharing_of(const Exact8Plan& plan) const;
  void prepare(std::size_t batch, const Call& call) override;
  void run(const Call& call) override;
  std::size_t row_blocks() const noexcept override { return plan_.row_blocks; }
  void take_weights(std::span<const float> w) override;
  void give_weights(std::span<float> w) const override { unpack(w_.data(), w); }
  void give_gradient(std::span<float> gradient) const override { unpack(g_.data(), gradient); }
  void take_state(std::size_t words, std::span<const float> state) override;
  void give_state(std::span<float> state) const override;

  void arrange_blocks();
  void reserve(const Call& call);
  void run_rows(const Call& call, machine::Worker& worker);
  void run_features(const Call& call, machine::Worker& worker);
  void run_serial(const Call& call, Scratch& scratch);

  void row_block(const Call& call, std::size_t step, std::size_t block, std::size_t next_block, Scratch& scratch);
  void tile_scores(const std::uint8_t* const* x, std::size_t rows, const ByteFetch& fetch, Scratch& scratch);
  void point(const Call& call, const Tile& tile, int slot, Scratch& scratch);
  void feature_unit(const Call& call, std::size_t phase, std::size_t unit, std::size_t units, Scratch& scratch);
  void derive(const Call& call, std::size_t step, Scratch& scratch);
  const std::uint8_t* const* pointers(const Call& call, std::size_t step, Scratch& scratch);
  TileSums derive_tile(const Call& call, std::size_t first, std::size_t rows, Scratch& scratch);

  void expect_rows(std::size_t rows, std::size_t step, Scratch& scratch);
  void widen(const Block& block, std::size_t k, Scratch& scratch);
  void add_gradient(const std::uint8_t* const* x, std::size_t first, std::size_t rows, const Block& block,
                    Scratch& scratch);
  void finish(const Call& call, std::size_t step, const Block& block, std::size_t k, std::span<Scratch> from,
              Scratch& mine);
  void finish_wide(const FinishOutputCall& call, std::size_t step, const Block& block, std::size_t k,
                   std::span<Scratch> from);
  void quantise(const Block& block, std::size_t k);

  std::size_t row_of(const Call& call, std::size_t step, std::size_t i) const noexcept {
    return call.rows == nullptr ? i : call.rows[step * plan_.rows + i];
  }
  double summed_loss() const noexcept;

  void unpack(const float* from, std::span<float> parameters) const;
  template <class Visit>
  void for_state(const Visit& visit) const;  // visit(offset in parameters, offset in state_)

  std::shared_ptr<const data::ByteRows> x_;
  const Exact8Microkernels& kernels_;

  float slope_factor_;
  Exact8Plan plan_;
  std::vector<Block> blocks_;
  std::size_t weights_ = 0;       // floats of w_, with gaps
  std::size_t score_stride_ = 0;  // floats between outputs of a tile's or a batch's scores
  std::size_t exchange_stride_ = 0;
  bool plain_ = true;
  std::size_t state_words_ = 0;
  core::AlignedBuffer<float> w_, g_, state_;
  core::AlignedBuffer<std::int8_t> q_;  // weights' integers, two bytes where w_ has a float
  core::AlignedBuffer<float> scale_;    // scales of the scores, by block and output: (blocks, outputs) with gaps
  std::size_t scale_stride_ = 0;
  core::AlignedBuffer<float> exchange_;  // (2, blocks, outputs, score stride) with gaps
  std::vector<Scratch> scratch_;
};

}  // namespace descent::engine
