#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "descent/stats/interval.hpp"

namespace descent::stats {

/// y = intercept + slope · x by (weighted) least squares.
struct LineFit {
  double intercept = 0, slope = 0;
  double r_squared = 1;  ///< 1 where y does not vary
};
/// weights empty (all 1) or one per point. Nothing for fewer than two points or where x does not vary.
std::optional<LineFit> fit_line(std::span<const double> x, std::span<const double> y,
                                std::span<const double> weights = {});

/// Interval of the slope where neighbouring residuals are correlated: moving-block bootstrap of the residuals (Künsch
/// 1989), blocks of about n^(1/3) on a circle, so that the ends count in full; residuals inflated for the two
/// parameters. Nothing for fewer than four points.
std::optional<Interval> slope_interval(std::uint64_t seed, int replicates, std::span<const double> x,
                                       std::span<const double> y, double confidence = kConfidence);

}  // namespace descent::stats
