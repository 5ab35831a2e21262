#include <gtest/gtest.h>

#include <cstdio>
#include <exception>
#include <string_view>

#include "descent/sweep/sweep.hpp"

/// The tests' own main: a sweep under test starts this program again for its timings.
int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == descent::kTimingArgument) {
    try {
      return descent::run_timing_invocation(argv[2]);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
      return 2;
    }
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
