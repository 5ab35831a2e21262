#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "machine/backend.hpp"

namespace descent::machine {
namespace {

/// Threads of the standard library, parked between runs.
class ThreadBackend final : public Backend {
 public:
  explicit ThreadBackend(int threads) {
    try {
      for (int i = 1; i < threads; ++i) workers_.emplace_back([this, i] { serve(i); });
    } catch (...) {
      stop();
      throw;
    }
  }
  ~ThreadBackend() override { stop(); }

  void run(void (*call)(void*, int), void* context) override {
    {
      const std::lock_guard lock(mutex_);
      call_ = call, context_ = context, running_ = workers_.size();
      ++round_;
    }
    wake_.notify_all();
    call(context, 0);
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return running_ == 0; });
  }

 private:
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    for (std::thread& worker : workers_) worker.join();
  }

  void serve(int index) {
    std::uint64_t seen = 0;
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [&] { return stop_ || round_ != seen; });
      if (stop_) return;
      seen = round_;
      lock.unlock();
      call_(context_, index);
      lock.lock();
      if (--running_ == 0) idle_.notify_one();
    }
  }

  std::vector<std::thread> workers_;
  std::mutex mutex_;
  std::condition_variable wake_, idle_;
  void (*call_)(void*, int) = nullptr;
  void* context_ = nullptr;
  std::size_t running_ = 0;
  std::uint64_t round_ = 0;
  bool stop_ = false;
};

}  // namespace

std::unique_ptr<Backend> make_thread_backend(int threads) { return std::make_unique<ThreadBackend>(threads); }

}  // namespace descent::machine
