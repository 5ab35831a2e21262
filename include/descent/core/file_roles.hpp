#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace descent::core {

/// The files that a command reads and writes. They are compared before any work, by what they are and not by their
/// names (device and inode; a file that is not there yet by its folder and name): no output may replace an input or
/// another output. Nothing is opened.
class FileRoles {
 public:
  /// The files that the standard output and the standard error were sent to are outputs from the start.
  FileRoles();

  /// `what` names the role in messages ("the data", "--config"). Throws UsageError where the file is an output, or
  /// where it can be read only once, as a pipe can, and is read already.
  void reads(const std::string& what, const std::string& path);
  /// "-" is the standard output. Throws UsageError where the file is an input or another output; /dev/null alone may
  /// be given more than once.
  void writes(const std::string& what, const std::string& path);

 private:
  struct File {
    dev_t device = 0;
    ino_t inode = 0;
    std::string name;  // of a file that is not there: its name in the folder that device and inode are
    bool regular = false, once = false;
    std::string what;
    bool output = false;
    bool inherited = false;  // the standard output or error: it was open when the program began
    bool named = false;      // one of them, asked for as an output
  };
  static bool is_same(const File& a, const File& b);
  void add(const File& file, const std::string& place);

  std::vector<File> files_;
};

/// Can what is there be read more than once, as files and disks can, and pipes, terminals and sockets cannot? True
/// where there is nothing.
bool can_be_read_again(const std::string& path);

/// Opens a FIFO that will not be read, and closes it: whoever waits for a reader of it goes on, to a broken pipe.
void let_writer_go(const std::string& path);

}  // namespace descent::core
