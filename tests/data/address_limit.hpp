#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>

namespace descent::data::test {

/// As long as this object exists, the process may take only that many bytes more, as under `ulimit -v`. Sanitizers
/// reserve far more address space than any machine has; with them, `possible()` is false.
class AddressLimit {
 public:
  explicit AddressLimit(rlim_t bytes) {
    getrlimit(RLIMIT_AS, &before_);
    rlim_t pages = 0;
    // Read without a stream, whose buffer would count as used memory, although it is free again a moment later.
    char text[64] = {};
    const int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (file >= 0 && read(file, text, sizeof text - 1) > 0) pages = std::strtoull(text, nullptr, 10);
    if (file >= 0) close(file);
    rlimit limit = before_;
    limit.rlim_cur = pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + bytes;
    setrlimit(RLIMIT_AS, &limit);
  }
  AddressLimit(const AddressLimit&) = delete;
  AddressLimit& operator=(const AddressLimit&) = delete;
  ~AddressLimit() { setrlimit(RLIMIT_AS, &before_); }

  static constexpr bool possible() {
#if defined(DESCENT_SANITIZE_ADDRESS) || defined(DESCENT_SANITIZE_THREAD)
    return false;
#else
    return true;
#endif
  }

 private:
  rlimit before_{};
};

}  // namespace descent::data::test
