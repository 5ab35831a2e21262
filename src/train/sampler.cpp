#include "descent/train/sampler.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>
#include <optional>
#include <string>

#include "descent/core/error.hpp"
#include "descent/core/random.hpp"
#include "descent/core/text.hpp"

namespace descent::train {
namespace {

/// `out.size()` distinct rows below n, sorted, by Floyd's algorithm (Bentley and Floyd 1987): for each `top` a row is
/// drawn from [0, top]; if it is taken already, `top` itself is used. For few rows; moves up to batch²/4 entries.
void insert_distinct(core::CounterRandom random, std::size_t n, std::span<std::uint32_t> out) {
  const std::size_t batch = out.size();
  for (std::size_t i = 0; i < batch; ++i) {
    const auto top = static_cast<std::uint32_t>(n - batch + i);
    const std::uint32_t drawn = random.next_below(top + 1);
    const auto end = out.begin() + static_cast<std::ptrdiff_t>(i);
    // Every row so far is below `top`, so `top` goes to the end.
    const auto at = std::lower_bound(out.begin(), end, drawn);
    if (at != end && *at == drawn) {
      *end = top;
    } else {
      std::move_backward(at, end, end + 1);
      *at = drawn;
    }
  }
}

/// The same rows, found with one bit per row of the data: O(batch + n/64).
void mark_distinct(core::CounterRandom random, std::size_t n, std::span<std::uint32_t> out,
                   std::span<std::uint64_t> taken) {
  std::fill(taken.begin(), taken.end(), 0);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto top = static_cast<std::uint32_t>(n - out.size() + i);
    const std::uint32_t drawn = random.next_below(top + 1);
    const std::uint64_t seen = taken[drawn / 64] >> drawn % 64 & 1U;
    const std::uint32_t row = seen != 0 ? top : drawn;
    taken[row / 64] |= std::uint64_t{1} << row % 64;
  }
  auto next = out.begin();
  for (std::size_t word = 0; word < taken.size(); ++word)
    for (std::uint64_t bits = taken[word]; bits != 0; bits &= bits - 1)
      *next++ = static_cast<std::uint32_t>(word * 64 + static_cast<std::size_t>(std::countr_zero(bits)));
}

}  // namespace

Sampling parse_sampling(std::string_view name) {
  const std::optional<Sampling> found = record::from_text<Sampling>(name);
  if (!found || *found == Sampling::none)
    throw core::UsageError(core::unknown_name("sampling", name, sampling_names()));
  return *found;
}

std::vector<std::string> sampling_names() {
  const auto words = record::words_of<Sampling>();
  return {words.begin() + 1, words.end()};
}

Sampler::Sampler(Sampling sampling, std::size_t n, std::size_t batch, std::uint64_t seed)
    : sampling_(sampling), n_(n), batch_(batch), epoch_steps_(batch == 0 ? 0 : n / batch), seed_(seed) {
  if (batch == 0 || batch > n)
    throw core::UsageError("batch " + std::to_string(batch) + ": expected 1 to " + std::to_string(n) +
                           ", the number of rows");
  if (sampling == Sampling::reshuffle) {
    batches_.resize(epoch_steps_ * batch);
    permutation_.resize(n);
    if (batch > 1) batch_of_.resize(n), filled_.resize(epoch_steps_);
  }
  // Bits cost a pass over n/64 words; insertion costs batch²/4 moves, about sixteen in the time of one word.
  if (sampling == Sampling::iid_distinct && batch > n / batch) taken_.resize((n + 63) / 64);
}

void Sampler::rows(std::uint64_t first_step, std::size_t steps, std::span<std::uint32_t> out) {
  if (sampling_ == Sampling::none) return;
  if (sampling_ == Sampling::reshuffle) {
    // Successive batches of an epoch lie side by side.
    for (std::size_t s = 0, run = 0; s < steps; s += run) {
      const std::uint64_t epoch = (first_step + s) / epoch_steps_, batch = (first_step + s) % epoch_steps_;
      if (epoch != epoch_) deal(epoch);
      run = std::min<std::size_t>(steps - s, epoch_steps_ - batch);
      std::copy_n(batches_.begin() + static_cast<std::ptrdiff_t>(batch * batch_), run * batch_,
                  out.begin() + static_cast<std::ptrdiff_t>(s * batch_));
    }
    return;
  }
  for (std::size_t s = 0; s < steps; ++s) {
    const std::span<std::uint32_t> batch = out.subspan(s * batch_, batch_);
    if (sampling_ == Sampling::iid_replace) {
      core::CounterRandom random(seed_, core::Purpose::with_replacement, first_step + s);
      for (std::uint32_t& row : batch) row = random.next_below(static_cast<std::uint32_t>(n_));
      std::sort(batch.begin(), batch.end());
      continue;
    }
    const core::CounterRandom random(seed_, core::Purpose::distinct, first_step + s);
    if (taken_.empty())
      insert_distinct(random, n_, batch);
    else
      mark_distinct(random, n_, batch, taken_);
  }
}

void Sampler::deal(std::uint64_t epoch) {
  epoch_ = epoch;
  std::iota(permutation_.begin(), permutation_.end(), 0U);
  core::shuffle(permutation_, core::CounterRandom(seed_, core::Purpose::shuffle, epoch));
  if (batch_ == 1) {
    batches_ = permutation_;
    return;
  }
  const std::size_t batches = epoch_steps_;
  // Rows go to their batches in the order of the data, so that each batch comes out sorted.
  const auto none = static_cast<std::uint32_t>(batches);
  std::size_t position = 0;
  for (std::size_t b = 0; b < batches; ++b)
    for (const std::size_t end = position + batch_; position < end; ++position)
      batch_of_[permutation_[position]] = static_cast<std::uint32_t>(b);
  for (; position < n_; ++position) batch_of_[permutation_[position]] = none;
  for (std::size_t b = 0; b < batches; ++b) filled_[b] = static_cast<std::uint32_t>(b * batch_);
  for (std::size_t row = 0; row < n_; ++row)
    if (batch_of_[row] != none) batches_[filled_[batch_of_[row]]++] = static_cast<std::uint32_t>(row);
}

}  // namespace descent::train
