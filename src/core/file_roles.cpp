#include "descent/core/file_roles.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <filesystem>

#include "descent/core/error.hpp"
#include "descent/core/path.hpp"

namespace descent::core {
namespace {

constexpr const char *kOutput = "the standard output", *kError = "the standard error";

bool is_null_device(const struct stat& status) {
  return S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);  // as Linux numbers its devices
}

/// False for files that can be neither lost nor mixed up: /dev/null, and names whose folder does not exist.
bool look_at(const struct stat& status, auto& file) {
  if (is_null_device(status)) return false;
  const bool node = S_ISBLK(status.st_mode) || S_ISCHR(status.st_mode);
  file.regular = S_ISREG(status.st_mode);
  file.once = !file.regular && !node;
  file.device = node ? status.st_rdev : status.st_dev;  // two nodes may lead to one device
  file.inode = node ? 0 : status.st_ino;
  return true;
}

bool look_at(const std::string& path, auto& file) {
  struct stat status {};
  if (stat(path.c_str(), &status) == 0) return look_at(status, file);
  const std::filesystem::path target = without_links(path);
  const std::filesystem::path folder = target.has_parent_path() ? target.parent_path() : ".";
  if (stat(folder.c_str(), &status) != 0) return false;
  file.device = status.st_dev;
  file.inode = status.st_ino;
  file.name = target.filename().string();
  return true;
}

}  // namespace

FileRoles::FileRoles() {
  for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO}) {
    struct stat status {};
    File file;
    file.what = descriptor == STDOUT_FILENO ? kOutput : kError;
    file.output = file.inherited = true;
    // Only regular files count: a terminal or pipe loses nothing when something else is written to it.
    if (fstat(descriptor, &status) == 0 && look_at(status, file) && file.regular) files_.push_back(file);
  }
}

void FileRoles::reads(const std::string& what, const std::string& path) {
  File file;
  file.what = what;
  if (look_at(path, file)) add(file, path);
}

void FileRoles::writes(const std::string& what, const std::string& path) {
  struct stat status {};
  File file;
  file.what = what;
  file.output = true;
  // Standard output, under whatever name it is given, is open already: nothing is replaced.
  file.named = path == "-" || takes_writes(path);
  const bool found = path == "-" ? fstat(STDOUT_FILENO, &status) == 0 && look_at(status, file) : look_at(path, file);
  if (found) add(file, path);
}

bool FileRoles::is_same(const File& a, const File& b) {
  return a.device == b.device && a.inode == b.inode && a.name == b.name;
}

bool FileRoles::is_inherited(const File& file, const char* what) const {
  for (const File& other : files_)
    if (other.inherited && other.what == what && is_same(other, file)) return true;
  return false;
}

void FileRoles::add(const File& file, const std::string& place) {
  for (const File& other : files_) {
    if (!is_same(file, other) || (other.inherited && file.named)) continue;
    if (file.output || other.output) {
      const std::string text =
          fmt::format("{} {}: found the file of {}; expected one that is neither an input nor another output",
                      file.what, place, other.what);
      if (is_inherited(file, kError)) throw StandardErrorIsUsed(text, is_inherited(file, kOutput));
      throw UsageError(text);
    }
    if (file.once)
      throw UsageError(
          fmt::format("{} {}: found what {} reads as well; expected a file, since this can be read only once",
                      file.what, place, other.what));
  }
  files_.push_back(file);
}

bool can_be_read_again(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return true;
  return S_ISREG(status.st_mode) || S_ISBLK(status.st_mode) || S_ISDIR(status.st_mode);
}

void let_writer_go(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 || !S_ISFIFO(status.st_mode)) return;
  const int file = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (file >= 0) close(file);
}

}  // namespace descent::core
