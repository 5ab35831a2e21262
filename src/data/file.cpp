#include "data/file.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <limits>

#include "data/memory.hpp"
#include "descent/core/error.hpp"
#include "descent/core/input_file.hpp"
#include "descent/core/text.hpp"

namespace descent::data {
namespace {
namespace fs = std::filesystem;

constexpr std::size_t kFirstBytes = std::size_t{1} << 16;

void grow(const std::string& path, std::string& buffer, std::size_t size) {
  core::expect_memory(path + ": its content", static_cast<double>(size));
  buffer.resize(size);
}

bool is_gzip(std::string_view content) noexcept {
  return content.size() >= 2 && content[0] == '\x1f' && content[1] == '\x8b';
}

struct Inflater {
  z_stream stream{};
  Inflater() {
    if (inflateInit2(&stream, 15 + 16) != Z_OK) throw std::bad_alloc();  // 15: largest window; 16: gzip, not zlib
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream); }
};

/// All members of a gzip file, one after the other. zlib's gz* calls would pass over bytes behind the last one.
std::string decompress(const std::string& path, std::string_view compressed) {
  Inflater inflater;
  z_stream& stream = inflater.stream;
  std::string content;
  // The last four bytes claim the size of the last member. Deflate gains at most a factor of 1,032: no claim
  // makes a small file take much memory.
  std::uint32_t claimed = 0;
  if (compressed.size() >= 4) std::memcpy(&claimed, compressed.data() + compressed.size() - 4, 4);
  grow(path, content, std::min<std::size_t>(claimed, compressed.size() * 1032) + 1);
  std::size_t used = 0, taken = 0;
  for (;;) {
    if (used == content.size()) grow(path, content, 2 * used + kFirstBytes);
    constexpr std::size_t most = std::numeric_limits<uInt>::max();  // zlib counts in 32 bits
    const std::size_t in = std::min(compressed.size() - taken, most), out = std::min(content.size() - used, most);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data() + taken));
    stream.avail_in = static_cast<uInt>(in);
    stream.next_out = reinterpret_cast<Bytef*>(content.data() + used);
    stream.avail_out = static_cast<uInt>(out);
    const int result = inflate(&stream, Z_NO_FLUSH);
    taken += in - stream.avail_in;
    used += out - stream.avail_out;
    if (result == Z_STREAM_END) {
      // Tapes, block devices and pipes of bsdtar pad with zeros.
      if (compressed.find_first_not_of('\0', taken) == std::string_view::npos) break;
      if (!is_gzip(compressed.substr(taken)))
        throw core::InputError(
            fmt::format("{}: {} bytes follow the gzip data; expected its end", path, compressed.size() - taken));
      inflateReset(&stream);
    } else if (result == Z_BUF_ERROR || (result == Z_OK && taken == compressed.size() && stream.avail_out > 0)) {
      throw core::InputError(
          fmt::format("{}: gzip data end after {} bytes of content; expected more, and a checksum", path, used));
    } else if (result != Z_OK) {
      throw core::InputError(
          fmt::format("{}: damaged gzip data ({}) after {} bytes of content; expected data as gzip wrote them", path,
                      stream.msg ? stream.msg : zError(result), used));
    }
  }
  content.resize(used);
  return content;
}

}  // namespace

std::string read_file(const std::string& path) {
  std::string content = core::read_whole_file(path, "a readable file");
  if (is_gzip(content)) content = decompress(path, content);
  if (content.empty()) throw core::InputError(fmt::format("{}: empty; expected data", path));
  return content;
}

std::string read_text_file(const std::string& path) {
  std::string content = read_file(path);
  if (content.starts_with("\xff\xfe") || content.starts_with("\xfe\xff"))
    throw core::InputError(fmt::format("{}: found text in UTF-16; expected UTF-8 or ASCII", path));
  if (content.starts_with("\xef\xbb\xbf")) content.erase(0, 3);
  if (content.find('\n') == std::string::npos) std::replace(content.begin(), content.end(), '\r', '\n');
  return content;
}

std::optional<std::string> find_plain_or_gzip(const std::string& directory, const std::string& name) {
  for (const char* extension : {"", ".gz"}) {
    std::error_code ignored;
    // Some archives hold a folder of the file's name, with the file in it, beside the file or in its place.
    const fs::path path = fs::path(directory) / (name + extension), inside = path / path.filename();
    if (fs::exists(path, ignored) && !fs::is_directory(path, ignored)) return path.string();
    if (fs::exists(inside, ignored) && !fs::is_directory(inside, ignored)) return inside.string();
  }
  return std::nullopt;
}

void expect_directory(const std::string& path, std::string_view expected) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status))
    throw core::InputError(
        fmt::format("{}: {}; expected {}", path, error ? error.message() : "does not exist", expected));
  if (!fs::is_directory(status))
    throw core::InputError(fmt::format("{}: not a directory; expected {}", path, expected));
  const fs::directory_iterator list(path, error);
  if (error) throw core::InputError(fmt::format("{}: {}; expected {}", path, error.message(), expected));
}

std::string name_of_path(std::string_view path) {
  std::error_code ignored;
  fs::path whole = fs::absolute(fs::path(path), ignored).lexically_normal();
  if (!whole.has_filename()) whole = whole.parent_path();
  if (whole.extension() == ".gz") whole = whole.stem();
  return whole.stem().string();
}

std::string quoted(std::string_view text) {
  constexpr std::size_t most = 40;
  std::size_t size = std::min(text.size(), most);
  while (size < text.size() && size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return fmt::format("'{}{}'", core::printable(text.substr(0, size)), size < text.size() ? "…" : "");
}

}  // namespace descent::data
