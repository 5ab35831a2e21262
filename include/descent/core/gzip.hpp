#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace descent::core {

/// Does `content` begin with the gzip signature?
bool is_gzip(std::string_view content) noexcept;

/// The decompressed content of gzip data: all members, one after the other; zeros behind the last one are ignored.
/// `place` names the file in messages. Memory grows with the actual output, whatever size the data claim. Throws
/// InputError if the data are truncated, damaged, followed by other bytes, or decompress to more than `most_bytes` or
/// than fits into memory.
std::string gunzip(const std::string& place, std::string_view compressed,
                   std::size_t most_bytes = static_cast<std::size_t>(-1));

/// `content` as gzip data, as small as zlib makes them, without name and date: equal content gives equal bytes.
std::string gzip(std::string_view content);

}  // namespace descent::core
