#include "engine/engines/exact8_kernel.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "descent/engine/linear_objective.hpp"
#include "engine/engines/fused_layout.hpp"

namespace descent::engine {

Exact8Kernel::Exact8Kernel(const LinearProblem& problem, machine::Team& team, const Exact8Microkernels& kernels,
                           const SharingSettings& settings)
    : PlannedKernel(problem, team, settings),
      x_(byte_rows(problem.data)),
      kernels_(kernels),
      slope_factor_(slope_factor(problem.loss.largest_slope(outputs_).value())),
      scratch_(static_cast<std::size_t>(team.threads())) {}

double Exact8Kernel::summed_loss() const noexcept {
  double loss = 0;
  for (std::size_t b = 0; b < plan_.row_blocks; ++b) loss += sums_[b].loss;
  return loss;
}

Cost Exact8Kernel::cost(std::size_t batch) const {
  Cost cost = linear_cost(problem(), batch);
  const double values = static_cast<double>(batch) * static_cast<double>(problem().data.width());
  cost.bytes -= 3.0 * values;  // a byte, not a float
  // scores and gradient; multiplication and addition
  const double products = 4.0 * values * static_cast<double>(outputs_);
  cost.flops -= products;
  cost.int8_ops = kernels_.byte_products * products;
  const Sharing sharing = sharing_of(make_exact8_plan(batch, problem().data.width()));
  if (team_.threads() > 1) cost.joins = sharing == Sharing::rows ? 2 : sharing == Sharing::features ? 1 : 0;
  return cost;
}

Sharing Exact8Kernel::sharing_of(const Exact8Plan& plan) const {
  if (settings_.sharing != Sharing::automatic) return settings_.sharing;
  return choose_exact8_sharing(settings_.model, plan, outputs_, team_.threads());
}

void Exact8Kernel::prepare(std::size_t batch, const Call& call) {
  plain_ = call.is_plain();
  if (plan_.rows != batch) {
    plan_ = make_exact8_plan(batch, problem().data.width());
    if (blocks_.size() != plan_.feature_blocks) arrange_blocks();
    sums_.resize(std::max(sums_.size(), plan_.row_blocks));
  }
  sharing_ = call.wanted != Wanted::loss ? Sharing::rows : sharing_of(plan_);
  score_stride_ = round_up(sharing_ == Sharing::features ? batch : plan_.tile_rows, kChunkFeatures);
  exchange_stride_ = outputs_ * score_stride_ + kWorkerGap;
  reserve(call);
}

/// Cuts the weights into the plan's blocks of features.
void Exact8Kernel::arrange_blocks() {
  blocks_.resize(plan_.feature_blocks);
  weights_ = 0;
  for (std::size_t b = 0; b < blocks_.size(); ++b) {
    Block& block = blocks_[b];
    block.first = plan_.line_begin(b) * kLineFeatures;
    block.width = (plan_.line_begin(b + 1) - plan_.line_begin(b)) * kLineFeatures;
    block.chunks = (std::min(block.width, plan_.features - block.first) + kChunkFeatures - 1) / kChunkFeatures;
    block.at = weights_;
    weights_ += outputs_ * block.width + 2 * kWorkerGap;
  }
  scale_stride_ = round_up(outputs_, kChunkFeatures) + kWorkerGap;
  reserve_zeroed(scale_, blocks_.size() * scale_stride_);
  // Padding may now lie where weights or gradients were before.
  for (auto* const buffer : {&w_, &g_, &state_}) *buffer = {};
  q_ = {};
  for (Scratch& scratch : scratch_) scratch.g = {}, scratch.wide = {};
}

void Exact8Kernel::reserve(const Call& call) {
  reserve_zeroed(w_, weights_);
  reserve_zeroed(g_, weights_);
  reserve_zeroed(q_, 2 * weights_);
  const bool by_features = sharing_ == Sharing::features;
  if (by_features) reserve_zeroed(exchange_, 2 * blocks_.size() * exchange_stride_);
  const std::size_t scores = outputs_ * score_stride_,
                    pointed = round_up(by_features ? plan_.rows : plan_.tile_rows, kChunkFeatures);
  team_.for_shares(scratch_.size(), [&](int worker, std::size_t, std::size_t) {
    Scratch& scratch = scratch_[static_cast<std::size_t>(worker)];
    reserve_zeroed(scratch.scores, scores + kWorkerGap);
    reserve_zeroed(scratch.part, scores + kWorkerGap);
    reserve_zeroed(scratch.slopes, 2 * scores + 4 * kWorkerGap);
    reserve_zeroed(scratch.labels, plan_.tile_rows + kWorkerGap);
    for (auto& pointers : scratch.x) reserve_zeroed(pointers, pointed + kWorkerGap / 2);
    if (call.wants_gradient) reserve_zeroed(scratch.g, 2 * weights_);
    if (call.wants_gradient && plan_.rows > kMostSummedRows) reserve_zeroed(scratch.wide, weights_);
    scratch.parts.resize(scratch_.size());
    std::fill(std::begin(scratch.x_step), std::end(scratch.x_step), kNone);
    scratch.derived_step = scratch.g_step = scratch.wide_step = kNone;
    scratch.current = 0;
    scratch.pointed = {kNone, 0, 0};
  });
}

void Exact8Kernel::run(const Call& call) {
  participation_ = team_.run([&](machine::Worker& worker) {
    if (sharing_ == Sharing::rows) return run_rows(call, worker);
    if (sharing_ == Sharing::features) return run_features(call, worker);
    worker.phase(1, [&](std::size_t) { run_serial(call, scratch_[static_cast<std::size_t>(worker.index())]); });
  });
}

// ---- weights --------------------------------------------------------------------------------------------------------

/// Computes the integers of one output of a block of weights, and the scale of its scores: a function of the weights
/// alone.
void Exact8Kernel::quantise(const Block& block, std::size_t k) {
  const std::size_t at = block.at + k * block.width;
  float& scale = scale_[static_cast<std::size_t>(&block - blocks_.data()) * scale_stride_ + k];
  const std::uint32_t largest = kernels_.largest(w_.data() + at, block.width);
  if (largest >= std::bit_cast<std::uint32_t>(std::numeric_limits<float>::infinity())) {
    std::memset(q_.data() + 2 * at, 0, 2 * block.width);  // the weights have diverged: so do the scores
    scale = std::numeric_limits<float>::quiet_NaN();
    return;
  }
  int e = largest_exponent(std::bit_cast<float>(largest));
  while (kernels_.quantise_weights(w_.data() + at, block.width, power_of_two(e), q_.data() + 2 * at) > kMostWeightSum)
    --e;
  scale = static_cast<float>(x_->scale()) * power_of_two(-e);
}

void Exact8Kernel::take_weights(std::span<const float> parameters) {
  const std::size_t d = plan_.features;
  for (const Block& block : blocks_)
    for (std::size_t k = 0; k < outputs_; ++k) {
      float* const w = w_.data() + block.at + k * block.width;
      for (std::size_t j = 0; j < std::min(block.width, d - block.first); ++j)
        w[j / kLineFeatures * kLineFeatures + kernels_.position[j % kLineFeatures]] =
            parameters[k * d + block.first + j];
      quantise(block, k);
    }
}

void Exact8Kernel::unpack(const float* from, std::span<float> parameters) const {
  const std::size_t d = plan_.features;
  for (const Block& block : blocks_)
    for (std::size_t k = 0; k < outputs_; ++k)
      for (std::size_t j = 0; j < std::min(block.width, d - block.first); ++j)
        parameters[k * d + block.first + j] =
            from[block.at + k * block.width + j / kLineFeatures * kLineFeatures + kernels_.position[j % kLineFeatures]];
}

/// In the state, the words of one output of a block lie together: word 0 of all its weights, then word 1, …
template <class Visit>
void Exact8Kernel::for_state(const Visit& visit) const {
  const std::size_t d = plan_.features;
  for (const Block& block : blocks_)
    for (std::size_t k = 0; k < outputs_; ++k)
      for (std::size_t word = 0; word < state_words_; ++word)
        for (std::size_t j = 0; j < std::min(block.width, d - block.first); ++j)
          visit(word * outputs_ * d + k * d + block.first + j,
                (block.at + k * block.width) * state_words_ + word * block.width + j / kLineFeatures * kLineFeatures +
                    kernels_.position[j % kLineFeatures]);
}

void Exact8Kernel::take_state(std::size_t words, std::span<const float> state) {
  state_words_ = words;
  reserve_zeroed(state_, words * weights_);
  for_state([&](std::size_t from, std::size_t to) { state_[to] = state[from]; });
}

void Exact8Kernel::give_state(std::span<float> state) const {
  for_state([&](std::size_t to, std::size_t from) { state[to] = state_[from]; });
}

}  // namespace descent::engine
