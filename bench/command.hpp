#pragma once

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>

#include "descent/core/failure.hpp"
#include "descent/core/file_roles.hpp"
#include "descent/core/process.hpp"
#include "descent/core/text.hpp"

namespace descent::bench {

/// The exit status of a program that has printed its result: 0, or 2 after a line where that was lost, as on a full
/// disk.
inline int status_of_output(const std::string& begin) {
  static bool told = false;
  if (told) return 2;
  if (std::cout.flush() && std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return 0;
  told = true;
  std::fprintf(stderr, "%sstandard output: cannot be written; expected room for the result\n", begin.c_str());
  return 2;
}

/// Reads the options that `app` declares. Prints the help and ends where --help is given. A wrong option ends the
/// process with status 2 and one line on the standard error.
/// begin  of that line, as "scaling: "
inline void parse_or_end(CLI::App& app, const std::string& begin, int argc, char** argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::fputs(app.help().c_str(), stdout);
    std::exit(status_of_output(begin));
  } catch (const CLI::Error& error) {
    std::string text = begin + error.what() + ": expected what --help says";
    for (char& c : text)
      if (c == '\n') c = ' ';
    std::fprintf(stderr, "%s\n", core::printable(text).c_str());
    std::exit(2);
  }
}

/// Prints one line about what was thrown, and returns the exit status, 2. The line goes to the standard output where
/// the standard error leads to a file that is read or written.
inline int fail(const std::string& begin, const std::exception_ptr& error) {
  FILE* to = stderr;
  try {
    std::rethrow_exception(error);
  } catch (const core::StandardErrorIsUsed& used) {
    if (used.output_too()) return 2;
    to = stdout;
  } catch (...) {
    to = stderr;
  }
  std::fprintf(to, "%s%s\n", begin.c_str(), core::printable(core::failure_text(error)).c_str());
  return 2;
}

/// Where nothing can be caught any longer: a line on the standard error, then the end.
[[noreturn]] inline void end_now(const std::string_view text) {
  const ssize_t wrote = write(STDERR_FILENO, text.data(), text.size());
  static_cast<void>(wrote);
  _exit(2);
}

/// The first call of a program's main(), inside what catches: see core::prepare_process(). Where memory, threads or
/// processor time run out and nobody can catch that, the program prints one line with its end.
inline void prepare_program() {
  std::set_terminate([] {
    const char* const text = core::uncaught_failure_text(std::current_exception());
    if (text == nullptr) std::abort();
    end_now(std::string(text) + "\n");
  });
  // Google Benchmark ends by itself after its help.
  std::atexit([] {
    if (status_of_output("") != 0) _exit(2);
  });
  core::prepare_process([](int) { end_now(core::kProcessorTimeUsedUp); });
}

/// A program's main(): what `run` returns, or 2 after a line that says what it threw.
inline int run_program(const std::string& program, int (*run)(int, char**), int argc, char** argv) {
  try {
    prepare_program();
    return run(argc, argv);
  } catch (...) {
    return fail(program + ": ", std::current_exception());
  }
}

}  // namespace descent::bench
