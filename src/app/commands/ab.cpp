#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <random>

#include "app/ab/bench_steps.hpp"
#include "app/ab/child.hpp"
#include "app/ab/rounds.hpp"
#include "app/commands.hpp"
#include "app/progress.hpp"
#include "descent/core/error.hpp"
#include "descent/core/text.hpp"

namespace descent::app {
namespace {

/// Of bench_step where no others are given: seconds for two kinds of steps, small and large ones.
const std::vector<std::string> kBenchArguments{"--n=8192",
                                               "--d=256",
                                               "--classes=10",
                                               "--losses=softmax_cross_entropy",
                                               "--batches=64,1024",
                                               "--threads=1",
                                               "--benchmark_min_time=0.2"};

/// Both arms' commands, and what is read of them: wall time, or the steps of each benchmark.
struct Arms {
  std::vector<std::string> a, b;
  bool benchmarks = false;
};

std::vector<std::string> bench_command(const std::string& build, const std::vector<std::string>& arguments) {
  const std::string program = (std::filesystem::path(build) / "bin" / "bench_step").string();
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(program, ignored))
    throw core::InputError(fmt::format("ab: {}: found no bin/bench_step; expected a build folder that has it", build));
  std::vector<std::string> command{program};
  command.insert(command.end(), arguments.begin(), arguments.end());
  command.emplace_back("--benchmark_format=json");
  return command;
}

Arms arms_of(const AbCommand& command) {
  if (command.builds.empty()) {
    if (command.commands.size() != 2 || command.commands[0].empty() || command.commands[1].empty())
      throw core::UsageError(
          fmt::format("ab: found {} commands; expected two, as in: descent ab -- CMD_A -- CMD_B, or two build folders",
                      command.commands.size()));
    if (command.commands[0][0].empty() || command.commands[1][0].empty())
      throw core::UsageError("ab: found an empty word in place of a command; expected the name of a program");
    return {command.commands[0], command.commands[1], false};
  }
  if (command.builds.size() != 2 || command.commands.size() > 1)
    throw core::UsageError(
        fmt::format("ab: found {} build folders and {} times '--'; expected two folders, and after one '--' arguments "
                    "of bench_step",
                    command.builds.size(), command.commands.size()));
  const std::vector<std::string>& arguments = command.commands.empty() ? kBenchArguments : command.commands.front();
  return {bench_command(command.builds[0], arguments), bench_command(command.builds[1], arguments), true};
}

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// What is compared, before any time is spent: a standard output that is full is told at once.
void print(const Arms& arms) {
  for (const auto& [name, words] : {std::pair("A", &arms.a), std::pair("B", &arms.b)})
    std::cout << fmt::format("{}: {}\n", name, core::printable(fmt::format("{}", fmt::join(*words, " "))));
  if (!std::cout.flush()) throw core::InputError("standard output: cannot be written; expected room for the result");
}

/// A pipe whose other end was closed takes no result.
void expect_reader() {
  pollfd output{STDOUT_FILENO, POLLOUT, 0};
  if (poll(&output, 1, 0) > 0 && (output.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0)
    throw core::InputError("standard output: found nobody who reads it; expected a reader of the result");
}

/// A percentage or a budget, as `descent run` reads them.
sweep::SweepOptions read_as(const char* option, const std::string& place, const std::string& text) {
  return options_of({{option, {text, place}}});
}

std::string ends_text(const stats::OpenInterval& ends) {
  if (!ends.low || !ends.high) return "[too few rounds for an interval]";
  return fmt::format("[{:.3f}, {:.3f}]", *ends.low, *ends.high);
}

std::string verdict_text(const AbResult& result) {
  if (!result.self_differs) return to_text(result.verdict);
  return result.verdict == AbVerdict::undecided
             ? "undecided, since A differs from itself"
             : fmt::format("{}, by more than A differs from itself", to_text(result.verdict));
}

void print(const std::vector<AbResult>& results, double seconds) {
  for (const AbResult& result : results) {
    const std::string what = results.size() == 1 && result.name == "command" ? "" : core::printable(result.name) + ": ";
    std::cout << fmt::format("{}B is {:.3f} {} times as fast as A: {}.\n", what, result.ratio, ends_text(result.ends),
                             verdict_text(result));
    std::cout << fmt::format("  A beside itself: {:.3f} {}\n", result.self_ratio, ends_text(result.self_ends));
  }
  std::cout << fmt::format(
      "{} rounds of two pairs, A and B in an order by lot, in {}. In brackets: 95 % confidence sequence{}.\n",
      results.front().log_ratios.size(), duration_text(seconds), results.size() > 1 ? " for all together" : "");
}

}  // namespace

int execute(const AbCommand& command) {
  const Arms arms = arms_of(command);
  AbPlan plan;
  if (!command.budget.empty()) plan.budget_seconds = *read_as("budget", "--budget", command.budget).budget_seconds;
  if (!command.same_within.empty())
    plan.same_within = read_as("precision", "--same-within", command.same_within).precision;
  std::optional<double> limit;
  if (!command.fail_if_slower.empty())
    limit = read_as("precision", "--fail-if-slower", command.fail_if_slower).precision;
  std::random_device coin;
  plan.seed = static_cast<std::uint64_t>(coin()) << 32 | coin();
  print(arms);
  // What --budget promises: not exceeded by more than 20 % or 2 s.
  const double begin = seconds_now(), end = begin + plan.budget_seconds + std::max(1.0, 0.1 * plan.budget_seconds);
  const bool shows_rounds = !command.quiet && moves_cursor(2);
  const auto measure = [&](AbArm arm) -> AbSeconds {
    expect_reader();
    const std::vector<std::string>& words = arm == AbArm::a ? arms.a : arms.b;
    const ChildRun run = run_child(words, {end - seconds_now(), arms.benchmarks});
    return arms.benchmarks ? step_seconds(run.output, words.front()) : AbSeconds{{"command", run.seconds}};
  };
  const auto told = [&](std::size_t rounds) {
    if (shows_rounds) std::cerr << fmt::format("\r{} rounds", rounds) << std::flush;
  };
  std::vector<AbResult> results;
  try {
    results = run_rounds(plan, measure, seconds_now, told);
  } catch (const OutOfTime&) {
    results.clear();
  }
  if (shows_rounds) std::cerr << "\r";
  if (results.empty() || results.front().log_ratios.empty())
    throw core::UsageError("--budget: found less time than one round takes; expected more");
  print(results, seconds_now() - begin);
  bool fails = false, undecided = false;
  for (const AbResult& result : results) {
    fails = fails || (limit && result.verdict == AbVerdict::slower && 1 / result.ratio >= 1 + *limit);
    undecided = undecided || result.verdict == AbVerdict::undecided;
  }
  if (fails) return 1;
  if (!undecided) return 0;
  std::cerr << "descent: ab: undecided; a longer --budget may decide it\n";
  return command.strict ? 3 : 0;
}

}  // namespace descent::app
