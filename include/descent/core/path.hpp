#pragma once

#include <filesystem>

namespace descent::core {

/// Does this path consume what is written to it, as pipes, terminals and devices do, rather than name a file that can
/// be replaced? Names of open descriptors (/dev/stdout) count too, whatever is behind them: if standard output is
/// redirected to a file, that file is open already and must not be replaced.
bool takes_writes(const std::filesystem::path& path);

/// The path with all symbolic links followed; the file need not exist yet.
std::filesystem::path without_links(std::filesystem::path path);

}  // namespace descent::core
