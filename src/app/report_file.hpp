#pragma once

#include <functional>
#include <iosfwd>
#include <string>

#include "descent/record/report.hpp"

namespace descent::app {

/// Reads a report file. Throws InputError naming the file.
record::Report load_report(const std::string& path);

/// Replaces a file by what `write` writes: either all of it is there afterwards, on disk, or the old file still is. A
/// link stays one: the file it leads to is replaced. Pipes, terminals and devices are written to as they are. "-" is
/// the standard output. Throws InputError.
void replace_file(const std::string& path, const std::function<void(std::ostream&)>& write);

}  // namespace descent::app
