#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "descent/core/error.hpp"

namespace descent::core {

/// The standard error leads to an input or to another output. Its text must not be written there.
class StandardErrorIsUsed : public UsageError {
 public:
  /// output_too  whether the standard output leads to that file as well
  StandardErrorIsUsed(const std::string& text, bool output_too) : UsageError(text), output_too_(output_too) {}
  bool output_too() const noexcept { return output_too_; }

 private:
  bool output_too_;
};

/// The files that a command reads and writes. They are compared before any work begins: no output may replace an input
/// or another output. Two paths are the same file if device and inode are equal; a file that does not exist yet is
/// known by its folder and name. Nothing is opened.
class FileRoles {
 public:
  /// Begins with the files that standard output and standard error were redirected to: they are outputs.
  FileRoles();

  /// `what` names the role in messages ("the data", "--config"). Throws UsageError if the file is an output, or if it
  /// can be read only once (a pipe) and is an input already; StandardErrorIsUsed if the standard error leads to it.
  void reads(const std::string& what, const std::string& path);
  /// "-" is standard output. Throws UsageError or StandardErrorIsUsed if the file is an input or another output; only
  /// /dev/null may be given more than once.
  void writes(const std::string& what, const std::string& path);

 private:
  struct File {
    dev_t device = 0;
    ino_t inode = 0;
    std::string name;  // of a file that does not exist: its name in its folder; device and inode are then the folder's
    bool regular = false, once = false;
    std::string what;
    bool output = false;
    bool inherited = false;  // standard output or error, which was open when the program began
    bool named = false;      // an inherited file that was also named as an output
  };
  static bool is_same(const File& a, const File& b);
  void add(const File& file, const std::string& place);
  bool is_inherited(const File& file, const char* what) const;

  std::vector<File> files_;
};

/// Can this be read more than once? Files and disks can; pipes, terminals and sockets cannot. True if nothing exists
/// there.
bool can_be_read_again(const std::string& path);

/// Opens a FIFO that will not be read, and closes it: a process that waits for a reader continues, and gets a broken
/// pipe.
void let_writer_go(const std::string& path);

}  // namespace descent::core
