#pragma once

#include <optional>

namespace descent::core {

/// What every program of the project does first, while it has one thread:
/// - A limit on the size of files (ulimit -f) becomes an error of the write. It would end the process without a word.
/// - Where processor time is limited (ulimit -t), SIGXCPU comes some time before the limit, and `at_processor_limit`
///   handles it. At the limit itself the kernel kills the process.
/// Throws InputError where the process may open too few files (ulimit -n) or has too small a stack (ulimit -s): with
/// too few files libraries read a part of what the system tells, and with too small a stack the process crashes.
void prepare_process(void (*at_processor_limit)(int signal));

/// Seconds of processor time, of all threads together, that the limit (ulimit -t) allows this process; empty without
/// one.
std::optional<double> processor_seconds_allowed();

/// What a handler of SIGXCPU prints where nothing can be kept: "processor time: found …; expected …" and a line end.
extern const char* const kProcessorTimeUsedUp;

}  // namespace descent::core
