#pragma once

#include <string>

#include "descent/core/file_roles.hpp"

namespace descent::bench {

/// What this process reads and writes; run_all() adds --benchmark_out.
core::FileRoles& file_roles();

/// Ends the process with status 2 and one line on the standard error.
[[noreturn]] void refuse(const std::string& line);

/// Something that was held against a reference was wrong: run_all() returns 2.
void found_wrong();

/// Why an engine refuses the work of a benchmark, "" where it takes it.
void found_answer(const std::string& refusal);

/// Google Benchmark's main: runs what is registered. Returns 2 where something was wrong, where every benchmark was
/// refused by its engine, where no benchmark was asked
/// for (a filter that matches none, or is no regular expression), or where a result was lost: a standard output that is
/// closed, a full disk. `num_cpus` of the context is what the process may use.
int run_all(int argc, char** argv);

}  // namespace descent::bench
