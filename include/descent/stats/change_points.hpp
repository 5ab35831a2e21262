#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace descent::stats {

/// Where a sequence steps to another level: the first index after the step, and the p of there being no step at all.
struct ChangePoint {
  std::size_t at = 0;
  double p = 1;
};

/// The steps in a sequence, in order: the split with the largest rank statistic |U − nm/2| (Pettitt 1979) where its p
/// is at most `level`, then likewise on both sides of it (binary segmentation: Scott and Knott 1974). Its p is that of
/// the largest statistic over all splits, by the permutations of the sequence, 100,000 drawn ones: so of sequences
/// without a step, whose values are exchangeable, at most a share `level` shows any. Finite values, in any number.
std::vector<ChangePoint> change_points(std::span<const double> values, double level);

/// The least number of values with which a step can be found at this level.
std::size_t values_for_step(double level);

}  // namespace descent::stats
