#pragma once

#include <optional>
#include <span>

namespace descent::stats {

/// A variance and how well it is known: the degrees of freedom of its χ².
struct Variance {
  double value = 0, freedom = 0;
};

/// The common distribution of the variances of several groups: the groups' true variances scatter about `value` as 1/χ²
/// with the returned degrees of freedom; infinitely many if the variances differ by no more than chance explains.
///
/// Computed from the mean and the variance of their logarithms. Groups without scatter or freedom are ignored. Empty
/// for fewer than three groups.
/// source  Smyth, Linear models and empirical Bayes methods for assessing differential expression in microarray
///         experiments (2004), section 6.2
std::optional<Variance> common_variance(std::span<const Variance> groups);

/// A group's variance, moved towards the common one; each is weighted by its degrees of freedom. The result has the
/// freedom of both together, at most `most`, the freedom of all groups together.
/// source  Smyth (2004), section 4; the bound is that of the limma package, which is Smyth's
Variance moderated(const Variance& own, const Variance& common, double most);

}  // namespace descent::stats
