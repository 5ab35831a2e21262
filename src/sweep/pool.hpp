#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <map>
#include <mutex>

#include "descent/machine/team.hpp"

namespace descent::sweep {

/// Independent pieces of work, side by side, one per worker of a team; a piece may submit more. Taken in order of
/// priority, then of submission. Workers that never show up hold nothing up: any one of them can do all the pieces.
class Pool {
 public:
  explicit Pool(machine::Team& team) : team_(team) {}

  /// `priority`: lower goes first. May be called from inside a piece.
  void submit(double priority, std::function<void()> piece);
  /// Returns when every piece is done. The first exception of a piece drops those not begun and is rethrown.
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
