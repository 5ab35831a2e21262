#include "descent/stats/passage.hpp"

#include <algorithm>
#include <cmath>

namespace descent::stats {
namespace {

double interpolate(double k0, double y0, double k1, double y1, double level) {
  if (y0 <= level) return k0;
  if (k0 > 0 && y0 > 0 && y1 > 0 && level > 0) {
    const double share = std::log(y0 / level) / std::log(y0 / y1);
    return k0 * std::pow(k1 / k0, share);
  }
  return k0 + (k1 - k0) * (y0 - level) / (y0 - y1);
}

}  // namespace

/// The step at which the mean that begins at a point ends; infinity if the second point after it does not exist yet.
double PassageWatch::window_end(std::size_t i) const {
  if (i + 2 >= points_.size()) return std::numeric_limits<double>::infinity();
  return std::max(kHold * points_[i].step, points_[i + 2].step);
}

/// Mean of y over the steps from a point to `end`, which is no later than the last point.
double PassageWatch::mean_between(std::size_t i, double end) const {
  const auto right = std::lower_bound(points_.begin() + static_cast<std::ptrdiff_t>(i) + 1, points_.end(), end,
                                      [](const Point& point, double step) { return point.step < step; });
  const Point &after = *right, &before = *(right - 1);
  const double y = before.y + (after.y - before.y) * (end - before.step) / (after.step - before.step);
  const double sum = before.sum + (before.y + y) / 2 * (end - before.step);
  return (sum - points_[i].sum) / (end - points_[i].step);
}

/// The larger of y and the mean: it has to be at or under the level for a passage.
double PassageWatch::over(std::size_t i, double end) const { return std::max(points_[i].y, mean_between(i, end)); }

/// Records the passage at a point if there is one. Windows that go beyond `last` are cut there.
void PassageWatch::find(std::size_t i, double last) {
  const double here = over(i, std::min(window_end(i), last));
  if (!(here <= level_)) return;
  const double k = points_[i].step;
  if (i == 0) {
    found_ = Passage{k, k, k};
    return;
  }
  const double before = points_[i - 1].step;
  found_ = Passage{interpolate(before, over(i - 1, std::min(window_end(i - 1), last)), k, here, level_), before, k};
}

void PassageWatch::add(std::int64_t step, double y, bool counts) {
  if (found_) return;
  const auto at = static_cast<double>(step);
  double sum = 0;
  if (!points_.empty()) sum = points_.back().sum + (points_.back().y + y) / 2 * (at - points_.back().step);
  points_.push_back({at, y, sum});
  if (counts && y <= level_) candidates_.push_back(points_.size() - 1);
  // Windows end in the order in which they begin.
  while (!found_ && first_candidate_ < candidates_.size() && window_end(candidates_[first_candidate_]) <= at)
    find(candidates_[first_candidate_++], at);
}

void PassageWatch::end(bool arrived) {
  for (; !found_ && first_candidate_ < candidates_.size(); ++first_candidate_) {
    const std::size_t i = candidates_[first_candidate_];
    if (i + 1 < points_.size() && (arrived || kHold * points_[i].step <= points_.back().step))
      find(i, points_.back().step);
  }
}

bool PassageWatch::open() const {
  if (found_) return false;
  for (std::size_t c = first_candidate_; c < candidates_.size(); ++c) {
    const std::size_t i = candidates_[c];
    const Point &from = points_[i], &last = points_.back();
    const double end = std::max(kHold * from.step, last.step);
    // If all later values were as low as y can be, would the mean be at or under the level?
    const double to_come = end > last.step ? least_ * (end - last.step) : 0;
    if (last.sum - from.sum + to_come <= level_ * (end - from.step)) return true;
  }
  return false;
}

std::optional<Passage> passage(std::span<const std::int64_t> steps, std::span<const double> y, double level,
                               double most, bool arrived) {
  PassageWatch watch(level);
  for (std::size_t i = 0; i < std::min(steps.size(), y.size()) && !watch.found(); ++i)
    watch.add(steps[i], y[i], static_cast<double>(steps[i]) <= most);
  watch.end(arrived);
  return watch.found();
}

std::optional<Passage> first_passage(std::span<const std::int64_t> steps, std::span<const double> y, double level,
                                     double most) {
  for (std::size_t i = 0; i + 1 < std::min(steps.size(), y.size()); ++i) {
    const auto high = static_cast<double>(steps[i]);
    if (high > most) return {};
    if (!(y[i] <= level) || !(y[i + 1] <= level)) continue;
    if (i == 0) return Passage{high, high, high};
    const auto low = static_cast<double>(steps[i - 1]);
    return Passage{interpolate(low, y[i - 1], high, y[i], level), low, high};
  }
  return {};
}

}  // namespace descent::stats
