#pragma once

#include <string>
#include <vector>

namespace descent::app {

/// What a command wrote to its standard output, and the wall time from its start to its end.
struct ChildRun {
  std::string output;
  double seconds = 0;
};

/// Runs a command (its program is looked up as a shell does) and waits for its end. Its standard error is kept: its
/// last line is a part of the message where the command cannot be started or does not end with status 0: InputError.
ChildRun run_child(const std::vector<std::string>& command);

}  // namespace descent::app
