#include "engine/engines/fused_kernel.hpp"

#include <algorithm>
#include <cstring>

#include "descent/engine/linear_objective.hpp"
#include "engine/tile_sums.hpp"

namespace descent {
namespace {

constexpr std::size_t kNone = ~std::size_t{0};
constexpr std::size_t round_up(std::size_t a, std::size_t b) { return (a + b - 1) / b * b; }

template <class T>
void reserve_zeroed(AlignedBuffer<T>& buffer, std::size_t size) {
  if (buffer.size() >= size) return;
  buffer = AlignedBuffer<T>(size);
  buffer.zero();
}

}  // namespace

FusedKernel::FusedKernel(const LinearProblem& problem, Team& team, const FusedKernels& kernels,
                         const FusedSettings& settings)
    : LinearKernel(problem),
      team_(team),
      kernels_(kernels),
      settings_(settings),
      columns_(problem.columns()),
      stride_(padded_stride<float>(round_up(problem.data.columns(), kPlanLanes))),
      scratch_(static_cast<std::size_t>(team.threads())),
      slopes_(columns_) {
  reserve_zeroed(w_, columns_ * stride_);
  reserve_zeroed(g_, columns_ * stride_);
}

double FusedKernel::gradient(std::span<const float> w, std::span<const std::uint32_t> rows, std::span<float> out) {
  const std::size_t batch = rows.empty() ? problem().data.rows() : rows.size();
  double loss = 0;
  Call call;
  call.rows = rows.empty() ? nullptr : rows.data();
  call.losses = &loss;
  prepare(batch, call);
  pack(w);
  run(call);
  unpack(g_.data(), out);
  return loss / static_cast<double>(batch) + l2_term(problem().l2, w);
}

PassSums FusedKernel::pass(std::span<const float> w, std::span<float> gradient) {
  Call call;
  call.wants_gradient = !gradient.empty();
  call.counts = true;
  prepare(problem().data.rows(), call);
  pack(w);
  run(call);
  if (call.wants_gradient) unpack(g_.data(), gradient);
  PassSums total;
  for (std::size_t b = 0; b < plan_.row_blocks; ++b) {
    total.loss += sums_[b].loss;
    total.correct += sums_[b].correct;
    total.active += sums_[b].active;
  }
  return total;
}

void FusedKernel::advance(const UpdateRule& rule, const StepSequence& steps, std::span<float> w,
                          std::span<float> state) {
  if (steps.rates.empty()) return;
  const std::size_t batch = steps.rows.empty() ? problem().data.rows() : steps.batch;
  Call call;
  call.rows = steps.rows.empty() ? nullptr : steps.rows.data();
  call.steps = steps.rates.size();
  call.rates = steps.rates.data();
  call.losses = steps.losses.empty() ? nullptr : steps.losses.data();
  call.rule = &rule;
  prepare(batch, call);
  pack(w);
  pack_state(rule.state_per_parameter(), state);
  run(call);
  unpack(w_.data(), w);
  unpack_state(state);
  for (double& loss : steps.losses) loss /= static_cast<double>(batch);
}

/// Plans a call on `batch` rows, chooses the sharing, and allocates all that its steps will need.
void FusedKernel::prepare(std::size_t batch, const Call& call) {
  if (plan_.rows != batch) {
    plan_ = make_plan(batch, problem().data.columns(), columns_);
    slice_begin_.resize(plan_.slices + 1);
    for (std::size_t s = 0; s <= plan_.slices; ++s) slice_begin_[s] = plan_.vector_begin(s);
    score_stride_ = round_up(batch, kPlanLanes);
    sums_.resize(std::max(sums_.size(), plan_.row_blocks));
  }
  plain_ = call.rule == nullptr || call.rule->is_plain();
  sharing_ = settings_.sharing;
  if (sharing_ == Sharing::automatic) sharing_ = choose_sharing(settings_.model, plan_, columns_, team_.threads());
  if (call.counts) sharing_ = Sharing::rows;
  if (call.wants_gradient) reserve_zeroed(partials_, plan_.row_blocks * columns_ * stride_);

  const bool by_rows = sharing_ == Sharing::rows;
  const std::size_t scores = columns_ * (by_rows ? round_up(plan_.tile_rows, kPlanLanes) : score_stride_);
  if (!by_rows) reserve_zeroed(exchange_, 2 * plan_.feature_blocks * columns_ * score_stride_);
  for (Scratch& scratch : scratch_) {
    reserve_zeroed(scratch.scores, scores);
    if (by_rows && plan_.feature_blocks > 1) reserve_zeroed(scratch.parts, plan_.feature_blocks * scores);
    reserve_zeroed(scratch.labels, plan_.tile_rows);
    for (auto& x : scratch.x) reserve_zeroed(x, by_rows ? plan_.tile_rows : std::max(batch, plan_.tile_rows));
    scratch.block_loss.resize(std::max(scratch.block_loss.size(), plan_.row_blocks));
    std::fill(std::begin(scratch.x_step), std::end(scratch.x_step), kNone);
    scratch.derived_step = kNone;
  }
}

void FusedKernel::run(const Call& call) {
  participation_ = team_.run([&](Worker& worker) {
    switch (sharing_) {
      case Sharing::rows:
        return run_rows(call, worker);
      case Sharing::features:
        if (plan_.feature_blocks == 1 && worker.threads() > 1) return run_scores_by_rows(call, worker);
        return run_features(call, worker);
      default:
        return worker.phase(1, [&](std::size_t) {
          if (plan_.rows == 1 && plain_ && call.rates != nullptr) return run_ones(call);
          Scratch& scratch = scratch_[static_cast<std::size_t>(worker.index())];
          for (std::size_t p = 0; p <= call.steps; ++p) feature_unit(call, p, 0, 1, scratch);
        });
    }
  });
}

// ---- rows -----------------------------------------------------------------------------------------------------------

void FusedKernel::run_rows(const Call& call, Worker& worker) {
  Scratch& scratch = scratch_[static_cast<std::size_t>(worker.index())];
  for (std::size_t step = 0; step < call.steps; ++step) {
    worker.phase(plan_.row_blocks, [&](std::size_t block) { row_block(call, step, block, scratch); });
    if (!call.wants_gradient) continue;
    worker.phase(plan_.slices, [&](std::size_t slice) {
      if (slice == 0 && call.losses != nullptr) call.losses[step] = summed_loss();
      finish_slices(call, step, slice, slice + 1);
    });
  }
}

double FusedKernel::summed_loss() const noexcept {
  double loss = 0;
  for (std::size_t b = 0; b < plan_.row_blocks; ++b) loss += sums_[b].loss;
  return loss;
}

void FusedKernel::row_block(const Call& call, std::size_t step, std::size_t block, Scratch& scratch) {
  const Dataset& data = problem().data;
  const std::size_t stride = round_up(plan_.tile_rows, kPlanLanes);
  const auto point = [&](std::size_t first, AlignedBuffer<const float*>& x) {
    const std::size_t rows = std::min(plan_.tile_rows, plan_.rows - first);
    for (std::size_t r = 0; r < rows; ++r) x[r] = data.features.row(row_of(call, step, first + r));
    return rows;
  };
  PassSums sums;
  const std::size_t begin = plan_.row_begin(block), end = plan_.row_end(block);
  int current = 0;
  std::size_t next_rows = point(begin, scratch.x[0]);
  for (std::size_t first = begin; first < end; first += plan_.tile_rows) {
    const std::size_t rows = std::min(next_rows, end - first), after = first + plan_.tile_rows;
    const float* const* const x = scratch.x[current].data();
    current ^= 1;
    next_rows = after < plan_.rows ? point(after, scratch.x[current]) : 0;
    for (std::size_t r = 0; r < rows; ++r) scratch.labels[r] = data.labels[row_of(call, step, first + r)];

    // The next tile's rows come in meanwhile, half of them during the scores.
    const Fetch fetch{scratch.x[current].data(), next_rows};
    const std::size_t half = call.wants_gradient ? next_rows / 2 : next_rows;
    if (plan_.feature_blocks == 1) {
      kernels_.forward(
          {x, rows, w_.data(), stride_, columns_, 0, plan_.vectors, scratch.scores.data(), stride, {fetch.x, half}});
    } else {
      for (std::size_t f = 0; f < plan_.feature_blocks; ++f)
        kernels_.forward({x,
                          rows,
                          w_.data(),
                          stride_,
                          columns_,
                          slice_begin_[f],
                          slice_begin_[f + 1],
                          scratch.parts.data() + f * columns_ * stride,
                          stride,
                          {fetch.x, half}});
      kernels_.join_scores({scratch.parts.data(), plan_.feature_blocks, columns_ * stride, columns_, rows, stride,
                            scratch.scores.data()});
    }
    const PassSums tile = derive_tile(call, {scratch.scores.data(), columns_, rows, stride}, scratch.labels.data());
    sums.loss += tile.loss;
    sums.correct += tile.correct;
    sums.active += tile.active;
    if (call.wants_gradient)
      kernels_.backward({x,
                         rows,
                         scratch.scores.data(),
                         stride,
                         columns_,
                         0,
                         plan_.vectors,
                         partials_.data() + block * columns_ * stride_,
                         stride_,
                         first != begin,
                         {fetch.x + half, next_rows - half}});
  }
  sums_[block] = sums;
}

PassSums FusedKernel::derive_tile(const Call& call, ScoreTile tile, const std::int32_t* labels) {
  if (call.counts) return differentiate_and_count(problem().loss, tile, {labels, tile.examples});
  return {problem().loss.differentiate(tile, {labels, tile.examples}), 0, 0};
}

/// Joins the row blocks of slices [begin, end), and updates their weights where the call has rates.
void FusedKernel::finish_slices(const Call& call, std::size_t step, std::size_t begin, std::size_t end) {
  const bool update = call.rates != nullptr;
  const float rate = update ? static_cast<float>(call.rates[step]) : 0.0F;
  const bool by_rule = update && !plain_;
  kernels_.finish({partials_.data(), plan_.row_blocks, columns_ * stride_, w_.data(), stride_, columns_,
                   slice_begin_[begin], slice_begin_[end], 1.0F / static_cast<float>(plan_.rows),
                   static_cast<float>(problem().l2), rate, update && plain_ ? w_.data() : nullptr,
                   !update || by_rule ? g_.data() : nullptr});
  if (!by_rule) return;
  for (std::size_t k = 0; k < columns_; ++k)
    for (std::size_t s = begin; s < end; ++s) {
      const std::size_t at = k * stride_ + slice_begin_[s] * kPlanLanes,
                        m = (slice_begin_[s + 1] - slice_begin_[s]) * kPlanLanes;
      call.rule->update({w_.data() + at, m}, {g_.data() + at, m}, {slice_state(k, s), m * state_words_}, rate);
    }
}

// ---- padding --------------------------------------------------------------------------------------------------------

void FusedKernel::pack(std::span<const float> w) {
  const std::size_t d = problem().data.columns();
  for (std::size_t k = 0; k < columns_; ++k) std::memcpy(w_.data() + k * stride_, w.data() + k * d, d * sizeof(float));
}

void FusedKernel::unpack(const float* padded, std::span<float> out) const {
  const std::size_t d = problem().data.columns();
  for (std::size_t k = 0; k < columns_; ++k) std::memcpy(out.data() + k * d, padded + k * stride_, d * sizeof(float));
}

/// Words of slice s of column k lie together: word 0 of all its elements, then word 1, …
float* FusedKernel::slice_state(std::size_t k, std::size_t slice) noexcept {
  return state_.data() + state_words_ * (k * stride_ + slice_begin_[slice] * kPlanLanes);
}

template <class Visit>
void FusedKernel::for_state(const Visit& visit) const {
  const std::size_t d = problem().data.columns();
  for (std::size_t k = 0; k < columns_; ++k)
    for (std::size_t s = 0; s < plan_.slices; ++s) {
      const std::size_t begin = slice_begin_[s] * kPlanLanes, end = slice_begin_[s + 1] * kPlanLanes, m = end - begin;
      for (std::size_t word = 0; word < state_words_; ++word)
        visit(word * columns_ * d + k * d + begin, state_words_ * (k * stride_ + begin) + word * m,
              std::min(end, d) - begin);
    }
}

void FusedKernel::pack_state(std::size_t words, std::span<const float> state) {
  state_words_ = words;
  if (words == 0) return;
  reserve_zeroed(state_, words * columns_ * stride_);
  state_.zero();
  for_state([&](std::size_t from, std::size_t to, std::size_t count) {
    std::memcpy(state_.data() + to, state.data() + from, count * sizeof(float));
  });
}

void FusedKernel::unpack_state(std::span<float> state) const {
  for_state([&](std::size_t to, std::size_t from, std::size_t count) {
    std::memcpy(state.data() + to, state_.data() + from, count * sizeof(float));
  });
}

}  // namespace descent
