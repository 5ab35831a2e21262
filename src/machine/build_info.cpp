#include "machine/build_info.hpp"

#include "git_commit.hpp"

namespace descent::machine {

std::map<std::string, std::string> build_info() {
#if defined(__clang__)
  const std::string compiler = "Clang " __clang_version__;
#else
  const std::string compiler = "GCC " __VERSION__;
#endif
  std::map<std::string, std::string> info{
      {"compiler", compiler}, {"flags", DESCENT_FLAGS}, {"type", DESCENT_BUILD_TYPE}};
  info["git_commit"] = DESCENT_GIT_COMMIT;  // "unknown" where git could not tell
  info["git_dirty"] = DESCENT_GIT_DIRTY;
#ifdef DESCENT_PLANTED_SLOWDOWN
  info["planted_slowdown"] =
      std::to_string(DESCENT_PLANTED_SLOWDOWN) + " %";  // no report of such a build is a real one
#endif
  return info;
}

}  // namespace descent::machine
