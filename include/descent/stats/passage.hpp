#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace descent::stats {

/// Where a curve comes to a level: interpolated, and the points on both sides.
struct Passage {
  double step = 0, low = 0, high = 0;
};

/// Steps for which a curve has to stay at a level, on the average, as a multiple of those that led there: √2.
inline constexpr double kHold = 1.4142135623730951;

/// Watches a curve, point by point, for the moment at which it has come to a level. That is the first point k with
///
///   y(k) <= level   and   mean of y over the steps of [k, √2·k] <= level.
///
/// The mean is that of the lines between points (trapezoids), and goes on to the second point after k at least. A
/// single dip of a noisy curve is therefore no passage, and the steps of a curve that only falls are those of its first
/// point at or under the level. The step is interpolated between k and the point before it, in ln of the larger of y
/// and that mean over ln step; linearly where either is not above 0.
class PassageWatch {
 public:
  /// No value of y is below `least`: what it says about open() rests on that.
  explicit PassageWatch(double level, double least = 0) : level_(level), least_(least) {}

  /// The next point, at a larger step than the one before. `counts`: a passage may be found at it. Without that it
  /// only tells about earlier ones.
  void add(std::int64_t step, double y, bool counts = true);
  /// There are no more points. What lacks nothing but the second point after it is decided by what there is; and where
  /// who made the curve `arrived`, that is saw it arrive and ended it, so is everything that has one point after it.
  void end(bool arrived);

  /// The passage, once the curve has stayed long enough to tell.
  const std::optional<Passage>& found() const noexcept { return found_; }
  /// Is there a point that may still turn out to be the passage?
  bool open() const;

 private:
  struct Point {
    double step, y, sum;  // the sum of trapezoids up to here
  };
  double window_end(std::size_t i) const;
  double mean_between(std::size_t i, double end) const;
  double over(std::size_t i, double end) const;
  void find(std::size_t i, double last);

  double level_, least_;
  std::vector<Point> points_;
  std::vector<std::size_t> candidates_;  // points at or under the level whose window has not ended
  std::size_t first_candidate_ = 0;
  std::optional<Passage> found_;
};

/// The passage of a whole curve, found at a point of at most `most` steps. Steps increase; the shorter of the two tells
/// how many points there are. `arrived`: the curve ends because it was seen to arrive.
std::optional<Passage> passage(std::span<const std::int64_t> steps, std::span<const double> y, double level,
                               double most = std::numeric_limits<double>::infinity(), bool arrived = false);

/// The first passage: the first point at or under the level whose next point is too, interpolated in the same way. Of a
/// noisy curve it is a dip, and depends on which steps were looked at.
std::optional<Passage> first_passage(std::span<const std::int64_t> steps, std::span<const double> y, double level,
                                     double most = std::numeric_limits<double>::infinity());

}  // namespace descent::stats
