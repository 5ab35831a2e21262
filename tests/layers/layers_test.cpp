// Checks every #include by the table of rooms and the list of heavy libraries, and other rules for the source files.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
const fs::path kRoot = DESCENT_SOURCE_DIR;

const std::map<std::string, std::set<std::string>> kMayInclude{
    {"core", {}},
    {"record", {"core"}},
    {"data", {"core"}},
    {"loss", {"core"}},
    {"stats", {"core"}},
    {"machine", {"core", "record"}},
    {"engine", {"core", "record", "data", "loss", "stats", "machine"}},
    {"analysis", {"core", "record", "stats"}},
    {"solve", {"core", "record", "data", "loss", "stats", "machine", "engine"}},
    {"join", {"core", "record", "stats", "analysis"}},
    {"report", {"core", "record", "stats", "analysis", "join"}},
    {"train", {"core", "record", "data", "loss", "stats", "machine", "engine", "solve"}},
    {"sweep", {"core", "record", "data", "loss", "stats", "machine", "engine", "analysis", "solve", "join", "train"}},
    {"app",
     {"core", "record", "data", "loss", "stats", "machine", "engine", "analysis", "solve", "join", "train", "report",
      "sweep"}},
};

struct Include {
  fs::path file;
  int line;
  std::string target;
};

std::vector<fs::path> sources(const char* folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder))
    if (entry.path().extension() == ".cpp" || entry.path().extension() == ".hpp") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<Include> includes() {
  static const std::regex pattern(R"re(^\s*#\s*include\s*[<"]([^>"]+)[>"].*)re");
  std::vector<Include> result;
  for (const char* folder : {"include", "src"})
    for (const fs::path& file : sources(folder)) {
      std::ifstream in(file);
      int number = 0;
      for (std::string line; std::getline(in, line);) {
        ++number;
        std::smatch match;
        if (std::regex_match(line, match, pattern)) result.push_back({fs::relative(file, kRoot), number, match[1]});
      }
    }
  return result;
}

/// The room of src/<room>/… and include/descent/<room>/…; "" for src/main.cpp.
std::string room_of(const fs::path& file) {
  auto part = file.begin();
  std::advance(part, *part == "include" ? 2 : 1);
  return std::next(part) == file.end() ? "" : part->string();
}

TEST(Layers, EveryRoomIncludesOnlyRoomsBelowIt) {
  std::size_t seen = 0;
  for (const Include& include : includes()) {
    const std::string room = room_of(include.file);
    std::string target = include.target;
    if (target.rfind("descent/", 0) == 0) target.erase(0, 8);
    const std::string other = target.substr(0, target.find('/'));
    if (room.empty() || other == room || !kMayInclude.contains(other)) continue;
    ++seen;
    EXPECT_TRUE(kMayInclude.at(room).contains(other)) << include.file.string() << ':' << include.line << " includes "
                                                      << include.target << "; " << room << " may not see " << other;
    EXPECT_TRUE(include.target.rfind("descent/", 0) == 0)
        << include.file.string() << ':' << include.line << " includes a private header of " << other;
  }
  EXPECT_GT(seen, 50U);
}

// docs/decisions/0011-homes-of-heavy-libraries.md says why these files may include them.
TEST(Layers, HeavyLibrariesStayAtHome) {
  struct Home {
    std::regex library;
    std::regex files;
  };
  const std::vector<Home> homes{
      {std::regex("tbb/.*|oneapi/.*"), std::regex("src/machine/backend_tbb\\.cpp")},
      {std::regex("hwloc\\.h"), std::regex("src/machine/.*\\.cpp")},
      {std::regex("Eigen/.*|Spectra/.*"), std::regex("src/engine/eigen_products\\.cpp|src/solve/.*\\.cpp|src/"
                                                     "train/lyapunov\\.cpp")},
      {std::regex("cblas\\.h"), std::regex("src/engine/engines/openblas\\.cpp")},
      {std::regex("hwy/.*"), std::regex("(include/descent|src)/core/(simd|axpy).*|src/loss/.*|src/engine/engines/"
                                        "(fused|exact8).*|src/machine/probes\\.cpp|src/train/optimizers/.*")},
      {std::regex("lbfgs\\.h"), std::regex("src/solve/.*\\.cpp")},
      {std::regex("CLI/.*"), std::regex("src/app/.*\\.cpp")},
      {std::regex("toml\\+\\+/.*"), std::regex("src/app/.*\\.cpp")},
      {std::regex("zlib\\.h"), std::regex("src/core/gzip\\.cpp")},
      {std::regex("openssl/.*"), std::regex("src/core/hash\\.cpp")},
      {std::regex("boost/preprocessor/.*"),
       std::regex("src/record/fields\\.hpp|include/descent/record/visit_fields\\.hpp")},
      {std::regex("boost/(?!preprocessor/).*"), std::regex("src/stats/.*\\.cpp")},
  };
  for (const Include& include : includes())
    for (const Home& home : homes)
      if (std::regex_match(include.target, home.library)) {
        EXPECT_TRUE(std::regex_match(include.file.string(), home.files))
            << include.file.string() << ':' << include.line << " includes " << include.target;
      }
}

// Each room has a namespace of its own. Two rooms may both have a type Plan; in one namespace, the linker would take
// them for the same type.
TEST(Layers, AFileOpensTheNamespaceOfItsOwnRoomOnly) {
  static const std::regex pattern(R"(^namespace descent(::([a-z_]+))?\b.*\{$)");
  std::size_t seen = 0;
  for (const char* folder : {"include", "src"})
    for (const fs::path& file : sources(folder)) {
      const fs::path relative = fs::relative(file, kRoot);
      std::ifstream in(file);
      int number = 0;
      for (std::string line; std::getline(in, line);) {
        ++number;
        std::smatch match;
        if (!std::regex_match(line, match, pattern)) continue;
        ++seen;
        EXPECT_EQ(match[2].str(), room_of(relative)) << relative.string() << ':' << number << ": " << line;
      }
    }
  EXPECT_GT(seen, 300U);
}

// These rooms learn about a method, a loss or a sweep from the report's columns, never from its name.
TEST(Layers, NothingHangsOnANameInAnalysisReportAndJoin) {
  static const std::regex pattern(R"re("(gd|sgd|quick|standard|full)"|configuration)re");
  std::size_t seen = 0;
  for (const fs::path& file : sources("src")) {
    const std::string room = room_of(fs::relative(file, kRoot));
    if (room != "analysis" && room != "report" && room != "join") continue;
    ++seen;
    std::ifstream in(file);
    int number = 0;
    for (std::string line; std::getline(in, line);) {
      ++number;
      // Parts of a sweep may be merged if their options are equal, so that join compares options without knowing them.
      if (room == "join" && line.find("configuration") != std::string::npos) continue;
      EXPECT_FALSE(std::regex_search(line, pattern)) << file << ':' << number << ": " << line;
    }
  }
  EXPECT_GT(seen, 30U);
}

TEST(Layers, NoFileIsLongerThanFourHundredLines) {
  for (const char* folder : {"include", "src", "tests", "bench"})
    for (const fs::path& file : sources(folder)) {
      std::ifstream in(file);
      const auto lines = std::count(std::istreambuf_iterator<char>(in), {}, '\n');
      EXPECT_LE(lines, 400) << file;
    }
}

TEST(Layers, OnlyTheCommandLinePrintsOrExits) {
  static const std::regex pattern(
      R"((std::cout|std::cerr|[^nf_a-z]printf\(|fmt::print|std::exit|[^_]abort\(|std::quick_exit))");
  for (const fs::path& file : sources("src")) {
    const fs::path relative = fs::relative(file, kRoot);
    if (room_of(relative) == "app" || room_of(relative).empty()) continue;
    std::ifstream in(file);
    int number = 0;
    for (std::string line; std::getline(in, line);) {
      ++number;
      EXPECT_FALSE(std::regex_search(line, pattern)) << relative.string() << ':' << number << ": " << line;
    }
  }
}

/// The text of a file without its comments.
std::string without_comments(const fs::path& file) {
  std::ifstream in(file);
  std::string text;
  for (std::string line; std::getline(in, line);) text += line.substr(0, line.find("//")) + '\n';
  return text;
}

// Solvers ask a loss for what they need (conjugate, recession, box form), so that a new loss is one file.
TEST(Layers, NoSolverKnowsALossByName) {
  std::size_t losses = 0;
  for (const auto& entry : fs::directory_iterator(kRoot / "src/loss/losses")) {
    ++losses;
    const std::string name = entry.path().stem().string();
    const std::regex word("\\b" + name + "\\b");
    for (const char* folder : {"include/descent/solve", "src/solve"})
      for (const fs::path& file : sources(folder))
        EXPECT_FALSE(std::regex_search(without_comments(file), word)) << fs::relative(file, kRoot) << " has " << name;
  }
  EXPECT_GE(losses, 12U);
}

// An optimizer answers what the sweep, analysis and report ask about it, so that a new one is one file.
TEST(Layers, NoOptimizerIsKnownByName) {
  static const std::regex pattern(R"re("(gd|sgd|momentum)")re"),
      home(R"(src/train/optimizers/.*|src/sweep/plan/options\.cpp)");
  for (const char* folder : {"include", "src"})
    for (const fs::path& file : sources(folder)) {
      const std::string relative = fs::relative(file, kRoot).string();
      if (std::regex_match(relative, home)) continue;
      std::ifstream in(file);
      int number = 0;
      for (std::string line; std::getline(in, line);) {
        ++number;
        EXPECT_FALSE(std::regex_search(line, pattern)) << relative << ':' << number << ": " << line;
      }
    }
}

// Code that reads dense rows in place does not work with other kinds of storage. Only `data`, the products of rows, and
// engines that refuse what they cannot read (Engine::refuses) may do it.
TEST(Layers, DenseRowsAreReadInPlaceByEnginesAlone) {
  static const std::regex may("(src|include/descent)/data/.*|src/engine/row_products\\.cpp|src/engine/engines/.*");
  static const std::regex accessor(R"(features\.(row|view|data|stride)\()");
  std::size_t seen = 0;
  for (const Include& include : includes()) {
    if (include.target != "descent/data/dense_rows.hpp") continue;
    ++seen;
    EXPECT_TRUE(std::regex_match(include.file.string(), may)) << include.file.string() << ':' << include.line;
  }
  EXPECT_GE(seen, 4U);
  for (const char* folder : {"include", "src", "bench"})
    for (const fs::path& file : sources(folder))
      EXPECT_FALSE(std::regex_search(without_comments(file), accessor)) << fs::relative(file, kRoot);
}

}  // namespace
