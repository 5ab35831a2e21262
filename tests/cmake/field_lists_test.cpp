// Every column of a record has to be in its list in record/fields.hpp exactly once. Otherwise the program must not
// compile, since a column that is not listed would be missing from reports without notice.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "app/program.hpp"

namespace descent::app::test {
namespace {

/// Compiles record/fields.hpp with `text` replaced by `other`.
Outcome compile_with(std::string_view text, std::string_view other) {
  const TempFolder folder;
  std::string lists = read_file(DESCENT_SOURCE_DIR "/src/record/fields.hpp");
  const std::size_t at = lists.find(text);
  EXPECT_NE(at, std::string::npos) << text;
  if (at != std::string::npos) lists.replace(at, text.size(), other);
  folder.write("fields.hpp", lists);
  folder.write("main.cpp", "#include \"fields.hpp\"\n");
  return run_shell(fmt::format("{0} -std=c++20 -fsyntax-only -I {1}/src -I {1}/include {2}", DESCENT_CXX,
                               DESCENT_SOURCE_DIR, folder.path("main.cpp")));
}

TEST(FieldLists, CompileAsTheyAre) {
  const Outcome compiled = compile_with("DESCENT_FIELDS(Spent, what, seconds)", "DESCENT_FIELDS(Spent, what, seconds)");
  EXPECT_EQ(compiled.status, 0) << compiled.out;
}

TEST(FieldLists, AMemberThatNoListNamesDoesNotCompile) {
  for (const auto& [text, other] : {std::pair("DESCENT_FIELDS(Spent, what, seconds)", "DESCENT_FIELDS(Spent, what)"),
                                    std::pair("(Context::Cache, type, level,", "(Context::Cache, type,"),
                                    std::pair("escape_laws, benchmarks)", "escape_laws)")}) {
    const Outcome compiled = compile_with(text, other);
    EXPECT_NE(compiled.status, 0) << other;
    EXPECT_NE(compiled.out.find("leaves out a member"), std::string::npos) << compiled.out;
  }
}

TEST(FieldLists, AMemberThatAListNamesTwiceDoesNotCompile) {
  const Outcome compiled =
      compile_with("DESCENT_FIELDS(Spent, what, seconds)", "DESCENT_FIELDS(Spent, what, seconds, what)");
  EXPECT_NE(compiled.status, 0);
  EXPECT_NE(compiled.out.find("names one twice"), std::string::npos) << compiled.out;
}

}  // namespace
}  // namespace descent::app::test
