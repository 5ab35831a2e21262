#include <gtest/gtest.h>

#include <cstdio>
#include <exception>
#include <fstream>
#include <string_view>

#include "descent/sweep/sweep.hpp"
#include "sweep/deterministic.hpp"
#include "sweep/tiny.hpp"

namespace {

/// `tiny-sweep OUT` runs the tiny sweep with timings, in a process that tests can kill. It always resumes what is
/// there, and writes its deterministic tables to OUT.
int tiny_sweep(const char* out) {
  descent::sweep::SweepOptions options = descent::sweep::killed_options();
  options.out = out;
  options.resume = true;
  descent::sweep::Listener listener;
  const descent::record::Report report = descent::sweep::run_sweep(options, {}, listener, listener.cancel);
  std::ofstream(out) << descent::sweep::deterministic_text(report);
  return 0;
}

}  // namespace

/// The main() of these tests. A sweep starts this program again to take timings, and tests start it to kill it.
int main(int argc, char** argv) {
  try {
    if (argc == 3 && std::string_view(argv[1]) == descent::sweep::kTimingArgument)
      return descent::sweep::run_timing_invocation(argv[2]);
    if (argc == 3 && std::string_view(argv[1]) == "tiny-sweep") return tiny_sweep(argv[2]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
