// How cmake/compile.cmake treats warnings. A user's compiler may warn about things that the developers' does not.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "app/program.hpp"

namespace descent::app::test {
namespace {

/// Builds a project with this project's flags; its one file has an unused variable, about which compilers warn.
Outcome build_with_warning(const char* options) {
  const TempFolder folder;
  folder.write("main.cpp", "int main() { int unused; }\n");
  folder.write("CMakeLists.txt",
               "cmake_minimum_required(VERSION 3.25)\nproject(stranger CXX)\n"
               "include(" DESCENT_SOURCE_DIR
               "/cmake/compile.cmake)\n"
               "add_executable(stranger main.cpp)\n"
               "target_link_libraries(stranger PRIVATE descent_flags)\n");
  const std::string at = folder.path();
  const Outcome configured = run_shell(fmt::format("{} -S {} -B {}/build -G '{}' -DCMAKE_CXX_COMPILER={} {}",
                                                   DESCENT_CMAKE, at, at, DESCENT_GENERATOR, DESCENT_CXX, options));
  EXPECT_EQ(configured.status, 0) << configured.out;
  return run_shell(fmt::format("{} --build {}/build", DESCENT_CMAKE, at));
}

TEST(CompileOptions, AWarningStopsNoUsersBuild) {
  const Outcome built = build_with_warning("");
  EXPECT_EQ(built.status, 0) << built.out;
  EXPECT_NE(built.out.find("unused variable"), std::string::npos) << built.out;
}

TEST(CompileOptions, AWarningStopsADevelopersBuild) {
  const Outcome built = build_with_warning("-DDESCENT_WERROR=ON");
  EXPECT_NE(built.status, 0) << built.out;
  EXPECT_NE(built.out.find("unused variable"), std::string::npos) << built.out;
}

TEST(CompileOptions, DevelopersPresetsMakeWarningsErrorsAndTheUsersDoesNot) {
  const auto presets = nlohmann::json::parse(read_file(DESCENT_SOURCE_DIR "/CMakePresets.json"));
  int seen = 0;
  for (const auto& preset : presets.at("configurePresets")) {
    const std::string name = preset.at("name");
    if (name == "base") continue;
    const bool users = name == "release";
    EXPECT_EQ(preset.at("cacheVariables").value("DESCENT_WERROR", "OFF"), users ? "OFF" : "ON") << name;
    ++seen;
  }
  EXPECT_GE(seen, 4);
}

}  // namespace
}  // namespace descent::app::test
