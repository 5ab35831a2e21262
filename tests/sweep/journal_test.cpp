#include "sweep/journal/journal.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "descent/core/error.hpp"
#include "sweep/journal/encode.hpp"

namespace descent::sweep {
namespace {

class JournalFile : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("descent-journal-" + std::to_string(getpid()));
    std::filesystem::create_directory(folder_);
    path_ = (folder_ / "report.json.journal").string();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string text() const {
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write(const std::string& text) const { std::ofstream(path_, std::ios::trunc) << text; }
  void fill() {
    Journal journal(path_, identity_, false);
    journal.append("trial", "a", R"({"steps":1})", 0.5);
    journal.append("trial", "b", R"({"steps":2})", 1.5);
  }
  std::string refusal(const Identity& identity) {
    try {
      Journal journal(path_, identity, true);
    } catch (const core::InputError& error) {
      return error.what();
    }
    return "";
  }

  std::filesystem::path folder_;
  std::string path_;
  Identity identity_{{"machine", {{"host", "here"}, {"cpus", "2"}}}, {"build", {{"compiler", "g++ 12"}}}};
};

TEST_F(JournalFile, GivesBackThePiecesOfAnEarlierRun) {
  fill();
  const Journal journal(path_, identity_, true);
  EXPECT_EQ(journal.resumed_pieces(), 2U);
  ASSERT_NE(journal.find("trial", "b"), nullptr);
  EXPECT_EQ(journal.find("trial", "b")->value, R"({"steps":2})");
  EXPECT_EQ(journal.find("trial", "b")->seconds, 1.5);
  EXPECT_EQ(journal.find("trial", "c"), nullptr);
  EXPECT_EQ(journal.find("trajectory", "a"), nullptr);
}

TEST_F(JournalFile, StartsAnewWithoutResume) {
  fill();
  const std::string before = text();
  const Journal journal(path_, identity_, false);
  EXPECT_EQ(journal.resumed_pieces(), 0U);
  // The earlier journal is kept under another name.
  EXPECT_EQ(journal.kept_aside(), path_ + ".old");
  std::ifstream old(journal.kept_aside());
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(old), {}), before);
  EXPECT_EQ(std::count(before.begin(), before.end(), '\n'), 3);
}

TEST_F(JournalFile, OneWithoutPiecesIsNotKept) {
  { const Journal journal(path_, identity_, false); }
  const Journal journal(path_, identity_, false);
  EXPECT_EQ(journal.kept_aside(), "");
  EXPECT_FALSE(std::filesystem::exists(path_ + ".old"));
}

TEST_F(JournalFile, ResumeWithoutAJournalStartsOne) {
  const Journal journal(path_, identity_, true);
  EXPECT_EQ(journal.resumed_pieces(), 0U);
  EXPECT_NE(text().find("identity"), std::string::npos);
}

TEST_F(JournalFile, CutsOffATornLastLineAtEveryLength) {
  fill();
  const std::string whole = text();
  const std::size_t last = whole.rfind("\n", whole.size() - 2) + 1;
  for (std::size_t length = last; length < whole.size(); ++length) {
    write(whole.substr(0, length));
    Journal journal(path_, identity_, true);
    ASSERT_EQ(journal.resumed_pieces(), 1U) << length;
    journal.append("trial", "b", R"({"steps":2})", 1.5);
    ASSERT_EQ(text(), whole) << length;
  }
}

TEST_F(JournalFile, StartsAnewWhereOnlyTheFirstLineIsTorn) {
  fill();
  write(text().substr(0, 20));
  const Journal journal(path_, identity_, true);
  EXPECT_EQ(journal.resumed_pieces(), 0U);
}

TEST_F(JournalFile, DamagedLinesBeforeTheLastAreAnErrorOfTheProgramsOwn) {
  fill();
  const std::string whole = text(), first = whole.substr(0, whole.find('\n') + 1), rest = whole.substr(first.size());
  for (const std::string line :
       {R"({"kind":1,"key":"a","seconds":1,"value":{}})", R"({"kind":"trial","key":[],"seconds":1,"value":{}})",
        R"({"kind":"trial","key":"a","seconds":"1","value":{}})", R"({"kind":"trial","key":"a","value":{}})", "[]",
        "1"}) {
    write(first + line + "\n" + rest);
    EXPECT_NE(refusal(identity_).find(":2: found no journal line"), std::string::npos) << line;
  }
  for (const std::string line : {R"({"descentbench_journal":"2","identity":{}})", R"({"identity":{}})"}) {
    write(line + "\n" + rest);
    EXPECT_NE(refusal(identity_).find(":1: found no journal line"), std::string::npos) << line;
  }
  for (const std::string identity : {"1", "[]", "{}", R"({"machine":3})", R"({"machine":{"cpus":[2]}})"}) {
    write(R"({"descentbench_journal":2,"identity":)" + identity + "}\n" + rest);
    EXPECT_NE(refusal(identity_).find("it is of another"), std::string::npos) << identity;
  }
}

TEST_F(JournalFile, RefusesAnotherMachineAndNamesTheDifference) {
  fill();
  Identity other = identity_;
  other["machine"]["cpus"] = "64";
  const std::string text = refusal(other);
  EXPECT_NE(text.find("another machine: cpus was \"2\", now \"64\""), std::string::npos) << text;
  EXPECT_EQ(text.find('\n'), std::string::npos);
}

TEST_F(JournalFile, RefusesAnotherBuildAndOneThatSaysLess) {
  fill();
  Identity other = identity_;
  other["build"]["compiler"] = "clang 14";
  EXPECT_NE(refusal(other).find("another build: compiler was \"g++ 12\", now \"clang 14\""), std::string::npos);
  other["build"].clear();
  EXPECT_NE(refusal(other).find("another build: compiler was \"g++ 12\", now absent"), std::string::npos);
}

TEST_F(JournalFile, RefusesDamageBeforeTheLastLine) {
  fill();
  std::string damaged = text();
  damaged[damaged.find('\n') + 5] = '\0';
  write(damaged);
  EXPECT_NE(refusal(identity_).find(".journal:2: found no journal line"), std::string::npos) << refusal(identity_);
}

TEST_F(JournalFile, RefusesAFileThatIsNoJournal) {
  write("{\"status\": 1}\n[1, 2]\n");
  EXPECT_NE(refusal(identity_).find("found no journal line"), std::string::npos);
}

TEST_F(JournalFile, RefusesASecondRunOnOneJournal) {
  const Journal journal(path_, identity_, false);
  EXPECT_NE(refusal(identity_).find("another run is writing"), std::string::npos);
}

TEST_F(JournalFile, KeepsWholeLinesWhenTheDiskIsFull) {
  fill();
  const std::string before = text();
  // In a process of its own, whose limit on the size of files acts like a full disk.
  EXPECT_EXIT(
      {
        rlimit limit{};
        getrlimit(RLIMIT_FSIZE, &limit);
        limit.rlim_cur = before.size() + 100;
        setrlimit(RLIMIT_FSIZE, &limit);
        Journal journal(path_, identity_, true);
        try {
          journal.append("trajectory", "c", '"' + std::string(5000, 'x') + '"', 1);
        } catch (const core::InputError& error) {
          const std::string text = error.what();
          std::fprintf(stderr, "%s\n", text.c_str());
          std::_Exit(text.find("2 pieces of work before it are kept") != std::string::npos ? 2 : 1);
        }
        std::_Exit(0);
      },
      ::testing::ExitedWithCode(2), "cannot be written");
  EXPECT_EQ(text(), before);
  EXPECT_EQ(Journal(path_, identity_, true).resumed_pieces(), 2U);
}

TEST_F(JournalFile, TakesTextThatIsNotUtf8) {
  {
    Journal journal(path_, identity_, false);
    record::DatasetRecord record;
    record.label_names = {"caf\xe9"};
    journal.append("dataset", "d\xff", encode(record), 0);
  }
  EXPECT_EQ(Journal(path_, identity_, true).resumed_pieces(), 1U);
}

TEST(Journal, WithoutAFileKeepsNothing) {
  Journal journal;
  journal.append("trial", "a", "1", 0);
  EXPECT_EQ(journal.find("trial", "a"), nullptr);
}

}  // namespace
}  // namespace descent::sweep
