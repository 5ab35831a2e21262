#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "descent/record/status.hpp"

namespace descent::train {

using record::Sampling;
Sampling parse_sampling(std::string_view name);  ///< throws UsageError with the nearest name
std::vector<std::string> sampling_names();       ///< names of the samplings that draw rows: all but `none`

/// Which rows each step takes. The rows of any step can be computed alone: they depend on (seed, step) only. The
/// indices of a batch are sorted. reshuffle: floor(n / batch) batches an epoch, the last n mod batch rows are dropped.
class Sampler {
 public:
  /// 1 <= batch <= n < 2³²; Sampling::none needs batch == n.
  Sampler(Sampling sampling, std::size_t n, std::size_t batch, std::uint64_t seed);
  std::size_t batch() const noexcept { return batch_; }
  /// Writes the rows of `steps` steps from `first_step` on; out (steps × batch,).
  void rows(std::uint64_t first_step, std::size_t steps, std::span<std::uint32_t> out);
  std::uint64_t steps_per_epoch() const noexcept { return epoch_steps_; }

 private:
  /// Fills batches_ with the batches of an epoch.
  void deal(std::uint64_t epoch);

  Sampling sampling_;
  std::size_t n_, batch_, epoch_steps_;
  std::uint64_t seed_;
  std::uint64_t epoch_ = ~std::uint64_t{0};  // the epoch in batches_
  std::vector<std::uint32_t> batches_;       // the batches of an epoch, one after the other
  std::vector<std::uint32_t> permutation_, batch_of_, filled_;
  std::vector<std::uint64_t> taken_;  // a bit per row, for large distinct batches
};

}  // namespace descent::train
