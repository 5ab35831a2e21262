#pragma once

#include "descent/stats/interval.hpp"

namespace descent::analysis {

/// How well a positive figure is known: the standard error of its logarithm, and the degrees of freedom of its t
/// distribution.
struct LogError {
  double error = 0, freedom = 0;
};

/// The error of the product of two independent figures with these errors.
/// source  freedom: Welch, The generalization of 'Student's' problem when several different population variances are
///         involved, Biometrika 34 (1947) 28–35
LogError sum_of(const LogError& a, const LogError& b);

/// The interval of a figure with this error.
stats::Interval interval_of(double figure, const LogError& error);

}  // namespace descent::analysis
