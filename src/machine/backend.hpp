#pragma once

#include <memory>
#include <string>

namespace descent::machine {

/// Runs call(context, i) once for each i in [0, threads), on as many threads as it can get, and waits. Type-erased, so
/// that the oneTBB backend can be compiled without the thread sanitizer. `call` must not throw.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual void run(void (*call)(void* context, int index), void* context) = 0;
};

std::unique_ptr<Backend> make_tbb_backend(int threads);
std::unique_ptr<Backend> make_thread_backend(int threads);
std::string tbb_version();  ///< of the library that is loaded

}  // namespace descent::machine
