// How the fused engine takes steps on one row each: in groups, so that the weights are read and written once per group.
//
// With the rows x_0 … x_{m−1} of a group, its first weights w_0, rates a_j and slopes d_j = d loss / d score,
//   w_{j+1} = (1 − a_j l2) w_j − a_j d_j ⊗ x_j,
// the scores of step j do not need the weights in between:
//   w_j·x_j = (1 + g_j) w_0·x_j − Σ_{i<j} p_ij x_i·x_j,   1 + g_j = Π_{l<j} (1 − a_l l2),   p_ij = a_i d_i Π_{i<l<j} (1
//   − a_l l2).
// So a group consists of all w_0·x_j and x_i·x_j (one pass over weights and rows), a walk through its steps on these
// few numbers, and w_m = w_0 + g_m w_0 − Σ_i p_im ⊗ x_i (another pass). The walk does not depend on how many steps
// follow, so a group may end anywhere.
#include "descent/engine/linear_objective.hpp"
#include "engine/engines/fused_kernel.hpp"

namespace descent::engine {

std::size_t FusedKernel::group_steps(const UpdateRule& rule, std::size_t batch) const {
  return batch == 1 && rule.is_plain() ? make_plan(1, problem().data.width(), outputs_).group_steps : 1;
}

/// A plain step on one row is counted as part of a group: scores, its share of the inner products, the walk, and its
/// part of the update.
Cost FusedKernel::cost(std::size_t batch, bool grouped) const {
  Cost cost = linear_cost(problem(), batch);
  Plan plan = make_plan(batch, problem().data.width(), outputs_);
  if (!grouped) plan.group_steps = 1;
  const Sharing sharing = sharing_of(plan, grouped);
  if (team_.threads() > 1 && sharing != Sharing::serial)
    cost.joins = (sharing == Sharing::rows ? 2.0 : 1.0) / static_cast<double>(plan.group_steps);
  if (!grouped) return cost;
  const auto d = static_cast<double>(problem().data.width()), c = static_cast<double>(outputs_),
             m = static_cast<double>(plan.group_steps);
  cost.flops += (m - 1) * d + (m - 1) * c + 2 * c * d / m - 5 * c * d;
  return cost;
}

void FusedKernel::run_groups(const Call& call, machine::Worker& worker) {
  Scratch& scratch = scratch_[static_cast<std::size_t>(worker.index())];
  const std::size_t groups = (call.steps + plan_.group_steps - 1) / plan_.group_steps;
  if (sharing_ != Sharing::features)
    return worker.phase(1, [&](std::size_t) {
      for (std::size_t g = 0; g <= groups; ++g) group_unit(call, g, 0, scratch);
    });
  for (std::size_t g = 0; g <= groups; ++g)
    worker.phase(layout_.units(), [&](std::size_t unit) { group_unit(call, g, unit, scratch); });
}

/// One unit's part of a phase. It ends group g − 1 (its walk, then the update of the unit's slices) and begins group g
/// (partial scores and inner products of the slices). Exchange buffers alternate, so one join per group is enough.
void FusedKernel::group_unit(const Call& call, std::size_t g, std::size_t unit, Scratch& scratch) {
  const std::size_t groups = (call.steps + plan_.group_steps - 1) / plan_.group_steps;
  const bool begins = g < groups;
  const float* const* const x = begins ? group_pointers(call, g, scratch) : nullptr;
  const std::size_t rows = begins ? steps_of(call, g) : 0;
  Fetch later;  // rows of the next group, prefetched during the update (AVX-512: 0.93 of the time of half here, half
                // during scores)
  if (g + 1 < groups) later = {group_pointers(call, g + 1, scratch), steps_of(call, g + 1)};
  if (g > 0) {
    walk_group(call, g - 1, scratch);
    // every worker has walked through the steps; one of them reports the losses
    if (unit == 0 && call.losses != nullptr)
      std::copy_n(scratch.block_loss.data(), steps_of(call, g - 1), call.losses + (g - 1) * plan_.group_steps);
    kernels_.backward({.x = group_pointers(call, g - 1, scratch),
                       .rows = steps_of(call, g - 1),
                       .slope = scratch.scores.data(),
                       .slope_stride = kPlanLanes,
                       .outputs = outputs_,
                       .begin = layout_.begin(unit),
                       .end = layout_.end(unit),
                       .g = w_.data() + layout_.origin(unit),
                       .g_stride = layout_.stride(unit),
                       .add = true,
                       .fetch = later,
                       .grow = scratch.grow});
  }
  if (begins)
    group_scores(rows, unit, x, g > 0 ? Fetch{} : later,
                 exchange_.data() + (g & 1) * exchanged_blocks_ * exchange_stride_, scratch);
}

/// Writes the partial scores and inner products of a unit's slices into the exchange buffer, joined if the unit is a
/// subtree.
void FusedKernel::group_scores(std::size_t rows, std::size_t unit, const float* const* x, const Fetch& fetch,
                               float* out, Scratch& scratch) {
  const std::size_t products = outputs_ * kPlanLanes, block = products + kMostGroupSteps * kMostGroupSteps;
  const std::size_t first = layout_.first_slice(unit), last = layout_.first_slice(unit + 1);
  const bool joins = exchanged_blocks_ < plan_.feature_blocks;
  for (std::size_t s = first; s < last; ++s) {
    float* const to = joins ? scratch.parts.data() + (s - first) * block : out + s * exchange_stride_;
    const std::size_t begin = slice_begin_[s], end = slice_begin_[s + 1];
    kernels_.forward({.x = x,
                      .rows = rows,
                      .w = w_.data() + layout_.origin(unit),
                      .w_stride = layout_.stride(unit),
                      .outputs = outputs_,
                      .begin = begin,
                      .end = end,
                      .s = to,
                      .s_stride = kPlanLanes,
                      .fetch = fetch});
    kernels_.gram({.x = x, .rows = rows, .begin = begin, .end = end, .products = to + products});
  }
  if (joins)
    kernels_.join_scores({.partials = scratch.parts.data(),
                          .blocks = last - first,
                          .block_stride = block,
                          .outputs = block / kPlanLanes,
                          .rows = kPlanLanes,
                          .stride = kPlanLanes,
                          .s = out + unit * exchange_stride_});
}

/// Walks through the steps of a group on its scores and inner products, once per worker and group. Leaves the negated
/// moves at the group's end in the scratch's scores, (outputs, steps), in the form that backward takes.
void FusedKernel::walk_group(const Call& call, std::size_t g, Scratch& scratch) {
  if (scratch.derived_step == g) return;
  scratch.derived_step = g;
  const std::size_t width = round_up(outputs_, kPlanLanes), products = outputs_ * kPlanLanes,
                    block = products + kMostGroupSteps * kMostGroupSteps;
  const std::size_t steps = steps_of(call, g);
  float* const scores = scratch.scores.data();
  kernels_.join_scores({.partials = exchange_.data() + (g & 1) * exchanged_blocks_ * exchange_stride_,
                        .blocks = exchanged_blocks_,
                        .block_stride = exchange_stride_,
                        .outputs = block / kPlanLanes,
                        .rows = kPlanLanes,
                        .stride = kPlanLanes,
                        .s = scores});
  float* const first = scratch.group.data();             // (steps, width)
  float* const moves = first + kMostGroupSteps * width;  // (steps, width)
  kernels_.turn(
      {.from = scores, .from_stride = kPlanLanes, .columns = outputs_, .rows = steps, .to = first, .to_stride = width});

  double kept = 1;
  GroupStepCall next{.first = first,
                     .grow = 0,
                     .moves = moves,
                     .products = scores + products,
                     .step = 0,
                     .width = width,
                     .slope = nullptr,
                     .rate = 0,
                     .keeps = 1,
                     .s = first};
  for (std::size_t j = 0; j < steps; ++j) {
    float* const s = first + j * width;
    kernels_.group_step(next);
    const std::size_t step = g * plan_.group_steps + j;
    scratch.block_loss[j] =
        problem().loss.differentiate_row({s, outputs_}, problem().data.labels[row_of(call, step, 0)]);
    const double keeps = 1 - call.rates[step] * problem().l2;
    kept *= keeps;
    next.s = j + 1 < steps ? s + width : nullptr;
    next.first = next.s;
    next.grow = static_cast<float>(kept - 1);
    ++next.products;
    next.step = j + 1;
    next.slope = s;
    next.rate = static_cast<float>(call.rates[step]);
    next.keeps = static_cast<float>(keeps);
  }
  kernels_.group_step(next);
  scratch.grow = static_cast<float>(kept - 1);
  kernels_.turn(
      {.from = moves, .from_stride = width, .columns = steps, .rows = outputs_, .to = scores, .to_stride = kPlanLanes});
}

/// Pointers to a group's rows. Behind the last step the first pointer is repeated, for kernels that work on whole
/// groups.
const float* const* FusedKernel::group_pointers(const Call& call, std::size_t g, Scratch& scratch) {
  const std::size_t slot = g % 3;
  if (scratch.x_step[slot] != g) {
    scratch.x_step[slot] = g;
    const std::size_t steps = steps_of(call, g);
    for (std::size_t j = 0; j < kMostGroupSteps; ++j)
      scratch.x[slot][j] = x_.row(row_of(call, g * plan_.group_steps + (j < steps ? j : 0), 0));
  }
  return scratch.x[slot].data();
}

}  // namespace descent::engine
