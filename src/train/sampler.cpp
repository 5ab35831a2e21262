#include "descent/train/sampler.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <string>

#include "descent/core/error.hpp"
#include "descent/core/random.hpp"
#include "descent/core/text.hpp"

namespace descent {
namespace {

constexpr std::array<std::string_view, 4> kNames{"none", "reshuffle", "iid_replace", "iid_distinct"};

/// `batch` distinct rows below n, sorted, in O(batch log batch): Floyd's algorithm (Bentley and Floyd 1987) over a sorted set.
void draw_distinct(CounterRandom random, std::size_t n, std::span<std::uint32_t> out) {
  const std::size_t batch = out.size();
  for (std::size_t i = 0; i < batch; ++i) {
    const auto top = static_cast<std::uint32_t>(n - batch + i);
    const std::uint32_t drawn = random.next_below(top + 1);
    const auto end = out.begin() + static_cast<std::ptrdiff_t>(i);
    // Every row so far is below `top`, so a repeated draw is replaced by `top` itself, which goes last.
    const auto at = std::lower_bound(out.begin(), end, drawn);
    if (at != end && *at == drawn) {
      *end = top;
    } else {
      std::move_backward(at, end, end + 1);
      *at = drawn;
    }
  }
}

}  // namespace

std::string_view sampling_name(Sampling sampling) noexcept { return kNames[static_cast<std::size_t>(sampling)]; }

Sampling parse_sampling(std::string_view name) {
  for (std::size_t i = 1; i < kNames.size(); ++i)
    if (kNames[i] == name) return static_cast<Sampling>(i);
  const std::vector<std::string> names(kNames.begin() + 1, kNames.end());
  throw UsageError(unknown_name("sampling", name, names));
}

Sampler::Sampler(Sampling sampling, std::size_t n, std::size_t batch, std::uint64_t seed)
    : sampling_(sampling), n_(n), batch_(batch), seed_(seed) {
  if (batch == 0 || batch > n)
    throw UsageError("batch " + std::to_string(batch) + ": expected 1 to " + std::to_string(n) + ", the number of rows");
  if (sampling == Sampling::reshuffle) permutation_.resize(n);
}

void Sampler::rows(std::uint64_t first_step, std::size_t steps, std::span<std::uint32_t> out) {
  if (sampling_ == Sampling::none) return;
  for (std::size_t s = 0; s < steps; ++s) {
    const std::uint64_t step = first_step + s;
    const std::span<std::uint32_t> batch = out.subspan(s * batch_, batch_);
    if (sampling_ == Sampling::iid_replace) {
      CounterRandom random(seed_, Purpose::with_replacement, step);
      for (std::uint32_t& row : batch) row = random.next_below(static_cast<std::uint32_t>(n_));
      std::sort(batch.begin(), batch.end());
    } else if (sampling_ == Sampling::iid_distinct) {
      draw_distinct(CounterRandom(seed_, Purpose::distinct, step), n_, batch);
    } else {
      const std::uint64_t epoch = step / steps_per_epoch();
      if (epoch != epoch_) {
        epoch_ = epoch;
        std::iota(permutation_.begin(), permutation_.end(), 0U);
        shuffle(permutation_, CounterRandom(seed_, Purpose::shuffle, epoch));
      }
      const auto from = permutation_.begin() + static_cast<std::ptrdiff_t>(step % steps_per_epoch() * batch_);
      std::copy_n(from, batch_, batch.begin());
      std::sort(batch.begin(), batch.end());
    }
  }
}

}  // namespace descent
