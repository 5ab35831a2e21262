#pragma once

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include <cstdint>

namespace descent::machine {

/// While an object of this class lives, the calling thread flushes denormal results to zero and reads denormals as
/// zero. The mode is per thread: every worker needs an object of its own, so that all give the same bits.
class FlushDenormals {
 public:
  FlushDenormals() noexcept : before_(get()) { set(before_ | kMask); }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;
  ~FlushDenormals() { set(before_); }

 private:
#if defined(__x86_64__)
  static constexpr std::uint64_t kMask = 0x8040;  // FTZ | DAZ of MXCSR
  static std::uint64_t get() noexcept { return _mm_getcsr(); }
  static void set(std::uint64_t value) noexcept { _mm_setcsr(static_cast<unsigned>(value)); }
#elif defined(__aarch64__)
  static constexpr std::uint64_t kMask = std::uint64_t{1} << 24;  // FZ of FPCR
  static std::uint64_t get() noexcept {
    std::uint64_t value;
    asm volatile("mrs %0, fpcr" : "=r"(value));
    return value;
  }
  static void set(std::uint64_t value) noexcept { asm volatile("msr fpcr, %0" : : "r"(value)); }
#else
  static constexpr std::uint64_t kMask = 0;
  static std::uint64_t get() noexcept { return 0; }
  static void set(std::uint64_t) noexcept {}
#endif
  std::uint64_t before_;
};

}  // namespace descent::machine
