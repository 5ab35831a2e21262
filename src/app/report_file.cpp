#include "app/report_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <sstream>

#include "descent/core/error.hpp"
#include "descent/core/gzip.hpp"
#include "descent/core/input_file.hpp"
#include "descent/core/path.hpp"
#include "descent/core/text.hpp"

namespace descent::app {
namespace {

/// Of a report, not compressed: a full sweep on MNIST writes a tenth. JSON takes ten times as much memory.
constexpr std::size_t kMostReportBytes = std::size_t{256} << 20;
constexpr std::size_t kLongestName = 230;  // bytes; 255 less what the names of files beside it have more
constexpr const char* kJournalBegin = "{\"descentbench_journal\"";

[[noreturn]] void fail(const std::string& path, int error) {
  throw core::InputError(
      fmt::format("{}: cannot be written ({}); expected a writable folder with room", path, std::strerror(error)));
}

/// Writes all bytes and waits until they are on disk; the number of the error, or 0.
int write_durably(int file, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t wrote = ::write(file, text.data() + done, text.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return wrote < 0 ? errno : ENOSPC;
    done += static_cast<std::size_t>(wrote);
  }
  if (::fsync(file) == 0 || errno == EINVAL || errno == EROFS || errno == ENOTSUP) return 0;  // pipes have no disk
  return errno;
}

void write_through(const std::string& path, const std::string& text) {
  const int file = core::open_for_writing(path, O_WRONLY | O_APPEND);
  if (file < 0 && errno == ENXIO)
    throw core::InputError(fmt::format("{}: found a FIFO that nobody reads; expected a file, or a reader", path));
  if (file < 0) fail(path, errno);
  int error = write_durably(file, text);
  if (::close(file) != 0 && error == 0) error = errno;
  if (error != 0) fail(path, error);
}

/// To a terminal, line by line.
void write_printable(const std::string& text) {
  for (const std::string_view line : core::split(text, '\n'))
    if (line.data() + line.size() < text.data() + text.size() || !line.empty())
      std::cout << core::printable(line) << '\n';
}

}  // namespace

record::Report load_report(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    throw core::InputError(fmt::format("{}: found a folder; expected a report of descent run", path));
  std::string content = core::read_whole_file(path, "a report of descent run", kMostReportBytes);
  if (core::is_gzip(content)) content = core::gunzip(path, content, kMostReportBytes);
  std::istringstream text(std::move(content));
  return record::read_report(text, path);
}

void add_reports(core::FileRoles& roles, const std::vector<std::string>& reports) {
  for (const std::string& path : reports) {
    roles.reads("report", path);
    roles.reads("the journal of report " + path, core::without_links(path).string() + ".journal");
  }
}

void add_output(core::FileRoles& roles, const std::string& option, const std::string& path) {
  if (path.empty()) return;
  std::error_code ignored;
  const auto type = std::filesystem::status(path, ignored).type();
  if (type == std::filesystem::file_type::directory || type == std::filesystem::file_type::socket)
    throw core::UsageError(fmt::format("{} {}: found a {}; expected the name of a file", option, path,
                                       type == std::filesystem::file_type::socket ? "socket" : "folder"));
  roles.writes(option, path);
  if (core::takes_writes(path)) return;
  if (const std::size_t size = core::without_links(path).filename().string().size(); size > kLongestName)
    throw core::UsageError(
        fmt::format("{} {}…: found a name of {} bytes; expected {} at most, for the names of files "
                    "beside it are longer",
                    option, path.substr(0, 40), size, kLongestName));
  if (core::begins_with(path, kJournalBegin))
    throw core::UsageError(fmt::format("{} {}: found the journal of a run; expected another file", option, path));
}

void expect_no_run_writes(const std::string& option, const std::string& path) {
  if (path.empty() || path == "-" || core::takes_writes(path)) return;
  const std::string journal = core::without_links(path).string() + ".journal";
  const int file = core::begins_with(journal, kJournalBegin) ? ::open(journal.c_str(), O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  const bool free = ::flock(file, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK;
  ::close(file);
  if (!free)
    throw core::UsageError(
        fmt::format("{} {}: found the report of a run that goes on; expected another file", option, path));
}

void replace_file(const std::string& path, const std::function<void(std::ostream&)>& write) {
  if (path == "-" && isatty(STDOUT_FILENO) == 0) return write(std::cout);
  std::ostringstream written;
  write(written);
  if (path == "-") return write_printable(written.str());
  const std::string text = path.ends_with(".gz") ? core::gzip(written.view()) : written.str();
  if (core::takes_writes(path)) return write_through(path, text);
  const std::filesystem::path target = core::without_links(path);
  const std::filesystem::path folder = target.has_parent_path() ? target.parent_path() : ".";
  const std::string temporary = (folder / fmt::format(".{}.{}", target.filename().string(), ::getpid())).string();
  std::signal(SIGXFSZ, SIG_IGN);  // a file-size limit is then an error of write(), not the end of the process
  const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0) fail(path, errno);
  struct stat old {};
  if (::stat(target.c_str(), &old) == 0) ::fchmod(file, old.st_mode & 07777);  // who may read it stays as it was
  int error = write_durably(file, text);
  if (::close(file) != 0 && error == 0) error = errno;
  if (error == 0 && ::rename(temporary.c_str(), target.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(temporary.c_str());
    fail(path, error);
  }
  const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return;
  ::fsync(directory);  // makes the new name durable
  ::close(directory);
}

}  // namespace descent::app
