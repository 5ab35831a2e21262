#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <map>
#include <mutex>

#include "descent/machine/team.hpp"

namespace descent::sweep {

/// Runs independent pieces of work side by side, one per worker of a team; a piece may submit more. Pieces are taken in
/// order of priority, then of submission. No piece waits for a certain worker: a single worker can do all of them.
class Pool {
 public:
  explicit Pool(machine::Team& team) : team_(team) {}

  /// `priority`: lower goes first. May be called from inside a piece.
  void submit(double priority, std::function<void()> piece);
  /// Returns when every piece is done. After the first exception of a piece, pieces that have not begun are dropped,
  /// and the exception is rethrown.
  void run();

 private:
  void work();

  machine::Team& team_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<double, std::function<void()>> waiting_;
  std::size_t running_ = 0;
  std::exception_ptr failure_;
};

}  // namespace descent::sweep
