#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "files.hpp"

namespace descent::data::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Libsvm : public testing::Test {
 protected:
  std::string uri(std::string_view content, std::string_view query = "") const {
    return "libsvm:" + dir_.write("a.svm", content) + std::string(query);
  }
  /// The message about `content` without the file's name: "17: feature index 0; …".
  std::string complaint(std::string_view content, std::string_view query = "") const {
    const std::string message = error_of(uri(content, query));
    const std::string place = dir_.path("a.svm") + ":";
    return message.starts_with(place) ? message.substr(place.size()) : message;
  }
  TempDir dir_;
};

TEST_F(Libsvm, ReadsOneBasedPairsCommentsBlankLinesAndWindowsLineEnds) {
  const Split split = load_plain(uri("# head\n+1 1:0.5 3:-2e1 # tail\n\n-1\t2:+1 \r\n   \n1.0\n-1 3:7"));
  EXPECT_EQ(split.training.rows(), 4U);
  EXPECT_THAT(split.training.features.row_values(0), ElementsAre(0.5F, 0, -20));
  EXPECT_THAT(split.training.features.row_values(1), ElementsAre(0, 1, 0));
  EXPECT_THAT(split.training.features.row_values(2), ElementsAre(0, 0, 0));
  EXPECT_THAT(split.training.features.row_values(3), ElementsAre(0, 0, 7));
  EXPECT_THAT(split.training.labels, ElementsAre(1, 0, 1, 0));
  EXPECT_THAT(split.training.label_names, ElementsAre("-1", "+1"));
}

TEST_F(Libsvm, ValuesAreTheNearestFloats) {
  const Split split = load_plain(uri("1 1:0.1 2:16777217 3:1e-50 4:3.4028235e38\n2 1:1"));
  EXPECT_THAT(split.training.features.row_values(0), ElementsAre(0.1F, 16777216.0F, 0.0F, 3.4028235e38F));
}

TEST_F(Libsvm, TheTestPartIsPaddedToTheTrainingWidth) {
  const std::string test = dir_.write("a.t", "1 1:4\n");
  const Split split = load_plain(uri("1 1:1 3:2\n2 1:1\n", "?test=" + test));
  EXPECT_THAT(split.validation.features.row_values(0), ElementsAre(4, 0, 0));
  EXPECT_THAT(split.notes, testing::Contains("test part has 1 features; padded to 3"));
}

TEST_F(Libsvm, AnExtraTestFeatureAndAnUnseenLabelNameFileAndLine) {
  const std::string test = dir_.write("a.t", "1 1:4\n\n1 4:1\n");
  const std::string query = "?test=" + test;
  EXPECT_EQ(error_of(uri("1 1:1 3:2\n2 1:1\n", query)),
            test + ":3: feature index 4; expected at most 3, what the training part has");
  dir_.write("a.t", "# c\n1 1:4\n3 1:1\n");
  EXPECT_EQ(error_of(uri("1 1:1 3:2\n2 1:1\n", query)),
            test + ":3: label '3' does not occur in the training part; expected one of 1, 2");
}

TEST_F(Libsvm, TheFeaturesOptionSetsTheWidth) {
  const Split split = load_plain(uri("1 1:1\n2 2:1\n", "?features=4"));
  EXPECT_EQ(split.training.width(), 4U);
  EXPECT_THAT(split.notes, testing::Contains("training part has 2 features; padded to 4"));
  EXPECT_EQ(complaint("1 1:1\n2 2:1\n", "?features=1"), "2: feature index 2; expected at most 1, as features= says");
  for (const char* query : {"?features=0", "?features=-1", "?features=x", "?features=2147483648"})
    EXPECT_THAT(error_of(uri("1 1:1\n2 2:1\n", query)), HasSubstr("features is")) << query;
}

TEST_F(Libsvm, WrongIndicesAreNamedWithTheirLine) {
  EXPECT_EQ(complaint("1 1:1\n1 0:1\n"),
            "2: feature index 0; expected 1 or more, or base=0 in the URI for indices from 0 on");
  EXPECT_EQ(complaint("1 2:1 1:1\n"), "1: feature index 1 after 2; expected ascending indices");
  EXPECT_EQ(complaint("1 2:1 2:1\n"), "1: feature index 2 twice; expected ascending indices");
  EXPECT_EQ(complaint("1 2147483648:1\n"), "1: feature index '2147483648'; expected at most 2147483647");
  EXPECT_EQ(complaint("1 99999999999999999999999:1\n"),
            "1: feature index '99999999999999999999999'; expected at most 2147483647");
  EXPECT_EQ(complaint("1 -1:1\n"), "1: feature index '-1'; expected a whole number from 1 on");
  EXPECT_EQ(complaint("1 :1\n"), "1: feature index ''; expected a whole number from 1 on");
  EXPECT_EQ(complaint("1 1.5:1\n"), "1: feature index '1.5'; expected a whole number from 1 on");
}

TEST_F(Libsvm, WrongValuesAndLabelsAreNamedWithTheirLine) {
  EXPECT_EQ(complaint("1 1:1\n1 7\n"), "2: found '7'; expected index:value");
  EXPECT_EQ(complaint("1 1:x\n"), "1: feature 1 is 'x'; expected a number");
  EXPECT_EQ(complaint("1 1:\n"), "1: feature 1 is ''; expected a number");
  EXPECT_EQ(complaint("1 1:1:1\n"), "1: feature 1 is '1:1'; expected a number");
  for (const char* value : {"nan", "inf", "-infinity", "1e39", "-1e400"})
    EXPECT_EQ(complaint(std::string("1 1:") + value),
              "1: feature 1 is '" + std::string(value) + "'; expected a finite 32-bit number");
  EXPECT_THAT(error_of(uri("1 0:1 4:x\n") + "?base=0"), HasSubstr(":1: feature 4 is 'x'; expected a number"));
  EXPECT_THAT(error_of(uri("1 0:1 4:nan\n") + "?base=0"), HasSubstr(":1: feature 4 is 'nan'; expected a finite"));
  EXPECT_EQ(complaint("up 1:1\n"), "1: label 'up'; expected a finite number");
  EXPECT_EQ(complaint(" 1:1\n"), "1: label '1:1'; expected a finite number");
  EXPECT_EQ(complaint("nan 1:1\n"), "1: label 'nan'; expected a finite number");
  EXPECT_EQ(complaint(std::string_view("1 1:1\0\n", 7)), "1: feature 1 is '1\\x00'; expected a number");
}

TEST_F(Libsvm, FilesWithoutExamplesFeaturesOrClassesAreErrors) {
  EXPECT_THAT(error_of(uri("")), HasSubstr("empty; expected data"));
  EXPECT_THAT(error_of(uri("\n# only\n")), HasSubstr("no examples"));
  EXPECT_THAT(error_of(uri("1\n2\n")), HasSubstr("no features in any row"));
  EXPECT_THAT(error_of(uri("1 1:1\n+1 1:2\n")), HasSubstr("only one class, '1'; expected at least two"));
  EXPECT_THAT(error_of("libsvm:" + dir_.path()), HasSubstr("is a directory; expected a file"));
  EXPECT_THAT(error_of("libsvm:" + dir_.path("absent")), HasSubstr("No such file"));
}

TEST_F(Libsvm, DenseRowsBeyondTheMemoryAreRefusedWithTheirSize) {
  std::string content = "2 1:1\n";
  for (int i = 0; i < 100000; ++i) content += "1 2147483647:1\n";
  EXPECT_THAT(error_of(uri(content)),
              testing::AllOf(HasSubstr("100,001 rows x 2,147,483,647 features, stored densely, needs"),
                             HasSubstr("of memory that are available")));
}

}  // namespace
}  // namespace descent::data::test
