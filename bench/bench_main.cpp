#include "bench_main.hpp"

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "command.hpp"
#include "descent/core/input_file.hpp"
#include "descent/core/text.hpp"
#include "descent/machine/environment.hpp"
#include "descent/machine/team.hpp"

namespace descent::bench {
namespace {

bool something_was_wrong = false, file_was_lost = false, something_was_taken = false;
std::string first_refusal;

/// A reporter for a file. Google Benchmark's own does not check whether it could write.
template <class Reporter>
class Checked final : public Reporter {
 public:
  void Finalize() override {
    Reporter::Finalize();
    file_was_lost = file_was_lost || !this->GetOutputStream().flush();
  }
};

/// The value of a flag of Google Benchmark: the last one on the command line, otherwise that of the environment.
std::string flag(int argc, char** argv, const std::string& name, const char* variable) {
  const char* const preset = std::getenv(variable);
  std::string value = preset == nullptr ? "" : preset;
  const std::string begin = "--" + name + "=";
  for (int i = 1; i < argc; ++i)
    if (std::strncmp(argv[i], begin.c_str(), begin.size()) == 0) value = argv[i] + begin.size();
  return value;
}

std::unique_ptr<benchmark::BenchmarkReporter> file_reporter(const std::string& format) {
  if (format == "console") return std::make_unique<Checked<benchmark::ConsoleReporter>>();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  if (format == "csv") return std::make_unique<Checked<benchmark::CSVReporter>>();
#pragma GCC diagnostic pop
  return std::make_unique<Checked<benchmark::JSONReporter>>();
}

/// Google Benchmark prints its help, or measures nothing, for values that mean nothing, and ends with status 0.
void expect_values_with_a_meaning(int argc, char** argv) {
  for (const auto& [name, variable] :
       {std::pair("benchmark_format", "BENCHMARK_FORMAT"), {"benchmark_out_format", "BENCHMARK_OUT_FORMAT"}})
    if (const std::string value = flag(argc, argv, name, variable);
        !value.empty() && value != "console" && value != "json" && value != "csv")
      refuse(std::string("--") + name + " " + value + ": found an unknown format; expected console, json or csv");
  for (const auto& [name, variable, least] : {std::tuple("benchmark_repetitions", "BENCHMARK_REPETITIONS", 1.0),
                                              {"benchmark_min_time", "BENCHMARK_MIN_TIME", 0.0}})
    if (const std::string value = flag(argc, argv, name, variable); !value.empty())
      if (const auto number = core::parse_real(value); number && *number < least)
        refuse(std::string("--") + name + " " + value + ": found too few; expected " + core::shortest(least) +
               " or more");
}

/// Can the file be written? If not, Google Benchmark ends with status 1, and empties the file first. The descriptor
/// stays open: Google Benchmark opens a FIFO once more, and would otherwise wait for a second reader.
void expect_writable(const std::string& out) {
  file_roles().writes("--benchmark_out", out);
  if (core::open_for_writing(out, O_WRONLY | O_APPEND | O_CREAT) >= 0) return;
  refuse(errno == ENXIO ? "--benchmark_out " + out + ": found a FIFO that nobody reads; expected a file, or a reader"
                        : "--benchmark_out " + out + ": cannot be written (" + std::strerror(errno) +
                              "); expected a file that can");
}

/// How many benchmarks the filter names. Google Benchmark finds out only when it runs them, after it has emptied
/// --benchmark_out. So it is made to list them first, and the list is thrown away.
std::size_t count_matches(char* program, const std::string& filter) {
  std::vector<std::string> words{"--benchmark_filter=" + filter, "--benchmark_list_tests=true", "--benchmark_out="};
  std::vector<char*> argv{program};
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  int argc = static_cast<int>(argv.size()) - 1;
  benchmark::Initialize(&argc, argv.data());
  std::ostringstream nothing;
  benchmark::ConsoleReporter reporter;
  reporter.SetOutputStream(&nothing);
  reporter.SetErrorStream(&nothing);
  return benchmark::RunSpecifiedBenchmarks(&reporter);
}

/// Gives Google Benchmark the flags of the command line again, in place of those that count_matches() set. Returns the
/// words that it does not know.
std::vector<std::string> initialize(int argc, char** argv, const std::string& out) {
  const char* const lists = std::getenv("BENCHMARK_LIST_TESTS");
  std::vector<std::string> words{std::string("--benchmark_list_tests=") + (lists == nullptr ? "false" : lists),
                                 "--benchmark_out=" + out};
  words.insert(words.end(), argv + 1, argv + argc);
  std::vector<char*> pointers{argv[0]};  // Google Benchmark keeps the program's name by its pointer
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  int count = static_cast<int>(pointers.size()) - 1;
  benchmark::Initialize(&count, pointers.data());
  return {pointers.begin() + 1, pointers.begin() + count};
}

int run(int argc, char** argv) {
  const std::string out = flag(argc, argv, "benchmark_out", "BENCHMARK_OUT"),
                    format = flag(argc, argv, "benchmark_out_format", "BENCHMARK_OUT_FORMAT"),
                    filter = flag(argc, argv, "benchmark_filter", "BENCHMARK_FILTER");
  expect_values_with_a_meaning(argc, argv);
  if (count_matches(argv[0], filter) == 0)
    refuse("--benchmark_filter " + filter + ": found no benchmark; expected a regular expression that matches one");
  if (const auto unknown = initialize(argc, argv, out); !unknown.empty())
    refuse(unknown.front() + ": found an unknown option; expected one of those that --help names");
  if (!out.empty()) expect_writable(out);
  // Google Benchmark counts the CPUs of the machine, and not those of this process. Its object is on the heap and not
  // const, so that it may be changed.
  const_cast<benchmark::CPUInfo&>(benchmark::CPUInfo::Get()).num_cpus = machine::available_cpus();
  const record::Context context = machine::describe_environment();
  for (const auto& [key, value] : context.machine) benchmark::AddCustomContext("descent_" + key, value);
  for (const auto& [key, value] : context.build) benchmark::AddCustomContext("descent_" + key, value);
  const auto reporter = out.empty() ? nullptr : file_reporter(format);
  benchmark::RunSpecifiedBenchmarks(nullptr, reporter.get());
  benchmark::Shutdown();
  if (const int status = status_of_output(""); status != 0) return status;
  if (file_was_lost) refuse("--benchmark_out " + out + ": cannot be written; expected room for the result");
  if (!something_was_taken && !first_refusal.empty())
    refuse("nothing was measured: every engine refused; the first: " + first_refusal +
           "; expected one that --engines names to take the work");
  return something_was_wrong ? 2 : 0;
}

}  // namespace

core::FileRoles& file_roles() {
  static core::FileRoles roles;
  return roles;
}

void refuse(const std::string& line) {
  std::fprintf(stderr, "%s\n", core::printable(line).c_str());
  std::exit(2);
}

void found_wrong() { something_was_wrong = true; }

void found_answer(const std::string& refusal) {
  something_was_taken = something_was_taken || refusal.empty();
  if (first_refusal.empty()) first_refusal = refusal;
}

int run_all(int argc, char** argv) {
  if (fcntl(STDOUT_FILENO, F_GETFD) < 0) refuse("standard output: is closed; expected one for the result");
  try {
    prepare_program();
    return run(argc, argv);
  } catch (...) {
    return fail("", std::current_exception());
  }
}

}  // namespace descent::bench
