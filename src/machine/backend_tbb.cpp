// The only file that uses oneTBB. It is compiled without the thread sanitizer, which cannot see into Debian's library;
// the annotations below tell the sanitizer how fork and join order memory accesses.
#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>
#include <tbb/task_arena.h>
#include <tbb/version.h>

#include "machine/backend.hpp"

extern "C" {
__attribute__((weak)) void __tsan_acquire(void*);  // NOLINT(bugprone-reserved-identifier): the sanitizer's own names
__attribute__((weak)) void __tsan_release(void*);  // NOLINT(bugprone-reserved-identifier)
}

namespace descent::machine {
namespace {

void acquire(char& order) {
  if (__tsan_acquire != nullptr) __tsan_acquire(&order);
}
void release(char& order) {
  if (__tsan_release != nullptr) __tsan_release(&order);
}

class TbbBackend final : public Backend {
 public:
  // Without the control an arena never gets more threads than the machine has cores.
  explicit TbbBackend(int threads)
      : threads_(threads),
        limit_(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads)),
        arena_(threads) {}

  void run(void (*call)(void*, int), void* context) override {
    char fork = 0, join = 0;
    release(fork);
    arena_.execute([&] {
      tbb::parallel_for(
          tbb::blocked_range<int>(0, threads_, 1),
          [&](const tbb::blocked_range<int>& range) {
            for (int i = range.begin(); i < range.end(); ++i) {
              acquire(fork);
              call(context, i);
              release(join);
            }
          },
          tbb::simple_partitioner{});
    });
    acquire(join);
  }

 private:
  int threads_;
  tbb::global_control limit_;
  tbb::task_arena arena_;
};

}  // namespace

std::unique_ptr<Backend> make_tbb_backend(int threads) { return std::make_unique<TbbBackend>(threads); }

std::string tbb_version() { return TBB_runtime_version(); }

}  // namespace descent::machine
