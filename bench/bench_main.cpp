#include "bench_main.hpp"

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <iostream>
#include <memory>

#include "descent/core/failure.hpp"
#include "descent/core/text.hpp"
#include "descent/machine/environment.hpp"
#include "descent/machine/team.hpp"

namespace descent::bench {
namespace {

bool something_was_wrong = false, file_was_lost = false;

/// Memory or threads that run out in a library's own thread: one line, no abort.
[[noreturn]] void end_without_abort() {
  const char* const text = core::uncaught_failure_text(std::current_exception());
  if (text == nullptr) std::abort();
  for (const char* part : {text, "\n"})
    if (write(STDERR_FILENO, part, std::strlen(part)) < 0) break;
  _exit(2);
}

/// Google Benchmark's reporter of a file, which does not look whether it could write.
template <class Reporter>
class Checked final : public Reporter {
 public:
  void Finalize() override {
    Reporter::Finalize();
    file_was_lost = file_was_lost || !this->GetOutputStream().flush();
  }
};

/// The value of a flag of Google Benchmark: the last one given, else that of the environment.
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

/// Can it be written? Google Benchmark ends with status 1 where not, and takes its content away first.
void expect_writable(const std::string& out) {
  file_roles().writes("--benchmark_out", out);
  if (!std::ofstream(out, std::ios::app))
    refuse("--benchmark_out " + out + ": cannot be written (" + std::strerror(errno) + "); expected a file that can");
}

int run(int argc, char** argv) {
  const std::string out = flag(argc, argv, "benchmark_out", "BENCHMARK_OUT"),
                    format = flag(argc, argv, "benchmark_out_format", "BENCHMARK_OUT_FORMAT"),
                    filter = flag(argc, argv, "benchmark_filter", "BENCHMARK_FILTER");
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  if (!out.empty()) expect_writable(out);
  // It counts the machine's CPUs, not those of this process; its object is made on the heap, and not const.
  const_cast<benchmark::CPUInfo&>(benchmark::CPUInfo::Get()).num_cpus = machine::available_cpus();
  const record::Context context = machine::describe_environment();
  for (const auto& [key, value] : context.machine) benchmark::AddCustomContext("descent_" + key, value);
  for (const auto& [key, value] : context.build) benchmark::AddCustomContext("descent_" + key, value);
  const auto reporter = out.empty() ? nullptr : file_reporter(format);
  const std::size_t matched = benchmark::RunSpecifiedBenchmarks(nullptr, reporter.get());
  benchmark::Shutdown();
  if (matched == 0)
    refuse("--benchmark_filter " + filter + ": found no benchmark; expected a regular expression that matches one");
  if (!std::cout.flush() || std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
    refuse("standard output: cannot be written; expected room for the result");
  if (file_was_lost) refuse("--benchmark_out " + out + ": cannot be written; expected room for the result");
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

int run_all(int argc, char** argv) {
  std::set_terminate(end_without_abort);
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on the size of files is then an error of the write
  if (fcntl(STDOUT_FILENO, F_GETFD) < 0) refuse("standard output: is closed; expected one for the result");
  try {
    return run(argc, argv);
  } catch (...) {
    refuse(core::failure_text(std::current_exception()));
  }
}

}  // namespace descent::bench
