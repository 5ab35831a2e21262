// A file is read as a whole. Neither reading nor writing waits without end for another program to open a FIFO.
#include "descent/core/input_file.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <thread>

#include "descent/core/error.hpp"

namespace descent::core {
namespace {

using testing::HasSubstr;

class InputFile : public testing::Test {
 protected:
  InputFile() {
    std::string name = (std::filesystem::temp_directory_path() / "descent-test-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~InputFile() override { std::filesystem::remove_all(folder_); }
  std::string at(const std::string& name) const { return folder_ + "/" + name; }
  std::string fifo(const std::string& name) const {
    EXPECT_EQ(mkfifo(at(name).c_str(), 0600), 0);
    return at(name);
  }
  static std::string error_of(const std::string& path) {
    try {
      read_whole_file(path, "a file of numbers");
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }
  std::string folder_;
};

TEST_F(InputFile, HasAllItsBytes) {
  std::string bytes(200'000, 'x');
  bytes[100'000] = '\0';
  std::ofstream(at("a"), std::ios::binary) << bytes;
  EXPECT_EQ(read_whole_file(at("a"), "a file"), bytes);
  std::ofstream(at("empty")).flush();
  EXPECT_EQ(read_whole_file(at("empty"), "a file"), "");
  EXPECT_EQ(read_whole_file("/dev/null", "a file"), "");
  EXPECT_THAT(read_whole_file("/proc/self/status", "a file"), HasSubstr("VmSize")) << "the system gives its size as 0";
}

TEST_F(InputFile, MayBeAPipeOrAFifoThatSomebodyWritesTo) {
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  ASSERT_EQ(write(pipe[1], "1,2", 3), 3);
  close(pipe[1]);
  EXPECT_EQ(read_whole_file("/dev/fd/" + std::to_string(pipe[0]), "a file"), "1,2");
  close(pipe[0]);
  // These are more bytes than a pipe holds, and they are written after the reader has begun to wait.
  const std::string name = fifo("fifo"), bytes(300'000, 'y');
  std::thread writer([&] { std::ofstream(name, std::ios::binary) << bytes; });
  EXPECT_EQ(read_whole_file(name, "a file"), bytes);
  writer.join();
}

TEST_F(InputFile, ThatCannotBeReadIsNamedAtOnce) {
  EXPECT_EQ(error_of(fifo("fifo")), at("fifo") + ": found a FIFO that nobody writes to; expected a file of numbers");
  EXPECT_EQ(error_of(at("absent")),
            at("absent") + ": cannot be opened (No such file or directory); expected a file of numbers");
  EXPECT_EQ(error_of(folder_), folder_ + ": is a directory; expected a file");
  for (const char* device : {"/dev/zero", "/dev/full", "/dev/urandom"})
    EXPECT_EQ(error_of(device), std::string(device) + ": found a device; expected a file of numbers");
}

TEST_F(InputFile, IsWrittenToWhereSomebodyReads) {
  const std::string name = fifo("fifo");
  EXPECT_EQ(open_for_writing(name, O_WRONLY), -1);
  EXPECT_EQ(errno, ENXIO) << "no process has opened the FIFO for reading";
  const int reader = open(name.c_str(), O_RDONLY | O_NONBLOCK), writer = open_for_writing(name, O_WRONLY);
  ASSERT_GE(writer, 0);
  EXPECT_EQ(fcntl(writer, F_GETFL) & O_NONBLOCK, 0) << "a write has to wait while the pipe is full";
  EXPECT_EQ(write(writer, "12", 2), 2);
  char buffer[2];
  EXPECT_EQ(read(reader, buffer, 2), 2);
  for (const int descriptor : {reader, writer}) close(descriptor);
  const int file = open_for_writing(at("new"), O_WRONLY | O_CREAT);
  EXPECT_GE(file, 0);
  close(file);
  EXPECT_EQ(open_for_writing(at("no/such"), O_WRONLY), -1);
}

}  // namespace
}  // namespace descent::core
