#pragma once

#include <cstddef>

#include "app/command_line.hpp"

namespace descent::app {

// The subcommands: each returns the exit status, prints its result to the standard output, and throws InputError or
// UsageError.

int execute(const RunCommand& command, const std::vector<std::string>& words);
int execute(const TimeCommand& command, const std::vector<std::string>& words);
int execute(const ReportCommand& command);
int execute(const MergeCommand& command);
int execute(const CompareCommand& command);
int execute(const HistoryCommand& command);
int execute(const AbCommand& command);
int execute(const MachineCommand& command, const std::vector<std::string>& words);
int execute(const ExplainCommand& command);
int execute(const ListCommand& command);
int execute(const DataCommand& command);

/// "2%" or "0.02" as 0.02. Throws UsageError that names the option.
double share_of(const std::string& option, const std::string& text);

/// Whether that stream is a terminal that shows colour: not under NO_COLOR or TERM=dumb.
bool shows_color(int file_descriptor);
/// Columns of a terminal, 60 to 200; 100 where it is none or does not tell.
std::size_t width_of_terminal(int file_descriptor);
/// Whether it is a terminal that draws a line anew: not under TERM=dumb.
bool moves_cursor(int file_descriptor);

}  // namespace descent::app
