#include "descent/core/path.hpp"

#include <string>
#include <system_error>

namespace descent::core {
namespace fs = std::filesystem;

bool takes_writes(const fs::path& path) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  if (!fs::exists(status) || fs::is_directory(status)) return false;
  const std::string text = path.lexically_normal().string();
  return !fs::is_regular_file(status) || text.starts_with("/dev/") || text.starts_with("/proc/");
}

fs::path without_links(fs::path path) {
  constexpr int most_links = 40;  // as the kernel's
  std::error_code error;
  for (int i = 0; i < most_links && fs::is_symlink(path, error); ++i) {
    const fs::path target = fs::read_symlink(path, error);
    if (error) break;
    path = path.parent_path() / target;  // an absolute target stands alone
  }
  return path;
}

}  // namespace descent::core
