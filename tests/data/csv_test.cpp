#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "files.hpp"

namespace descent::data::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Csv : public testing::Test {
 protected:
  std::string uri(std::string_view content, std::string_view query = "") const {
    return "csv:" + dir_.write("a.csv", content) + std::string(query);
  }
  Split load_text(std::string_view content, std::string_view query = "") const {
    return load_plain(uri(content, query));
  }
  std::string complaint(std::string_view content, std::string_view query = "") const {
    const std::string message = error_of(uri(content, query));
    const std::string place = dir_.path("a.csv") + ":";
    return message.starts_with(place) ? message.substr(place.size()) : message;
  }
  TempDir dir_;
};

TEST_F(Csv, TheLastColumnIsTheLabelAndTextsSortBytewise) {
  const Split split = load_text("1,2.5,up\n-3e-1, 4 ,Zero\n0,1,up\n");
  EXPECT_THAT(split.training.features.row_values(1), ElementsAre(-0.3F, 4));
  EXPECT_THAT(split.training.label_names, ElementsAre("Zero", "up"));
  EXPECT_THAT(split.training.labels, ElementsAre(1, 0, 1));
  EXPECT_THAT(split.notes, testing::Contains("no header"));
}

TEST_F(Csv, AHeaderIsSeenByATextInAFeatureColumn) {
  for (const char* text : {"x,y,kind\n1,2,a\n3,4,b\n", ",x,kind\n1,2,a\n3,4,c\n"}) {
    const Split split = load_text(text);
    EXPECT_EQ(split.training.rows(), 2U) << text;
    EXPECT_THAT(split.notes, testing::Contains("the first row is a header"));
  }
}

TEST_F(Csv, AFirstRowWithAMissingValueIsNoHeader) {
  EXPECT_EQ(complaint("1,,a\n1,2,b\n"), "1: column 2 is ''; expected a number");
}

TEST_F(Csv, TheHeaderOptionOverridesWhatIsSeen) {
  EXPECT_EQ(load_text("1,2,7\n1,2,3\n3,4,5\n", "?header=yes").training.rows(), 2U);
  EXPECT_EQ(load_text("1,2,7\n1,2,3\n3,4,5\n", "?header=no").training.rows(), 3U);
  EXPECT_EQ(complaint("x,y,kind\n1,2,a\n", "?header=no"), "1: column 1 is 'x'; expected a number");
  EXPECT_THAT(error_of(uri("1,2\n3,4\n", "?header=maybe")), HasSubstr("header is 'maybe'; expected yes or no"));
}

TEST_F(Csv, TheLabelIsChosenByNameOrIndexFromEitherEnd) {
  const std::string text = "y,a,b\n5,1,2\n6,3,4\n";
  for (const char* query : {"?label=y", "?label=0", "?label=-3"}) {
    const Split split = load_text(text, query);
    EXPECT_THAT(split.training.label_names, ElementsAre("5", "6")) << query;
    EXPECT_THAT(split.training.features.row_values(1), ElementsAre(3, 4)) << query;
  }
  EXPECT_THAT(load_text(text, "?label=a").training.label_names, ElementsAre("1", "3"));
  EXPECT_EQ(complaint(text, "?label=yy"), "1: unknown label column 'yy'; did you mean 'y'? expected one of y, a, b");
  EXPECT_THAT(complaint(text, "?label=3"), HasSubstr("found label column 3; expected -3 to 2, for 3 columns"));
  EXPECT_THAT(complaint(text, "?label=-4"), HasSubstr("found label column -4; expected -3 to 2, for 3 columns"));
  EXPECT_THAT(complaint("y,y,b\n5,1,2\n", "?label=y"), HasSubstr("found two columns 'y'"));
  EXPECT_THAT(error_of(uri(text, "?label=y&header=no")), HasSubstr("label 'y' is a name and header is no"));
}

TEST_F(Csv, AHeaderNameThatIsANumberWinsOverTheIndex) {
  EXPECT_THAT(load_text("1,0,x\n5,7,9\n6,8,9\n", "?label=0&header=yes").training.label_names, ElementsAre("7", "8"));
}

// Source: RFC 4180, section 2, rules 5 to 7.
TEST_F(Csv, QuotedFieldsHoldCommasLineEndsAndDoubledQuotes) {
  const Split split = load_text("\"x\",\"a,b\",kind\r\n\"1\",2,\"say \"\"no\"\"\"\r\n3,\"4\" , \"two\r\nlines\"\r\n");
  EXPECT_EQ(split.training.rows(), 2U);
  EXPECT_THAT(split.training.features.row_values(1), ElementsAre(3, 4));
  EXPECT_THAT(split.training.label_names, ElementsAre("say \"no\"", "two\r\nlines"));
}

TEST_F(Csv, LinesAreCountedThroughQuotedLineEndsAndBlankLines) {
  EXPECT_EQ(complaint("1,\"a\nb\"\n\n2,c\nx,d\n"), "5: column 1 is 'x'; expected a number");
  EXPECT_EQ(complaint("1,\"a\n\"\"b\"\n2,c\nx,d\n"), "4: column 1 is 'x'; expected a number");
}

TEST_F(Csv, QuotesOutOfPlaceAreErrors) {
  EXPECT_EQ(complaint("1,a\n2,\"b\n"), "2: found a quote that never closes; expected a closing one");
  EXPECT_EQ(complaint("1,a\n2,\"b\"c\n"),
            "2: found 'c' behind a closing quote; expected a comma or the end of the line");
  EXPECT_EQ(complaint("1,a\n2,b\"c\n"),
            "2: quote inside the unquoted field 'b\"c'; expected the whole field in quotes");
}

TEST_F(Csv, WrongRowsAreNamedWithTheirLine) {
  EXPECT_EQ(complaint("1,2,a\n1,a\n"), "2: 2 columns; expected 3 as above");
  EXPECT_EQ(complaint("1,2,a\n1,2,3,a\n"), "2: 4 columns; expected 3 as above");
  EXPECT_EQ(complaint("1,2,a\n1,2,\n"), "2: column 3 is empty; expected a label");
  EXPECT_EQ(complaint("1,2,a\n1,,b\n"), "2: column 2 is ''; expected a number");
  EXPECT_EQ(complaint("1,2,a\n1,?,b\n"), "2: column 2 is '?'; expected a number");
  for (const char* value : {"nan", "inf", "1e39"})
    EXPECT_EQ(complaint("1,2,a\n1," + std::string(value) + ",b\n"),
              "2: column 2 is '" + std::string(value) + "'; expected a finite 32-bit number");
}

TEST_F(Csv, FilesWithoutRowsOrColumnsAreErrors) {
  EXPECT_THAT(complaint(""), HasSubstr("empty; expected data"));
  EXPECT_THAT(complaint("\n\r\n"), HasSubstr("only blank lines"));
  EXPECT_THAT(complaint("1\n2\n"), HasSubstr("one column; expected features and a label"));
  EXPECT_THAT(complaint("x,y\n"), HasSubstr("a header and no rows"));
  EXPECT_THAT(complaint("1,a\n2,a\n"), HasSubstr("only one class, 'a'"));
}

TEST_F(Csv, AByteOrderMarkAndAMissingLastLineEndAreNoMatter) {
  EXPECT_THAT(load_text("\xef\xbb\xbf"
                        "1,a\n2,b")
                  .training.features.row_values(0),
              ElementsAre(1));
}

// RFC 1952, section 2.2: a gzip file is a series of members.
TEST_F(Csv, GzipMembersAreReadOneAfterTheOther) {
  EXPECT_EQ(load_text(gzip("1,a\n2,") + gzip("b\n")).training.content_hash,
            load_text("1,a\n2,b\n").training.content_hash);
}

TEST_F(Csv, TheTestPartIsPaddedOrRefusedByItsWidth) {
  const std::string test = dir_.write("t.csv", "9,a\n");
  const Split split = load_text("1,2,a\n3,4,b\n", "?test=" + test);
  EXPECT_THAT(split.validation.features.row_values(0), ElementsAre(9, 0));
  EXPECT_THAT(split.notes, testing::Contains("test part has 1 features; padded to 2"));
  dir_.write("t.csv", "x,y,z,kind\n9,9,9,a\n");
  EXPECT_EQ(complaint("1,2,a\n3,4,b\n", "?test=" + test),
            test + ":2: 3 features; expected at most the 2 of the training part");
}

TEST_F(Csv, HeadersOfBothPartsHaveToAgree) {
  const std::string test = dir_.write("t.csv", "y,x,kind\n9,9,a\n");
  EXPECT_EQ(complaint("x,y,kind\n1,2,a\n3,4,b\n", "?test=" + test),
            test + ":1: feature 1 is called 'y'; expected 'x' as in the training part");
}

}  // namespace
}  // namespace descent::data::test
