// What the program says about its input: what it decided by itself, and what the user typed, without any bytes that
// would control a terminal.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "app/program.hpp"

namespace descent::app::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using Words = std::vector<std::string>;

Words tiny(const std::string& data, Words more = {}) {
  Words words{"run",    "--preset",  "quick", "--data",        data, "--loss",       "hinge", "--batch-sizes",
              "2,full", "--threads", "1",     "--seeds",       "1",  "--max-epochs", "2",     "--max-steps",
              "10",     "--target",  "0.3",   "--invocations", "0",  "--aa-cells",   "0",     "--quiet"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

TEST(Statements, OfTheReaderAreInRunAndReport) {
  const TempFolder folder;
  folder.write("x.csv", "label,p0,p1\n1,7,1\n0,8,2\n1,9,1\n0,3,2\n1,5,1\n");
  const Outcome outcome = run_program(folder, tiny("csv:x.csv", {"--out", "r.json"}));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const std::string note = "another column is called 'label': label=label would take it";
  for (const std::string& page : {outcome.out, run_program(folder, {"report", "r.json"}).out,
                                  run_program(folder, {"report", "r.json", "--markdown", "-"}).out}) {
    EXPECT_THAT(page, HasSubstr("label 'p1', column 3 of 3"));
    EXPECT_THAT(page, HasSubstr("the first row is a header"));
  }
  const auto dataset = nlohmann::json::parse(read_file(folder.path("r.json"))).at("datasets").at(0);
  EXPECT_EQ(dataset.at("label_column"), "'p1', column 3 of 3");
  EXPECT_THAT(dataset.at("notes").dump(), HasSubstr(note));
  EXPECT_THAT(run_program(folder, {"data", "csv:x.csv"}).out, HasSubstr("label        'p1', column 3 of 3"));
}

TEST(Statements, HoldNothingThatATerminalObeys) {
  const TempFolder folder;
  // Escape sequences of one and of two bytes, a bell, a carriage return, and bytes that are not text.
  const std::string red = "\x1b[31mred",
                    title =
                        "\xc2\x9b"
                        "31mred",
                    bell = "be\all",
                    raw =
                        "\x9b"
                        "31m";
  folder.write("x.csv", fmt::format("a{},b,{}\n1,2,{}\n3,4,{}\n5,1,{}\n2,2,{}\n", title, red, red, title, bell, raw));
  folder.write("one\x1b[2J.csv", "1,a\n2,a\n");
  const auto expect_plain = [](const std::string& text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      const auto byte = static_cast<unsigned char>(text[i]);
      EXPECT_TRUE(byte == '\n' || (byte >= 0x20 && byte != 0x7f)) << static_cast<int>(byte);
      EXPECT_FALSE(byte == 0xc2 && static_cast<unsigned char>(text[i + 1]) < 0xa0) << text;
    }
    EXPECT_THAT(text, Not(HasSubstr("\x9b"
                                    "31m")));
  };
  const Outcome data = run_program(folder, {"data", "csv:x.csv"});
  EXPECT_EQ(data.status, 0) << data.err;
  EXPECT_THAT(data.out, HasSubstr("\\x1b[31mred"));
  const Outcome run = run_program(folder, tiny("csv:x.csv", {"--out", "r\x1b[1m.json"}));
  EXPECT_EQ(run.status, 0) << run.err;
  for (const Outcome& outcome :
       {data, run, run_program(folder, {"report", "r\x1b[1m.json"}),
        run_program(folder, {"data", "csv:one\x1b[2J.csv"}), run_program(folder, {"data", "csv:\x1b]0;title\a"}),
        run_program(folder, {"run", "--loss",
                             "\xc2\x9b"
                             "1m"}),
        run_program(folder, {"report", "r\x1b[1m.json", "--markdown", "-"})}) {
    expect_plain(outcome.out);
    expect_plain(outcome.err);
  }
}

TEST(Statements, ShowWhatWasTyped) {
  const TempFolder folder;
  struct Case {
    const char *option, *typed, *shown;
  };
  for (const Case& c : {Case{"--budget", "500ms", "found 500ms;"}, Case{"--budget", "-1s", "found -1s;"},
                        Case{"--budget", "1h-5m", "found 1h-5m;"}, Case{"--shard", "0/2", "found 0/2;"},
                        Case{"--shard", "1/x", "found 1/x;"}, Case{"--precision", "200%", "found 200%;"},
                        Case{"--precision", "x%", "found x%;"}, Case{"--seeds", "3\u00a0", "(with a no-break space);"},
                        Case{"--budget", "5\u202fs", "(with a narrow no-break space);"},
                        Case{"--l2", "\u22121", "(with a minus sign that is no hyphen);"}}) {
    const Outcome outcome = run_program(folder, {"run", c.option, c.typed});
    EXPECT_EQ(outcome.status, 2);
    EXPECT_EQ(lines_in(outcome.err), 1U) << outcome.err;
    EXPECT_THAT(outcome.err, testing::StartsWith(fmt::format("descent: {}: ", c.option)));
    EXPECT_THAT(outcome.err, HasSubstr(c.shown)) << c.typed;
  }
}

TEST(Statements, MetricsOfNothingAreAnError) {
  const TempFolder folder;
  folder.write("x.csv", "0,1,0\n1,2,1\n0,3,0\n1,4,1\n0,5,0\n1,6,1\n");
  ASSERT_EQ(run_program(folder, tiny("csv:x.csv", {"--shard", "1/1", "--shard-what", "statistics", "--out", "r.json"}))
                .status,
            0);
  for (const char* file : {"-", "m.json"}) {
    const Outcome outcome = run_program(folder, {"report", "r.json", "--ci-metrics", file});
    EXPECT_EQ(outcome.status, 2);
    EXPECT_THAT(outcome.err, HasSubstr("--ci-metrics: found a report without a time to a target; expected one with"));
    EXPECT_EQ(outcome.out, "");
  }
  EXPECT_FALSE(std::filesystem::exists(folder.path("m.json")));
}

TEST(Statements, OfWhatIsOptimalFromTheStartSaySo) {
  const TempFolder folder;
  // The same row in both classes, equally often: no weights can separate them.
  std::string constant;
  for (int i = 0; i < 60; ++i) constant += fmt::format("5,7,{}\n", i % 2);
  folder.write("x.csv", constant);
  const Outcome outcome = run_program(folder, tiny("csv:x.csv", {"--out", "r.json"}));
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.err, HasSubstr("W = 0 is optimal for x/linear/hinge/0.0001: there is nothing to descend"));
  EXPECT_FALSE(std::filesystem::exists(folder.path("r.json")));
}

}  // namespace
}  // namespace descent::app::test
