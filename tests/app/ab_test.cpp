// descent ab says which of two commands is faster, and decides this while they run.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "app/ab/bench_steps.hpp"
#include "app/ab/child.hpp"
#include "app/ab/rounds.hpp"
#include "app/program.hpp"
#include "descent/core/error.hpp"
#include "descent/core/random.hpp"
#include "descent/join/comparison.hpp"

namespace descent::app {
namespace {

using testing::HasSubstr;

/// Two commands with made-up seconds. Their logarithms scatter by `sd`, B takes `slower` times as long as A, and every
/// process takes a little longer than the one before. A process that follows one of the other command is 3 % slower.
struct MadeUp {
  double sd = 0.03, slower = 1, drift = 1e-4;
  core::CounterRandom random;
  double clock = 0;
  int processes = 0;
  AbArm last = AbArm::b;

  explicit MadeUp(std::uint64_t seed) : random(seed, core::Purpose::noise) {}
  std::vector<AbResult> run(AbPlan plan) {
    return run_rounds(
        plan,
        [&](AbArm arm) -> AbSeconds {
          double seconds = std::exp(sd * random.next_normal() + drift * processes++) * (arm == AbArm::b ? slower : 1);
          if (arm != last) seconds *= 1.03;
          last = arm;
          clock += seconds;
          return {{"command", seconds}};
        },
        [&] { return clock; }, [](std::size_t) {});
  }
};

TEST(AbRounds, TellsFasterSlowerAndSameAndWhatItCannotTell) {
  AbPlan plan;
  plan.budget_seconds = 3000;
  MadeUp slower(1), faster(2), same(3), short_of_time(4);
  slower.slower = 1.2, faster.slower = 1 / 1.2;
  same.sd = 0.01;
  const AbResult found = slower.run(plan).front();
  EXPECT_EQ(found.verdict, AbVerdict::slower);
  EXPECT_NEAR(found.ratio, 1 / 1.2, 0.05);
  EXPECT_TRUE(*found.ends.low <= found.ratio && found.ratio <= *found.ends.high && *found.ends.high < 1);
  EXPECT_LT(found.log_ratios.size(), 20U) << "the rounds have to end when it is decided";
  EXPECT_EQ(faster.run(plan).front().verdict, AbVerdict::faster);
  EXPECT_EQ(same.run(plan).front().verdict, AbVerdict::same);
  plan.budget_seconds = 20;
  short_of_time.slower = 1.01;
  const AbResult open = short_of_time.run(plan).front();
  EXPECT_EQ(open.verdict, AbVerdict::undecided);
  EXPECT_LE(short_of_time.clock, 22);
}

// How many of 400 pairs of equal commands get a verdict, on a machine with drift and an effect of the order.
TEST(AbRounds, TellsEqualCommandsApartAsSeldomAsPromised) {
  AbPlan plan;
  plan.budget_seconds = 600;
  int alarms = 0;
  for (std::uint64_t run = 0; run < 400; ++run) {
    plan.seed = run;
    MadeUp equal(1000 + run);
    const AbVerdict verdict = equal.run(plan).front().verdict;
    alarms += verdict == AbVerdict::faster || verdict == AbVerdict::slower;
  }
  std::cout << alarms << " of 400 pairs of equal commands were told apart\n";
  EXPECT_LE(alarms, 29);  // at most 20 are expected; 29 or fewer come in 98 % of cases
}

// In some of these runs, A differs from itself by chance. B takes twice as long, which is more: it is slower all the
// same.
TEST(AbRounds, ALargeDifferenceIsAVerdictWhereADiffersFromItselfByLess) {
  AbPlan plan;
  plan.budget_seconds = 600;
  int differ = 0;
  for (std::uint64_t run = 0; run < 400; ++run) {
    plan.seed = run;
    MadeUp slow(2000 + run), equal(3000 + run);
    slow.slower = 2;
    const AbResult found = slow.run(plan).front(), same = equal.run(plan).front();
    differ += found.self_differs;
    EXPECT_EQ(found.verdict, AbVerdict::slower) << run;
    EXPECT_FALSE(same.self_differs && same.verdict == AbVerdict::same) << run;
  }
  EXPECT_GT(differ, 0);
}

TEST(AbRounds, ComparesWhatBothHaveAndRefusesWhereThatIsNothing) {
  AbPlan plan;
  double clock = 0;
  const auto now = [&] { return clock += 1; };
  const auto results = run_rounds(
      plan,
      [](AbArm arm) {
        return arm == AbArm::a ? AbSeconds{{"x", 1}, {"y", 2}} : AbSeconds{{"y", 1}, {"z", 1}};
      },
      now, [](std::size_t) {});
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0].name, "y");
  EXPECT_EQ(results[0].verdict, AbVerdict::faster);
  EXPECT_NEAR(results[0].ratio, 2, 1e-12);
  EXPECT_THROW(run_rounds(
                   plan,
                   [](AbArm arm) {
                     return AbSeconds{{arm == AbArm::a ? "x" : "z", 1}};
                   },
                   now, [](std::size_t) {}),
               join::NotComparable);
}

TEST(AbRounds, ARoundThatHasNoTimeLeftDoesNotCount) {
  AbPlan plan;
  double clock = 0;
  int runs = 0;
  const auto results = run_rounds(
      plan,
      [&](AbArm) {
        if (++runs > 12) throw OutOfTime{};  // two runs that do not count, two rounds of four, half a round
        return AbSeconds{{"command", 1}};
      },
      [&] { return clock += 0.001; }, [](std::size_t) {});
  EXPECT_EQ(results.at(0).log_ratios.size(), 2U);
  EXPECT_EQ(results.at(0).verdict, AbVerdict::undecided);
}

TEST(BenchSteps, AreReadFromGoogleBenchmarksJson) {
  const AbSeconds seconds = step_seconds(
      R"({"context": {}, "benchmarks": [
        {"name": "step/a", "run_type": "iteration", "real_time": 5, "step_us": 2.5},
        {"name": "step/a_mean", "run_type": "aggregate", "step_us": 2.5},
        {"name": "step/b", "run_type": "iteration", "error_occurred": true, "error_message": "wrong"}]})",
      "p");
  ASSERT_EQ(seconds.size(), 1U);
  EXPECT_NEAR(seconds.at("step/a"), 2.5e-6, 1e-15);
  EXPECT_THROW(step_seconds("no JSON", "p"), core::InputError);
  EXPECT_THROW(step_seconds(R"({"benchmarks": []})", "p"), core::InputError);
}

TEST(RunChild, KeepsOutputAndTimeAndSaysWhatFailed) {
  const ChildRun run = run_child({"sh", "-c", "echo out; echo err >&2"});
  EXPECT_EQ(run.output, "out\n");
  EXPECT_TRUE(run.seconds > 0);
  EXPECT_EQ(run_child({"sh", "-c", "yes | head -c 300000"}).output.size(), 300000U);  // more than a pipe holds
  EXPECT_EQ(run_child({"head", "-c", "80000000", "/dev/zero"}, {60, false}).output, "");
  EXPECT_THROW(run_child({"sleep", "60"}, {0.05}), OutOfTime);
  EXPECT_THROW(run_child({"sh", "-c", "sleep 60 &"}, {0.05}), OutOfTime) << "its own child still has the pipe";
  const auto message = [](const std::vector<std::string>& command) -> std::string {
    try {
      run_child(command);
    } catch (const core::InputError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message({"sh", "-c", "echo one >&2; echo two >&2; exit 3"}),
            "sh: found exit status 3; expected exit status 0; it said: two");
  EXPECT_THAT(message({"/no/such/program"}), HasSubstr("cannot be started (No such file"));
  EXPECT_THAT(message({"head", "-c", "80000000", "/dev/zero"}), HasSubstr("more than 64 MB of output; expected less"));
}

}  // namespace

namespace test {
namespace {

/// The sentence has to end with this verdict. If A differs from itself by chance, and by less than B from A, it says
/// that, too.
auto ends_with_verdict(const std::string& verdict) {
  const std::string sentence = " times as fast as A: " + verdict;
  return testing::AnyOf(HasSubstr(sentence + ".\n"), HasSubstr(sentence + ", by more than A differs from itself.\n"));
}

TEST(Ab, ComparesTwoCommandsAndFailsWhereBIsSlower) {
  const TempFolder folder;
  const Outcome slower = run_program(
      folder, {"ab", "--budget", "2m", "--fail-if-slower", "10%", "--", "sleep", "0.01", "--", "sleep", "0.1"});
  EXPECT_EQ(slower.status, 1) << slower.err;
  EXPECT_THAT(slower.out, testing::StartsWith("A: sleep 0.01\nB: sleep 0.1\n"));
  EXPECT_THAT(slower.out, ends_with_verdict("slower"));
  EXPECT_THAT(slower.out, HasSubstr("8 rounds of two pairs"));
  EXPECT_EQ(slower.err, "");
  const Outcome faster = run_program(
      folder, {"ab", "--budget", "2m", "--fail-if-slower", "10%", "--", "sleep", "0.1", "--", "sleep", "0.01"});
  EXPECT_EQ(faster.status, 0) << faster.err;
  EXPECT_THAT(faster.out, ends_with_verdict("faster"));
}

TEST(Ab, NoticesAtOnceThatNobodyGetsItsResult) {
  const TempFolder folder;
  const std::string begin = fmt::format("cd '{}' && {} ab --budget 2m -- ", folder.path(), DESCENT_PROGRAM);
  for (const char* lost : {"> /dev/full", ">&-"}) {
    const Outcome outcome = run_shell(begin + "touch a -- touch b 2> err " + lost + "; s=$?; cat err; exit $s");
    EXPECT_EQ(outcome.status, 2) << lost;
    EXPECT_THAT(outcome.out, HasSubstr("standard output: cannot be written; expected room"));
    EXPECT_FALSE(std::filesystem::exists(folder.path("a"))) << lost;
  }
  // The reader leaves after two lines, which come before the first command runs.
  run_shell("{ " + begin + "sleep 0.05 -- sleep 0.05 2> " + folder.path("err") + "; } | head -2");
  EXPECT_THAT(read_file(folder.path("err")),
              HasSubstr("standard output: found nobody who reads it; expected a reader"));
}

TEST(Ab, EndsWithItsBudgetWhateverTheCommandsDo) {
  const TempFolder folder;
  std::string command = fmt::format("cd '{}'", folder.path());
  const std::vector<std::string> endless{"sleep 600 -- true", "true -- sh -c 'sleep 600; true'",
                                         "sh -c 'sleep 600 &' -- true"};
  for (std::size_t i = 0; i < endless.size(); ++i)
    command += fmt::format("\n(timeout 60 {} ab --budget 0.3s -- {} > /dev/null 2> {}.err; echo $? > {}.status) &",
                           DESCENT_PROGRAM, endless[i], i, i);
  ASSERT_EQ(std::system((command + "\nwait").c_str()), 0);
  for (std::size_t i = 0; i < endless.size(); ++i) {
    EXPECT_EQ(read_file(folder.path(fmt::format("{}.status", i))), "2\n") << endless[i];
    EXPECT_THAT(read_file(folder.path(fmt::format("{}.err", i))), HasSubstr("found less time than one round takes"));
  }
}

TEST(Ab, SaysWhatIsWrongInOneLine) {
  const TempFolder folder;
  folder.write("empty/bin/other", "");
  const auto expect = [&](const std::vector<std::string>& words, const std::string& text, int status = 2) {
    const Outcome outcome = run_program(folder, words);
    EXPECT_EQ(outcome.status, status) << outcome.err;
    EXPECT_EQ(lines_in(outcome.err), 1U) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(text));
  };
  expect({"ab"}, "ab: found 0 commands; expected two");
  expect({"ab", "--", "true"}, "ab: found 1 commands; expected two");
  expect({"ab", "--", "true", "--"}, "ab: found 2 commands; expected two");
  expect({"ab", "--", "true", "--", "false"}, "false: found exit status 1; expected exit status 0");
  expect({"ab", "--", "", "--", "true"}, "ab: found an empty word in place of a command; expected the name");
  expect({"ab", "--", "true", "--", "/no/such/program"}, "/no/such/program: cannot be started");
  expect({"ab", "empty", "empty"}, "ab: empty: found no bin/bench_step; expected a build folder that has it");
  expect({"ab", "empty"}, "ab: found 1 build folders");
  expect({"ab", "--budget", "soon", "--", "true", "--", "true"}, "--budget: found soon");
  expect({"ab", "--fail-if-slower", "much", "--", "true", "--", "true"}, "--fail-if-slower: found much");
  expect({"ab", "--strict", "--budget", "1s", "--", "sleep", "0.3", "--", "sleep", "0.3"}, "ab: undecided", 3);
}

}  // namespace
}  // namespace test
}  // namespace descent::app
