#include "engine/engines/fused_kernel.hpp"

#include <algorithm>
#include <cstring>

namespace descent::engine {
namespace {

/// Room for `copies` times `blocks` blocks of `block` elements, zeroed by the workers whose shares the blocks are.
template <class T>
void reserve_shares(machine::Team& team, core::AlignedBuffer<T>& buffer, std::size_t copies, std::size_t blocks,
                    std::size_t block) {
  if (buffer.size() >= copies * blocks * block) return;
  buffer = core::AlignedBuffer<T>(copies * blocks * block);
  team.for_shares(blocks, [&](int, std::size_t begin, std::size_t end) {
    for (std::size_t c = 0; c < copies; ++c)
      std::memset(buffer.data() + (c * blocks + begin) * block, 0, (end - begin) * block * sizeof(T));
  });
}

/// Whether every unit's slices are a subtree of the tree over all slices, so that the unit can join them itself: all
/// units have the same number of slices, a power of two.
bool subtrees(const Plan& plan, std::size_t units) {
  const std::size_t each = plan.slices / units;
  return plan.feature_blocks > 1 && units * each == plan.slices && (each & (each - 1)) == 0;
}

}  // namespace

bool FusedKernel::ScratchSizes::grow(const ScratchSizes& needed) noexcept {
  bool grew = false;
  for (const auto member : {&ScratchSizes::scores, &ScratchSizes::parts, &ScratchSizes::labels, &ScratchSizes::x,
                            &ScratchSizes::group, &ScratchSizes::block_loss}) {
    grew = grew || this->*member < needed.*member;
    this->*member = std::max(this->*member, needed.*member);
  }
  return grew;
}

void FusedKernel::Scratch::reserve(const ScratchSizes& sizes) {
  reserve_zeroed(scores, sizes.scores + kWorkerGap);
  reserve_zeroed(parts, sizes.parts + kWorkerGap);
  reserve_zeroed(labels, sizes.labels + kWorkerGap);
  for (auto& pointers : x) reserve_zeroed(pointers, sizes.x + kWorkerGap / 2);
  reserve_zeroed(group, sizes.group + kWorkerGap);
  reserve_zeroed(block_loss, sizes.block_loss + kWorkerGap / 2);
}

FusedKernel::FusedKernel(const LinearProblem& problem, machine::Team& team, const FusedMicrokernels& kernels,
                         const SharingSettings& settings)
    : PlannedKernel(problem, team, settings),
      x_(problem.data.features),
      kernels_(kernels),
      layout_(problem.data.width(), outputs_),
      scratch_(static_cast<std::size_t>(team.threads())) {}

Sharing FusedKernel::sharing_of(const Plan& plan, bool grouped) const {
  Sharing sharing = settings_.sharing;
  if (sharing == Sharing::automatic) sharing = choose_sharing(settings_.model, plan, outputs_, team_.threads());
  return grouped && sharing == Sharing::rows ? Sharing::serial : sharing;
}

void FusedKernel::prepare(std::size_t batch, const Call& call) {
  plain_ = call.is_plain();
  const bool grouped = batch == 1 && plain_ && call.rates != nullptr;
  if (plan_.rows != batch || (plan_.group_steps > 1) != grouped) {
    plan_ = make_plan(batch, problem().data.width(), outputs_);
    if (!grouped) plan_.group_steps = 1;
    slice_begin_.resize(plan_.slices + 1);
    for (std::size_t s = 0; s <= plan_.slices; ++s) slice_begin_[s] = plan_.vector_begin(s);
    score_stride_ = round_up(batch, kPlanLanes);
    sums_.resize(std::max(sums_.size(), plan_.row_blocks));
  }
  sharing_ = call.wanted != Wanted::loss ? Sharing::rows : sharing_of(plan_, grouped);

  const bool by_rows = sharing_ != Sharing::features, by_units = !by_rows && plan_.feature_blocks > 1;
  const std::size_t units = by_units ? std::min(static_cast<std::size_t>(team_.threads()), plan_.slices) : 1;
  if (layout_.arrange(plan_, units)) {
    const std::size_t unit = (layout_.size() + layout_.units() - 1) / layout_.units();
    reserve_shares(team_, w_, 1, layout_.units(), unit);
    reserve_shares(team_, g_, 1, layout_.units(), unit);
    w_.zero();  // padding may now lie where weights were before
  }
  if (call.wants_gradient) reserve_shares(team_, partials_, 1, plan_.row_blocks, layout_.size());

  // A group's inner products lie behind its scores.
  const std::size_t scores = grouped ? outputs_ * kPlanLanes + kMostGroupSteps * kMostGroupSteps
                                     : outputs_ * (by_rows ? round_up(plan_.tile_rows, kPlanLanes) : score_stride_);
  exchanged_blocks_ = subtrees(plan_, units) ? units : plan_.feature_blocks;
  exchange_stride_ = scores + kWorkerGap;
  if (!by_rows || grouped) reserve_shares(team_, exchange_, 2, exchanged_blocks_, exchange_stride_);
  ScratchSizes needed;
  needed.scores = scores;
  needed.parts = plan_.feature_blocks > 1 || batch == 1 ? plan_.feature_blocks * scores : 0;
  needed.labels = plan_.tile_rows;
  needed.x = by_rows ? plan_.tile_rows : std::max(batch, plan_.tile_rows);
  needed.group = grouped ? 2 * kMostGroupSteps * round_up(outputs_, kPlanLanes) : 0;
  needed.block_loss = std::max(plan_.row_blocks, grouped ? kMostGroupSteps : 1);
  if (scratch_sizes_.grow(needed))
    team_.for_shares(scratch_.size(), [&](int worker, std::size_t, std::size_t) {
      scratch_[static_cast<std::size_t>(worker)].reserve(scratch_sizes_);
    });
  for (Scratch& scratch : scratch_) {
    std::fill(std::begin(scratch.x_step), std::end(scratch.x_step), kNone);
    scratch.current = 0;
    scratch.pointed = {kNone, 0, 0};
    scratch.derived_step = kNone;
  }
}

void FusedKernel::run(const Call& call) {
  participation_ = team_.run([&](machine::Worker& worker) {
    if (plan_.group_steps > 1) return run_groups(call, worker);
    switch (sharing_) {
      case Sharing::rows:
        return run_rows(call, worker);
      case Sharing::features:
        if (plan_.feature_blocks == 1 && worker.threads() > 1) return run_scores_by_rows(call, worker);
        return run_features(call, worker);
      default:
        return worker.phase(1,
                            [&](std::size_t) { run_serial(call, scratch_[static_cast<std::size_t>(worker.index())]); });
    }
  });
}

TileSums FusedKernel::derive_tile(const Call& call, loss::ScoreTile tile, const std::int32_t* labels) {
  return sum_tile(problem().loss, tile, {labels, tile.examples}, call.wanted);
}

/// Joins the row blocks of a unit's slices [begin, end), and updates their weights where the call has rates.
void FusedKernel::finish_slices(const Call& call, std::size_t step, std::size_t unit, std::size_t begin,
                                std::size_t end) {
  const bool update = call.rates != nullptr;
  const float rate = update ? static_cast<float>(call.rates[step]) : 0.0F;
  const bool by_rule = update && !plain_;
  const std::size_t origin = layout_.origin(unit), stride = layout_.stride(unit);
  float* const w = w_.data() + origin;
  float* const g = g_.data() + origin;
  kernels_.finish({.partials = partials_.data() + origin,
                   .blocks = plan_.row_blocks,
                   .block_stride = layout_.size(),
                   .w = w,
                   .stride = stride,
                   .outputs = outputs_,
                   .begin = slice_begin_[begin],
                   .end = slice_begin_[end],
                   .scale = 1.0F / static_cast<float>(plan_.rows),
                   .l2 = static_cast<float>(problem().l2),
                   .rate = rate,
                   .w_out = update && plain_ ? w : nullptr,
                   .g_out = !update || by_rule ? g : nullptr});
  if (!by_rule) return;
  for (std::size_t k = 0; k < outputs_; ++k)
    for (std::size_t s = begin; s < end; ++s) {
      const std::size_t at = k * stride + slice_begin_[s] * kPlanLanes,
                        m = (slice_begin_[s + 1] - slice_begin_[s]) * kPlanLanes;
      call.rule->update({w + at, m}, {g + at, m}, {state_.data() + state_at(unit, k, s), m * state_words_},
                        {rate, call.first_step + step});
    }
}

// ---- state ----------------------------------------------------------------------------------------------------------

template <class Visit>
void FusedKernel::for_state(const Visit& visit) const {
  const std::size_t d = problem().data.width();
  for (std::size_t u = 0; u < layout_.units(); ++u)
    for (std::size_t k = 0; k < outputs_; ++k)
      for (std::size_t s = layout_.first_slice(u); s < layout_.first_slice(u + 1); ++s) {
        const std::size_t begin = slice_begin_[s] * kPlanLanes, end = slice_begin_[s + 1] * kPlanLanes;
        for (std::size_t word = 0; word < state_words_; ++word)
          visit(word * outputs_ * d + k * d + begin, state_at(u, k, s) + word * (end - begin),
                std::min(end, d) - begin);
      }
}

void FusedKernel::take_state(std::size_t words, std::span<const float> state) {
  state_words_ = words;
  if (words == 0) return;
  reserve_zeroed(state_, words * layout_.size());
  state_.zero();
  for_state([&](std::size_t from, std::size_t to, std::size_t count) {
    std::memcpy(state_.data() + to, state.data() + from, count * sizeof(float));
  });
}

void FusedKernel::give_state(std::span<float> state) const {
  for_state([&](std::size_t to, std::size_t from, std::size_t count) {
    std::memcpy(state.data() + to, state_.data() + from, count * sizeof(float));
  });
}

}  // namespace descent::engine
