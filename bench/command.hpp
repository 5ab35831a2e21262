#pragma once

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

#include "descent/core/text.hpp"

namespace descent::bench {

/// Reads the options that `app` declares. Prints the help and ends where --help is given. A wrong option ends the
/// process with status 2 and one line on the standard error.
/// begin  of that line, as "scaling: "
inline void parse_or_end(CLI::App& app, const std::string& begin, int argc, char** argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::fputs(app.help().c_str(), stdout);
    std::exit(0);
  } catch (const CLI::Error& error) {
    std::string text = begin + error.what() + ": expected what --help says";
    for (char& c : text)
      if (c == '\n') c = ' ';
    std::fprintf(stderr, "%s\n", core::printable(text).c_str());
    std::exit(2);
  }
}

/// The exit status of a program that has printed its result: 0, or 2 after a line where that was lost, as on a full
/// disk.
inline int status_of_output(const std::string& begin) {
  if (std::cout.flush() && std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return 0;
  std::fprintf(stderr, "%sstandard output: cannot be written; expected room for the result\n", begin.c_str());
  return 2;
}

/// A program's main(): what `run` returns, or 2 after a line that says what it threw.
inline int run_program(const std::string& program, int (*run)(int, char**), int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", program.c_str(), core::printable(error.what()).c_str());
    return 2;
  }
}

}  // namespace descent::bench
