#include "train/looks.hpp"

#include <algorithm>
#include <cmath>

namespace descent::train {

Looks::Looks(const TrainOptions& options) : options_(options) {
  if (options.every_step || options.grid) return;
  for (const double level : options.close_to)
    levels_.push_back({options.least_value + kClose * (level - options.least_value),
                       stats::PassageWatch(level, options.least_value)});
}

std::int64_t Looks::grid_point(std::size_t index) const {
  if (options_.grid) return options_.grid(index);
  return options_.every_step ? static_cast<std::int64_t>(index) : grid_step(index);
}

bool Looks::close() const {
  return std::any_of(levels_.begin(), levels_.end(), [&](const Close& level) {
    return value_ <= level.under && !level.watch.found() && level.spent < kMostCloseLooks;
  });
}

std::int64_t Looks::next(std::int64_t most, const std::function<bool()>& open) {
  if (ahead_.empty()) {
    const std::int64_t grid = grid_point(index_), stretch = grid - step_;
    if (step_ >= 0 && stretch > 1 && close())
      for (int part = 1; part < kParts; ++part)
        if (const std::int64_t between = step_ + std::llround(static_cast<double>(stretch) * part / kParts);
            between > (ahead_.empty() ? step_ : ahead_.back()) && between < grid)
          ahead_.push_back(between);
    for (Close& level : levels_)
      if (value_ <= level.under && !level.watch.found()) level.spent += static_cast<int>(ahead_.size());
    ahead_.push_back(grid);
  }
  between_ = false;
  if (ahead_.front() > most && !open()) return most;
  const std::int64_t step = ahead_.front();
  ahead_.pop_front();
  between_ = !ahead_.empty();
  if (!between_) ++index_;
  return step;
}

void Looks::saw(std::int64_t step, double value) {
  step_ = step, value_ = value;
  for (Close& level : levels_) level.watch.add(step, value);
}

}  // namespace descent::train
