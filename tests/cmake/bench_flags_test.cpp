// The options of the benchmark programs. Tested only if those programs are built.
#include <gtest/gtest.h>

#include "app/program.hpp"

namespace descent::app::test {
namespace {

const std::string kStep = DESCENT_BINARY_DIR "/bin/bench_step ";

bool built() { return std::string_view(DESCENT_BENCH_PROGRAMS).find("bench_step") != std::string_view::npos; }

TEST(BenchFlags, AWrongOneIsOneLineAndStatus2) {
  if (!built()) GTEST_SKIP() << "DESCENT_BENCH is off";
  for (const auto& [flags, text] :
       {std::pair<std::string, std::string>{"--n 0", "--n '0': expected whole numbers from 1"},
        {"--n=5,6", "--n '5,6': expected one number"},
        {"--n 5 --n 6", "--n: "},
        {"--batches", "--batches: "},
        {"--batches=x", "--batches 'x': expected whole numbers from 0"},
        {"--n=100 --batches=101", "--batches 101: expected at most --n 100"},
        {"--losses=hing", "unknown loss 'hing'; did you mean 'hinge'?"},
        {"--bogus", "--bogus: found an unknown option; expected one of those that --help names"}}) {
    const Outcome outcome = run_shell(kStep + flags);
    EXPECT_EQ(outcome.status, 2) << flags;
    EXPECT_EQ(lines_in(outcome.out), 1U) << outcome.out;
    EXPECT_NE(outcome.out.find(text), std::string::npos) << flags << ": " << outcome.out;
  }
}

TEST(BenchFlags, ThoseOfGoogleBenchmarkAreLeftToIt) {
  if (!built()) GTEST_SKIP() << "DESCENT_BENCH is off";
  const Outcome outcome = run_shell(kStep +
                                    "--n=64 --d 4 --engines=reference --batches=16,full --threads=1 "
                                    "--benchmark_list_tests=true");
  EXPECT_EQ(outcome.status, 0) << outcome.out;
  EXPECT_EQ(outcome.out,
            "step/reference/softmax_cross_entropy/batch:16/threads:1/real_time\n"
            "step/reference/softmax_cross_entropy/batch:64/threads:1/real_time\n");
}

}  // namespace
}  // namespace descent::app::test
