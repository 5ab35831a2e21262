#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "descent/core/file_roles.hpp"
#include "descent/record/report.hpp"

namespace descent::app {

/// Reads a report file, plain or gzip. Throws InputError naming the file: where it cannot be read, is no report, is
/// damaged or truncated gzip data, or holds more than 256 MB.
record::Report load_report(const std::string& path);

/// What a command that prints or exports `reports` reads: them and the journals beside them. Throws UsageError.
void add_reports(core::FileRoles& roles, const std::vector<std::string>& reports);

/// An output that somebody named, where "" is none: a folder, a socket and a journal, whoever it is of, are none.
/// Throws UsageError.
void add_output(core::FileRoles& roles, const std::string& option, const std::string& path);

/// Throws UsageError where a run is at work that will write its report there: what is written now would be lost.
void expect_no_run_writes(const std::string& option, const std::string& path);

/// Replaces a file by what `write` writes: either all of it is there afterwards, on disk, or the old file still is. A
/// link stays one: the file it leads to is replaced. Pipes, terminals and devices are written to as they are. "-" is
/// the standard output. A file whose name ends in .gz is written as gzip data. Throws InputError.
void replace_file(const std::string& path, const std::function<void(std::ostream&)>& write);

}  // namespace descent::app
