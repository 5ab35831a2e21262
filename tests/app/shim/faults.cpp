// A library that tests preload. Among the calls of one kind on files under a folder, the k-th fails, or ends the
// process as a loss of power would.
//   FAULT_UNDER   the folder; calls on other files are not touched
//   FAULT_CALL    write (write, pwrite), fsync or rename
//   FAULT_AT      k, from 1 on
//   FAULT_ERRNO   the number of the error; 0 ends the process at once, with status 77
// When the call was met, the file FAULT_UNDER/.met is written.
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

template <class Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

std::string_view setting(const char* name) {
  const char* const text = std::getenv(name);
  return text == nullptr ? "" : text;
}

bool under(std::string_view path) {
  const std::string_view folder = setting("FAULT_UNDER");
  char here[PATH_MAX];
  if (!path.starts_with('/') && getcwd(here, sizeof here) != nullptr) return !folder.empty() && folder == here;
  return !folder.empty() && path.starts_with(folder) && !path.ends_with(".out") && !path.ends_with(".err");
}

bool under(int file) {
  char link[64], path[PATH_MAX];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t length = readlink(link, path, sizeof path);
  return length > 0 && under(std::string_view(path, static_cast<std::size_t>(length)));
}

/// Has this call to fail? Sets errno, or ends the process.
bool fails(std::string_view call) {
  static std::atomic<int> met{0};
  if (setting("FAULT_CALL") != call || ++met != std::atoi(setting("FAULT_AT").data())) return false;
  const int error = std::atoi(setting("FAULT_ERRNO").data());
  char mark[PATH_MAX];
  std::snprintf(mark, sizeof mark, "%s/.met", setting("FAULT_UNDER").data());
  close(open(mark, O_WRONLY | O_CREAT, 0600));
  if (error == 0) _exit(77);
  errno = error;
  return true;
}

}  // namespace

extern "C" {

ssize_t write(int file, const void* bytes, size_t count) {
  static const auto next = real<ssize_t (*)(int, const void*, size_t)>("write");
  return under(file) && fails("write") ? -1 : next(file, bytes, count);
}

ssize_t pwrite(int file, const void* bytes, size_t count, off_t at) {
  static const auto next = real<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  return under(file) && fails("write") ? -1 : next(file, bytes, count, at);
}

ssize_t pwrite64(int file, const void* bytes, size_t count, off64_t at) {
  static const auto next = real<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64");
  return under(file) && fails("write") ? -1 : next(file, bytes, count, at);
}

int fsync(int file) {
  static const auto next = real<int (*)(int)>("fsync");
  return under(file) && fails("fsync") ? -1 : next(file);
}

int rename(const char* from, const char* to) {
  static const auto next = real<int (*)(const char*, const char*)>("rename");
  return under(to) && fails("rename") ? -1 : next(from, to);
}
}
