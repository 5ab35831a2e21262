#include "descent/core/input_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>

#include "descent/core/error.hpp"
#include "descent/core/memory.hpp"

namespace descent::core {
namespace {

constexpr std::size_t kFirstBytes = std::size_t{1} << 16;
// of 20 ms each: a program that has just started gets half a second to open its end of the FIFO
constexpr int kNaps = 25;
constexpr timespec kNap{0, 20'000'000};

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

/// Makes reads and writes blocking again, as they are after a plain open(2).
void let_wait(int descriptor) { fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK); }

/// Does a FIFO hold bytes, or has a process opened it for writing? A read would take bytes away, so the first byte is
/// copied into another pipe by tee(2), which copies nothing (0) if there is neither a byte nor a writer.
bool has_writer(int fifo) {
  int scratch[2];
  if (pipe2(scratch, O_CLOEXEC | O_NONBLOCK) != 0) return true;  // not known: wait, as open(2) does
  const Descriptor reading(scratch[0]), writing(scratch[1]);
  const ssize_t copied = tee(fifo, scratch[1], 1, SPLICE_F_NONBLOCK);
  return copied > 0 || (copied < 0 && errno == EAGAIN);
}

bool waits_for_writer(int fifo) {
  for (int i = 0; i < kNaps; ++i) {
    if (has_writer(fifo)) return true;
    nanosleep(&kNap, nullptr);
  }
  return false;
}

bool is_endless(const struct stat& status, int descriptor) {
  const bool null = status.st_rdev == makedev(1, 3);  // as Linux numbers its devices
  return S_ISCHR(status.st_mode) && !null && isatty(descriptor) == 0;
}

void grow(const std::string& path, std::string& buffer, std::size_t size) {
  expect_memory(path + ": its content", static_cast<double>(size));
  buffer.resize(size);
}

}  // namespace

std::string read_whole_file(const std::string& path, std::string_view expected, std::size_t most_bytes) {
  const auto fail = [&](const std::string& found) {
    throw InputError(fmt::format("{}: {}; expected {}", path, found, expected));
  };
  struct stat status {};
  const bool fifo = stat(path.c_str(), &status) == 0 && S_ISFIFO(status.st_mode);
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | (fifo ? O_NONBLOCK : 0)));
  if (file.number() < 0 || fstat(file.number(), &status) != 0)
    fail(fmt::format("cannot be opened ({})", std::strerror(errno)));
  if (S_ISDIR(status.st_mode)) throw InputError(path + ": is a directory; expected a file");
  if (is_endless(status, file.number())) fail("found a device");
  if (fifo && !waits_for_writer(file.number())) fail("found a FIFO that nobody writes to");
  if (fifo) let_wait(file.number());
  std::string content;
  // Room for one byte more than the file has, so that its end is seen without growing. A pipe has no size: its buffer
  // grows.
  grow(path, content,
       S_ISREG(status.st_mode) ? std::min(static_cast<std::size_t>(status.st_size), most_bytes) + 1 : kFirstBytes);
  std::size_t used = 0;
  for (;;) {
    if (used == content.size()) grow(path, content, 2 * used);
    const ssize_t got = read(file.number(), content.data() + used, content.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(fmt::format("cannot be read ({})", std::strerror(errno)));
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
    if (used > most_bytes) fail(fmt::format("found more than {} MB", most_bytes >> 20));
  }
  content.resize(used);
  return content;
}

bool begins_with(const std::string& path, std::string_view text) { return first_bytes(path, text.size()) == text; }

std::string first_bytes(const std::string& path, std::size_t count) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return "";  // to open a FIFO would wait
  std::string bytes(count, '\0');
  std::ifstream file(path);
  file.read(bytes.data(), static_cast<std::streamsize>(count));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  return bytes;
}

int open_for_writing(const std::string& path, int flags) {
  struct stat status {};
  const bool fifo = stat(path.c_str(), &status) == 0 && S_ISFIFO(status.st_mode);
  constexpr mode_t kMode = 0666;  // permissions of a new file, before the process's umask
  if (!fifo) return open(path.c_str(), flags | O_CLOEXEC, kMode);
  int file = -1;
  for (int i = 0; i < kNaps && file < 0; ++i) {
    if (i > 0) nanosleep(&kNap, nullptr);
    file = open(path.c_str(), flags | O_CLOEXEC | O_NONBLOCK);
    if (file < 0 && errno != ENXIO) return file;
  }
  if (file >= 0) let_wait(file);
  return file;
}

}  // namespace descent::core
