#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace descent::stats {

/// The step at which a curve reaches a level: the interpolated step, and the points on both sides.
struct Passage {
  double step = 0, low = 0, high = 0;
};

/// A curve has to stay at a level, on average, until this multiple of the steps that led to it: √2.
inline constexpr double kHold = 1.4142135623730951;

/// Watches a curve, point by point, for its passage of a level. That is the first point k with
///
///   y(k) <= level   and   mean of y over the steps of [k, √2·k] <= level.
///
/// The mean is taken over the lines between points (trapezoids), at least up to the second point after k. So a single
/// dip of a noisy curve is no passage, while a curve that only falls passes at its first point at or under the level.
/// The step is interpolated between k and the point before it, in ln of the larger of y and that mean over ln step;
/// linearly where either is not above 0.
class PassageWatch {
 public:
  /// No value of y is below `least`; open() relies on that.
  explicit PassageWatch(double level, double least = 0) : level_(level), least_(least) {}

  /// Adds the next point, at a larger step than the one before. `counts`: this point may be the passage; if false, it
  /// only helps to decide about earlier points.
  void add(std::int64_t step, double y, bool counts = true);
  /// Ends the curve. A point that lacks only the second point after it is decided by the points that exist. If
  /// `arrived`, that is, if the curve was ended because it was seen to reach the level, so is every point that has one
  /// point after it.
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

/// The passage of a whole curve, found at a point of at most `most` steps. Steps increase; the shorter of `steps` and
/// `y` gives the number of points. `arrived`: see PassageWatch::end().
std::optional<Passage> passage(std::span<const std::int64_t> steps, std::span<const double> y, double level,
                               double most = std::numeric_limits<double>::infinity(), bool arrived = false);

/// The first passage: the first point at or under the level whose next point is too, interpolated in the same way. For
/// a noisy curve this may be a mere dip, and it depends on which steps were evaluated.
std::optional<Passage> first_passage(std::span<const std::int64_t> steps, std::span<const double> y, double level,
                                     double most = std::numeric_limits<double>::infinity());

}  // namespace descent::stats
