#pragma once

#include "descent/sweep/options.hpp"

namespace descent::app {

inline constexpr std::size_t kLeastComparisons = 200;

/// A sweep of small cells, all of them under two names, on a machine of `cpus` CPUs: at least kLeastComparisons pairs
/// whatever the number of CPUs; eight processes; rates and budgets that leave nearly all of the time to the timings.
sweep::SweepOptions noise_check_options(int cpus);

/// The pairs that such a sweep compares.
std::size_t comparisons_of(const sweep::SweepOptions& options);

}  // namespace descent::app
