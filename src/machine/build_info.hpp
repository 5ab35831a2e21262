#pragma once

#include <map>
#include <string>

namespace descent::machine {

/// compiler, flags, type, git_commit, git_dirty; the last two are absent outside a git checkout. planted_slowdown of a
/// build that has one.
std::map<std::string, std::string> build_info();

}  // namespace descent::machine
