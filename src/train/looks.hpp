#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "descent/stats/passage.hpp"
#include "descent/train/train.hpp"

namespace descent::train {

/// The steps at which a run is evaluated: those of its grid; and kParts times as many while f is close to a value of
/// TrainOptions::close_to, until f has passed the value.
class Looks {
 public:
  static constexpr int kParts = 4;
  /// f is close to a value if its gap above least_value is less than this multiple of the value's
  static constexpr double kClose = 2;

  explicit Looks(const TrainOptions& options);

  /// The next step to evaluate. A step beyond `most` is used only if `open` says that something is still undecided;
  /// else `most` itself is the next one. So the result does not depend on `most`.
  std::int64_t next(std::int64_t most, const std::function<bool()>& open);
  /// Is the step from next() between two points of the grid?
  bool between() const noexcept { return between_; }
  /// Records f at the step from next().
  void saw(std::int64_t step, double value);

 private:
  struct Close {
    double under;  // evaluations become closer when f is below this
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
