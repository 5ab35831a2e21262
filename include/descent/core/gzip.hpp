#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace descent::core {

/// Does it begin as gzip data do?
bool is_gzip(std::string_view content) noexcept;

/// What gzip data hold: all members, one after the other, zeros behind the last one passed over. `place` is the file.
/// Memory grows with what comes out, whatever size the data claim. Throws InputError where the data are truncated,
/// damaged, followed by other bytes, larger than the memory there is, or hold more than `most_bytes`.
std::string gunzip(const std::string& place, std::string_view compressed,
                   std::size_t most_bytes = static_cast<std::size_t>(-1));

/// `content` as gzip data, as small as zlib makes them, without name and date: equal content gives equal bytes.
std::string gzip(std::string_view content);

}  // namespace descent::core
