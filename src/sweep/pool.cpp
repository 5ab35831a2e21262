#include "sweep/pool.hpp"

#include <utility>

namespace descent::sweep {

void Pool::submit(double priority, std::function<void()> piece) {
  const std::lock_guard lock(mutex_);
  if (failure_) return;
  waiting_.emplace(priority, std::move(piece));
  changed_.notify_one();
}

void Pool::run() {
  team_.for_each(static_cast<std::size_t>(team_.threads()), [this](std::size_t) { work(); });
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void Pool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return !waiting_.empty() || running_ == 0; });
    if (waiting_.empty()) return;
    const std::function<void()> piece = std::move(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    ++running_;
    lock.unlock();
    std::exception_ptr failure;
    try {
      piece();
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    --running_;
    if (failure && !failure_) {
      failure_ = failure;
      waiting_.clear();
    }
    if (waiting_.empty() && running_ == 0) changed_.notify_all();
  }
}

}  // namespace descent::sweep
