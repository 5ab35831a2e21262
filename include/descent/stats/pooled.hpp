#pragma once

#include <optional>
#include <span>

namespace descent::stats {

/// A variance and how well it is known: the degrees of freedom of its χ².
struct Variance {
  double value = 0, freedom = 0;
};

/// What variances of several groups have in common: the groups' true ones scatter about `value` as 1/χ² with that many
/// degrees of freedom does; infinitely many where they differ by no more than chance explains.
///
/// From the mean and the variance of their logarithms. Groups without scatter or freedom count for nothing. Nothing for
/// fewer than three groups.
/// source  Smyth, Linear models and empirical Bayes methods for assessing differential expression in microarray
///         experiments (2004), section 6.2
std::optional<Variance> common_variance(std::span<const Variance> groups);

/// A group's variance, moved towards the common one by the freedom of each. Its own freedom grows by that of the common
/// one, up to what all groups have together, `most`.
/// source  Smyth (2004), section 4; the bound is that of the limma package, which is Smyth's
Variance moderated(const Variance& own, const Variance& common, double most);

}  // namespace descent::stats
