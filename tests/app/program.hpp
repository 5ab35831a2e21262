#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "record/words.hpp"

namespace descent::app::test {

/// A folder of the test's own, which is deleted when the test ends.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder() { std::filesystem::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::string path(std::string_view name = "") const { return (path_ / name).string(); }
  /// Writes a file, and makes its folders where they are missing.
  std::string write(std::string_view name, std::string_view content) const;

 private:
  std::filesystem::path path_;
};

struct Outcome {
  int status = -1;  // the exit status; 128 + the signal if one ended the program
  std::string out, err;
};

/// Runs this project's program in `folder` and waits for its end. `before_wait` may send it signals.
Outcome run_program(const TempFolder& folder, const std::vector<std::string>& arguments,
                    void (*before_wait)(int pid, const TempFolder& folder) = nullptr);

/// Runs a shell command; `out` also holds its standard error.
Outcome run_shell(const std::string& command);

std::string read_file(const std::string& path);
std::size_t lines_in(const std::string& text);

}  // namespace descent::app::test
