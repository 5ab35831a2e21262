#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

namespace descent::core {

/// All bytes of a file, or of a pipe that has a writer.
/// expected    what the file has to be ("a report of descent run"), for messages
/// most_bytes  largest size that is accepted
/// throws      InputError, with the path, if it cannot be opened or read, is larger, does not fit into memory, is a
///             folder, is a device without an end (/dev/zero), or is a FIFO that nobody opens for writing within half a
///             second
std::string read_whole_file(const std::string& path, std::string_view expected,
                            std::size_t most_bytes = std::numeric_limits<std::size_t>::max());

/// The first bytes of a file, as many as it has of `count`; "" where it cannot be read or is a pipe, device or folder.
std::string first_bytes(const std::string& path, std::size_t count);
bool begins_with(const std::string& path, std::string_view text);

/// open(2) of a file that is to be written to, but a FIFO that nobody opens for reading within half a second is an
/// error (ENXIO) and not a wait without end. Returns the descriptor, or -1 and sets errno.
int open_for_writing(const std::string& path, int flags);

}  // namespace descent::core
