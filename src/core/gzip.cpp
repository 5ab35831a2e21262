#include "descent/core/gzip.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>

#include "descent/core/error.hpp"
#include "descent/core/memory.hpp"

namespace descent::core {
namespace {

constexpr int kGzip = 15 + 16;  // zlib: 15 is the largest window; 16 more asks for gzip
constexpr std::size_t kFirstBytes = std::size_t{1} << 16;
constexpr std::size_t kMostGain = 1032;                          // bytes that one byte of deflate data can expand to
constexpr std::size_t kMost = std::numeric_limits<uInt>::max();  // zlib counts in 32 bits

struct Inflater {
  z_stream stream{};
  Inflater() {
    if (inflateInit2(&stream, kGzip) != Z_OK) throw std::bad_alloc();
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream); }
};

struct Deflater {
  z_stream stream{};
  Deflater() {
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzip, 9, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc();
  }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater() { deflateEnd(&stream); }
};

Bytef* bytes(const char* text) { return reinterpret_cast<Bytef*>(const_cast<char*>(text)); }

/// Makes room for `size` bytes, but for no more than `most_bytes` + 1: the extra byte shows that the data are too
/// large.
void grow(const std::string& place, std::string& buffer, std::size_t size, std::size_t most_bytes) {
  if (buffer.size() > most_bytes)
    throw InputError(fmt::format("{}: found gzip data of more than {} bytes of content; expected at most so many",
                                 place, most_bytes));
  if (most_bytes < size) size = most_bytes + 1;
  expect_memory(place + ": its content", static_cast<double>(size));
  buffer.resize(size);
}

}  // namespace

bool is_gzip(std::string_view content) noexcept {
  return content.size() >= 2 && content[0] == '\x1f' && content[1] == '\x8b';
}

// zlib's own gz* calls would pass over bytes behind the last member.
std::string gunzip(const std::string& place, std::string_view compressed, std::size_t most_bytes) {
  Inflater inflater;
  z_stream& stream = inflater.stream;
  std::string content;
  std::uint32_t claimed = 0;  // the last four bytes: size of the last member
  if (compressed.size() >= 4) std::memcpy(&claimed, compressed.data() + compressed.size() - 4, 4);
  grow(place, content, std::min<std::size_t>(claimed, compressed.size() * kMostGain) + 1, most_bytes);
  std::size_t used = 0, taken = 0;
  for (;;) {
    if (used == content.size()) grow(place, content, 2 * used + kFirstBytes, most_bytes);
    const std::size_t in = std::min(compressed.size() - taken, kMost), out = std::min(content.size() - used, kMost);
    stream.next_in = bytes(compressed.data() + taken);
    stream.avail_in = static_cast<uInt>(in);
    stream.next_out = bytes(content.data() + used);
    stream.avail_out = static_cast<uInt>(out);
    const int result = inflate(&stream, Z_NO_FLUSH);
    taken += in - stream.avail_in;
    used += out - stream.avail_out;
    if (result == Z_STREAM_END) {
      // Tapes, block devices and pipes of bsdtar pad with zeros.
      const std::size_t next = compressed.find_first_not_of('\0', taken);
      if (next == std::string_view::npos) break;
      if (!is_gzip(compressed.substr(next)))
        throw InputError(
            fmt::format("{}: {} bytes follow the gzip data; expected its end", place, compressed.size() - taken));
      taken = next;
      inflateReset(&stream);
    } else if (result == Z_BUF_ERROR || (result == Z_OK && taken == compressed.size() && stream.avail_out > 0)) {
      throw InputError(
          fmt::format("{}: gzip data end after {} bytes of content; expected more, and a checksum", place, used));
    } else if (result != Z_OK) {
      throw InputError(
          fmt::format("{}: damaged gzip data ({}) after {} bytes of content; expected data as gzip wrote them", place,
                      stream.msg ? stream.msg : zError(result), used));
    }
  }
  if (used > most_bytes) grow(place, content, used, most_bytes);  // throws
  content.resize(used);
  return content;
}

std::string gzip(std::string_view content) {
  Deflater deflater;
  z_stream& stream = deflater.stream;
  std::string result(kFirstBytes, '\0');
  std::size_t used = 0, taken = 0;
  for (int state = Z_OK; state != Z_STREAM_END;) {
    if (used == result.size()) result.resize(2 * used);
    const std::size_t in = std::min(content.size() - taken, kMost), out = std::min(result.size() - used, kMost);
    stream.next_in = bytes(content.data() + taken);
    stream.avail_in = static_cast<uInt>(in);
    stream.next_out = bytes(result.data() + used);
    stream.avail_out = static_cast<uInt>(out);
    state = deflate(&stream, taken + in == content.size() ? Z_FINISH : Z_NO_FLUSH);
    taken += in - stream.avail_in;
    used += out - stream.avail_out;
  }
  result.resize(used);
  return result;
}

}  // namespace descent::core
