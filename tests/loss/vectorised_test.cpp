// Reads the machine code of every loss's entry points, since the remarks of a compiler do not say what it emitted: the
// loss has to be computed sixteen examples at a time. docs/losses.md shows how to do this by hand.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <regex>
#include <string>
#include <vector>

#include "descent/loss/loss.hpp"

namespace descent::loss {
namespace {

/// How many instructions of a function do float32 arithmetic on whole registers, how many of these are multiply-adds,
/// and how many work on single numbers.
struct Counts {
  int packed = 0, multiply_adds = 0, single = 0;
};

std::vector<std::string> lines_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::vector<std::string> lines(1);
  std::array<char, 4096> buffer{};
  while (pipe && fgets(buffer.data(), buffer.size(), pipe.get()) != nullptr) {
    lines.back() += buffer.data();
    if (lines.back().ends_with('\n')) lines.emplace_back();
  }
  return lines;
}

/// The counts of each function, by a name such as "AVX2 hinge_differentiate": the instruction set (Highway's namespace)
/// and the entry point.
std::map<std::string, Counts> entry_points(const std::string& object) {
  static const std::regex name("^[0-9a-f]+ <descent::loss::N_(AVX2|AVX3)::(\\w+_(differentiate|sum))\\(.*\\)>:\\s*$");
  static const std::regex arithmetic("\\sv(add|sub|mul|div|max|min|fn?m(add|sub)[0-9]+)(ps|ss)\\s.*");
  std::map<std::string, Counts> found;
  Counts* counts = nullptr;
  for (const std::string& line : lines_of("objdump -d -C --no-show-raw-insn '" + object + "' 2>&1")) {
    std::smatch match;
    if (line.find(">:") != std::string::npos)
      counts = std::regex_search(line, match, name) ? &found[match.str(1) + " " + match.str(2)] : nullptr;
    if (counts == nullptr || !std::regex_search(line, match, arithmetic)) continue;
    const bool wide = line.find("%ymm") != std::string::npos || line.find("%zmm") != std::string::npos;
    counts->single += match.str(3) == "ss";
    counts->packed += match.str(3) == "ps" && wide;
    counts->multiply_adds += match.str(3) == "ps" && wide && match.str(1).starts_with("f");
  }
  return found;
}

std::vector<std::string> objects() {
  std::vector<std::string> paths;
  std::ifstream in(DESCENT_LOSS_OBJECTS);
  for (std::string path; std::getline(in, path);)
    if (path.find("/losses/") != std::string::npos) paths.push_back(path);
  return paths;
}

TEST(Losses, MachineCodeWorksOnWholeRegisters) {
#if !defined(__x86_64__) || defined(DESCENT_SANITIZE_ADDRESS) || defined(DESCENT_SANITIZE_THREAD)
  GTEST_SKIP() << "only for x86-64 without sanitizers";
#endif
  if (std::system("objdump --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "needs objdump (binutils)";
  ASSERT_EQ(objects().size(), LossRegistry::instance().names().size());
  for (const std::string& object : objects()) {
    const auto found = entry_points(object);
    EXPECT_EQ(found.size(), 4U) << object << ": expected two entry points for AVX2 and two for AVX3";
    const std::string loss = std::filesystem::path(object).filename().string();
    for (const auto& [name, counts] : found) {
      EXPECT_GE(counts.packed, 3) << loss << " " << name;
      EXPECT_EQ(counts.single, 0) << loss << " " << name;
      for (const char* with_exponential : {"softmax", "logistic", "exponential", "sigmoid", "binary_cross"}) {
        if (!loss.starts_with(with_exponential)) continue;
        EXPECT_GE(counts.multiply_adds, 8) << loss << " " << name;
      }
    }
  }
}

}  // namespace
}  // namespace descent::loss
