#pragma once

#include "descent/stats/interval.hpp"

namespace descent::analysis {

/// How well a positive figure is known: the standard error of its logarithm, and the freedom of the t that goes with
/// it.
struct LogError {
  double error = 0, freedom = 0;
};

/// Of the product of two figures that are known so well, independently.
/// source  freedom: Welch, The generalization of 'Student's' problem when several different population variances are
///         involved, Biometrika 34 (1947) 28–35
LogError sum_of(const LogError& a, const LogError& b);

/// The interval of a figure that is known so well.
stats::Interval interval_of(double figure, const LogError& error);

}  // namespace descent::analysis
