#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "descent/stats/passage.hpp"
#include "descent/train/train.hpp"

namespace descent::train {

/// The steps at which a run is looked at: those of its grid, and where f comes close to one of TrainOptions::close_to,
/// until it has passed it, kParts as many.
class Looks {
 public:
  static constexpr int kParts = 4;
  static constexpr double kClose = 2;  ///< times the gap of a value above least_value

  explicit Looks(const TrainOptions& options);

  /// The next step to look at. One of more than `most` steps is not, unless something is `open` that it may settle:
  /// then `most` itself is the next one. So what is found does not hang on `most`.
  std::int64_t next(std::int64_t most, const std::function<bool()>& open);
  /// Is the step that next() gave one between the points of the grid?
  bool between() const noexcept { return between_; }
  /// f at the step that next() gave.
  void saw(std::int64_t step, double value);

 private:
  struct Close {
    double under;  // where looks become closer
    stats::PassageWatch watch;
    int spent = 0;
  };
  std::int64_t grid_point(std::size_t index) const;
  bool close() const;

  const TrainOptions& options_;
  std::vector<Close> levels_;
  std::deque<std::int64_t> ahead_;
  std::size_t index_ = 0;
  std::int64_t step_ = -1;
  double value_ = 0;
  bool between_ = false;
};

}  // namespace descent::train
