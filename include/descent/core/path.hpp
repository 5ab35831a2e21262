#pragma once

#include <filesystem>

namespace descent::core {

/// Is this something that takes what is written to it, as pipes, terminals and devices do, rather than a file that can
/// be replaced? So are the names of open descriptors, whatever is behind them: who redirected the standard output to a
/// file has that very file open.
bool takes_writes(const std::filesystem::path& path);

/// The name of the file itself, at the end of all links, also where it is not there yet.
std::filesystem::path without_links(std::filesystem::path path);

}  // namespace descent::core
