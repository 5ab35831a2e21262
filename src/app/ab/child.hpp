#pragma once

#include <limits>
#include <string>
#include <vector>

namespace descent::app {

/// What a command wrote to its standard output, and the wall time from its start to its end.
struct ChildRun {
  std::string output;
  double seconds = 0;
};

struct ChildLimits {
  double seconds = std::numeric_limits<double>::infinity();  ///< then it is killed, with all processes of its group
  bool keeps_output = true;  ///< otherwise what it writes is thrown away, however much it is
};

/// A command was killed after the seconds that it had.
struct OutOfTime {};

/// Runs a command (its program is looked up as a shell does) and waits for its end. Its standard error is kept: its
/// last line is a part of the message where the command cannot be started or does not end with status 0: InputError.
/// It gets a process group of its own. SIGINT, SIGTERM and SIGHUP to this process end that group as well. Throws
/// OutOfTime.
ChildRun run_child(const std::vector<std::string>& command, const ChildLimits& limits = {});

}  // namespace descent::app
