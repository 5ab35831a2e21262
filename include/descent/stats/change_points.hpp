#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace descent::stats {

/// A step of a sequence to another level: the first index after the step, and the p-value under "there is no step".
struct ChangePoint {
  std::size_t at = 0;
  double p = 1;
};

/// The steps in a sequence, in order: the split with the largest rank statistic |U − nm/2| (Pettitt 1979) if its p is
/// at most `level`, then in the same way on both sides of it (binary segmentation: Scott and Knott 1974). p is that of
/// the largest statistic over all splits, from 100,000 random permutations. So at most a share `level` of sequences
/// without a step (exchangeable values) shows one. `values` are finite, in any number.
std::vector<ChangePoint> change_points(std::span<const double> values, double level);

/// The least number of values with which a step can be found at this level.
std::size_t values_for_step(double level);

}  // namespace descent::stats
