#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace descent::data {

/// The content of a file, gzip taken off wherever the content starts as gzip, whatever the name says.
/// Throws InputError when it is missing, a directory, empty, larger than the memory there is, or gzip that is
/// truncated, damaged, or followed by other bytes; also where it is of a format that no reader takes (zip, xz, a web
/// page …), which the message names.
std::string read_file(const std::string& path);

/// The content of a text file, as read_file(), with a byte order mark taken off and lines that end in LF or CRLF: where
/// CR alone ends them, as on old Macs, LF stands in its place. Throws InputError for UTF-16, and for what has a quarter
/// of zero bytes.
std::string read_text_file(const std::string& path);

/// The path itself, or where it is a folder that holds a file of its own name, as some archives do, that file's.
std::string file_or_in_its_folder(const std::string& path);

/// `directory/name`, else `directory/name.gz`, else nothing.
std::optional<std::string> find_plain_or_gzip(const std::string& directory, const std::string& name);

/// Throws InputError unless `path` is a directory that can be listed; `expected` is for the message.
void expect_directory(const std::string& path, std::string_view expected);

/// "mnist" of "/data/mnist/", "iris" of "iris.csv.gz", "a9a" of "a9a.t".
std::string name_of_path(std::string_view path);

/// A piece of a file as one line of a message shows it: in quotes, at most 40 bytes, unprintable ones as \xNN;
/// a character that looks like another is named behind it.
std::string quoted(std::string_view text);

}  // namespace descent::data
