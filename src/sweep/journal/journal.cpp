#include "sweep/journal/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "descent/core/error.hpp"

namespace descent::sweep {
namespace {

using Json = nlohmann::json;
constexpr int kVersion = 2;
constexpr auto kSyncEvery = std::chrono::milliseconds(100);  // a sync takes milliseconds, as long as thousands of steps

/// A member of an object; null if there is no such member, or if `object` is not an object.
Json member(const Json& object, const std::string& name) {
  return object.is_object() ? object.value(name, Json()) : Json();
}

/// Throws InputError at the first text that differs between two identities.
void compare_identity(const std::string& path, const Json& found, const Json& expected) {
  for (const auto& [section, texts] : expected.items()) {
    const Json there = member(found, section);
    for (const auto& [name, text] : texts.items())
      if (member(there, name) != text)
        throw core::InputError(fmt::format("{}: cannot resume: it is of another {}: {} was {}, now {}", path, section,
                                           name, member(there, name).dump(), text.dump()));
    for (const auto& [name, text] : there.items())
      if (!texts.contains(name))
        throw core::InputError(fmt::format("{}: cannot resume: it is of another {}: {} was {}, now absent", path,
                                           section, name, text.dump()));
  }
}

bool is_text(const Json& line, const char* name) { return line.contains(name) && line[name].is_string(); }
bool is_number(const Json& line, const char* name) { return line.contains(name) && line[name].is_number(); }

/// Makes the directory entry of a new file durable.
void sync_folder(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  const int file = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return;
  ::fsync(file);
  ::close(file);
}

}  // namespace

Journal::Journal(std::string path, const Identity& identity, bool resume) : path_(std::move(path)) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file-size limit is then an error of write(), not the end of the process
  open();
  if (!resume && holds_pieces()) {
    kept_aside_ = path_ + ".old";
    if (::rename(path_.c_str(), kept_aside_.c_str()) != 0) fail("cannot be kept under another name", errno);
    open();
  }
  // The identity as it will be read back: invalid UTF-8 is written as replacement characters.
  const std::string header = Json{{"descentbench_journal", kVersion}, {"identity", identity}}.dump(
      -1, ' ', false, Json::error_handler_t::replace);
  if (resume) read(Json::parse(header)["identity"].get<Identity>());
  if (::ftruncate(file_.descriptor, end_) != 0) fail("cannot be cut", errno);
  if (end_ > 0) return;
  write_line(header);
  sync_folder(path_);
}

void Journal::open() {
  if (file_.descriptor >= 0) ::close(file_.descriptor);
  file_.descriptor = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file_.descriptor < 0) fail("cannot be opened", errno);
  if (::flock(file_.descriptor, LOCK_EX | LOCK_NB) != 0)
    throw core::InputError(fmt::format("{}: another run is writing this journal; expected one run per report", path_));
  // Another process may have renamed the file while it held the lock: check that the lock is on the file that now has
  // the name.
  struct stat locked {
  }, named{};
  if (::fstat(file_.descriptor, &locked) != 0) fail("cannot be looked at", errno);
  if (::stat(path_.c_str(), &named) != 0 || locked.st_ino != named.st_ino || locked.st_dev != named.st_dev) open();
}

/// Does the journal hold more than its first line?
bool Journal::holds_pieces() const {
  std::size_t lines = 0;
  char buffer[1 << 16];
  off_t at = 0;
  for (ssize_t got; lines < 2 && (got = ::pread(file_.descriptor, buffer, sizeof buffer, at)) > 0; at += got)
    lines += static_cast<std::size_t>(std::count(buffer, buffer + got, '\n'));
  return lines >= 2;
}

Journal::File::~File() {
  if (descriptor >= 0) ::close(descriptor);
}

void Journal::read(const Identity& identity) {
  std::string text;
  char buffer[1 << 16];
  for (ssize_t got; (got = ::read(file_.descriptor, buffer, sizeof buffer)) != 0;) {
    if (got < 0) fail("cannot be read", errno);
    text.append(buffer, static_cast<std::size_t>(got));
  }
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t newline = text.find('\n', begin);
    if (newline == std::string::npos) return;  // torn: the run was stopped while writing it
    const Json line = Json::parse(text.begin() + static_cast<std::ptrdiff_t>(begin),
                                  text.begin() + static_cast<std::ptrdiff_t>(newline), nullptr, false);
    const bool good =
        line.is_object() && (lines_ == 0 ? is_number(line, "descentbench_journal") && line.contains("identity")
                                         : is_text(line, "kind") && is_text(line, "key") && line.contains("value") &&
                                               is_number(line, "seconds"));
    if (!good) {
      if (newline + 1 == text.size() && lines_ > 0) return;
      throw core::InputError(
          fmt::format("{}:{}: found no journal line; expected one record of JSON", path_, lines_ + 1));
    }
    if (lines_ == 0) {
      if (line.value("descentbench_journal", 0) != kVersion)
        throw core::InputError(fmt::format("{}:1: found journal version {}; expected {}", path_,
                                           line.value("descentbench_journal", 0), kVersion));
      compare_identity(path_, line["identity"], identity);
    } else {
      pieces_.try_emplace({line["kind"], line["key"]}, Piece{line["value"].dump(), line.value("seconds", 0.0)});
    }
    ++lines_;
    begin = newline + 1;
    end_ = static_cast<std::int64_t>(begin);
  }
}

const Journal::Piece* Journal::find(const std::string& kind, const std::string& key) const {
  const auto found = pieces_.find({kind, key});
  return found == pieces_.end() ? nullptr : &found->second;
}

void Journal::append(const std::string& kind, const std::string& key, const std::string& value, double seconds) {
  if (file_.descriptor < 0) return;
  std::string line = Json{{"kind", kind}, {"key", key}, {"seconds", seconds}}.dump(
      -1, ' ', false, Json::error_handler_t::replace);  // texts of a user's file need not be UTF-8
  line.back() = ',';
  line += "\"value\":" + value + "}";
  const std::lock_guard lock(mutex_);
  write_line(line);
}

void Journal::write_line(const std::string& line) {
  const std::string text = line + '\n';
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t wrote =
        ::pwrite(file_.descriptor, text.data() + done, text.size() - done, end_ + static_cast<std::int64_t>(done));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) fail("cannot be written", wrote < 0 ? errno : ENOSPC);
    done += static_cast<std::size_t>(wrote);
  }
  // The kernel now has the line, even if this process ends; it is synced to disk only once in a while.
  const auto now = std::chrono::steady_clock::now();
  if (lines_ == 0 || now - synced_ >= kSyncEvery) {
    if (::fsync(file_.descriptor) != 0) fail("cannot be written", errno);
    synced_ = now;
  }
  end_ += static_cast<std::int64_t>(text.size());
  ++lines_;
}

void Journal::fail(const std::string& what, int error) {
  // Cuts the file back to whole lines, so that earlier lines stay readable.
  if (file_.descriptor >= 0 && ::ftruncate(file_.descriptor, end_) != 0) error = errno;
  throw core::InputError(fmt::format("{}: {} ({}); expected room on its disk; {} pieces of work before it are kept",
                                     path_, what, std::strerror(error), lines_ > 0 ? lines_ - 1 : 0));
}

}  // namespace descent::sweep
