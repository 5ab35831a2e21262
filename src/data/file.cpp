#include "data/file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "descent/core/error.hpp"
#include "descent/core/gzip.hpp"
#include "descent/core/input_file.hpp"
#include "descent/core/text.hpp"
#include "descent/core/unseen.hpp"

namespace descent::data {
namespace fs = std::filesystem;
namespace {

/// Formats that no reader takes, by the bytes that they have at some place: what people give by mistake. Without a look
/// at them, the message would be about a first line or a magic number that says nothing to a person.
void refuse_other_formats(const std::string& path, std::string_view content) {
  struct Format {
    std::size_t at;
    std::string_view bytes, what;
  };
  static constexpr Format kFormats[] = {{0, "PK\x03\x04", "a zip archive"},
                                        {4, "1AY&SY", "bzip2 data"},
                                        {0, "\xfd\x37zXZ", "xz data"},
                                        {0, "\x28\xb5\x2f\xfd", "zstd data"},
                                        {0, "\x1f\x8b", "gzip data inside gzip data"},
                                        {257, "ustar", "a tar archive"},
                                        {0, "7z\xbc\xaf", "a 7z archive"},
                                        {0, "Rar!", "a RAR archive"},
                                        {0, "\x1f\x9d", "data of compress (.Z)"},
                                        {0, "PAR1", "a Parquet file"},
                                        {0, "ARROW1", "an Arrow file"},
                                        {0, "SQLite format 3", "an SQLite database"},
                                        {0, "\xd0\xcf\x11\xe0", "a file of Excel or Word"},
                                        {0, "\x80\x04\x95", "a pickle of Python"},
                                        {0, "MATLAB 5.0", "a MATLAB file"},
                                        {0, "%PDF-", "a PDF document"},
                                        {0, "\x89PNG", "a PNG image"},
                                        {0, "{\"", "JSON"},
                                        {0, "\x89HDF\r\n", "an HDF5 file"},
                                        {0, "\x93NUMPY", "a NumPy file"},
                                        {0, "version https://git-lfs", "a pointer of Git LFS, in place of the file"}};
  for (const Format& format : kFormats)
    if (content.size() > format.at && content.substr(format.at).starts_with(format.bytes))
      throw core::InputError(fmt::format("{}: found {}; expected data, plain or gzip", path, format.what));
  // Servers put blank lines before a page, and write its first tag in any letters.
  constexpr std::size_t kLongestTag = 9;
  std::string tag(core::trim(content.substr(0, 256)).substr(0, kLongestTag));
  std::transform(tag.begin(), tag.end(), tag.begin(), [](unsigned char c) { return std::tolower(c); });
  for (const std::string_view begin : {"<!doctype", "<html", "<head", "<?xml"})
    if (tag.starts_with(begin))
      throw core::InputError(fmt::format("{}: found {}; expected data, plain or gzip", path,
                                         begin == "<?xml" ? "an XML document" : "a web page"));
}

/// CR alone ends lines on old Macs; a file that was put together may have all three line ends. In quotes it is text.
void end_lines_in_lf(std::string& content) {
  bool quoted = false;
  for (std::size_t i = 0; i < content.size(); ++i) {
    quoted ^= content[i] == '"';
    const char next = i + 1 < content.size() ? content[i + 1] : '\0';
    if (content[i] == '\r' && !quoted && next != '\n' && next != '\r') content[i] = '\n';
  }
}

}  // namespace

std::string read_file(const std::string& named) {
  const std::string path = file_or_in_its_folder(named);
  std::string content = core::read_whole_file(path, "a readable file");
  if (core::is_gzip(content)) content = core::gunzip(path, content);
  if (content.empty()) throw core::InputError(fmt::format("{}: empty; expected data", path));
  refuse_other_formats(path, content);
  return content;
}

std::string read_text_file(const std::string& path) {
  std::string content = read_file(path);
  if (content.starts_with(std::string_view("\xff\xfe\0\0", 4)) ||
      content.starts_with(std::string_view("\0\0\xfe\xff", 4)))
    throw core::InputError(fmt::format("{}: found text in UTF-32; expected UTF-8 or ASCII", path));
  if (content.starts_with("\xff\xfe") || content.starts_with("\xfe\xff"))
    throw core::InputError(fmt::format("{}: found text in UTF-16; expected UTF-8 or ASCII", path));
  if (content.starts_with("\xef\xbb\xbf")) content.erase(0, 3);
  // Of UTF-16 without its mark every second byte is zero, nearly; a stray one is told with its field.
  if (4 * static_cast<std::size_t>(std::count(content.begin(), content.end(), '\0')) > content.size())
    throw core::InputError(
        fmt::format("{}: found zero bytes, as UTF-16 and binary files have; expected UTF-8 or ASCII", path));
  if (content.find('\n') == std::string::npos)
    std::replace(content.begin(), content.end(), '\r', '\n');
  else if (content.find('\r') != std::string::npos)
    end_lines_in_lf(content);
  return content;
}

std::string file_or_in_its_folder(const std::string& path) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) return path;
  fs::path folder(path);
  if (!folder.has_filename()) folder = folder.parent_path();
  const fs::path inside = folder / folder.filename();
  return fs::is_regular_file(inside, ignored) ? inside.string() : path;
}

std::optional<std::string> find_plain_or_gzip(const std::string& directory, const std::string& name) {
  for (const char* extension : {"", ".gz"}) {
    std::error_code ignored;
    const fs::path path = fs::path(directory) / (name + extension);
    if (fs::exists(path, ignored) && !fs::is_directory(path, ignored)) return path.string();
    // Some archives hold a folder of the file's name, with the file in it, beside the file or in its place.
    for (const char* of_file : {"", ".gz"}) {
      const fs::path inside = path / (name + of_file);
      if (fs::exists(inside, ignored) && !fs::is_directory(inside, ignored)) return inside.string();
    }
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
  return fmt::format("'{}{}'{}", core::printable(text.substr(0, size)), size < text.size() ? "…" : "",
                     core::unseen_character(text.substr(0, size)));
}

}  // namespace descent::data
