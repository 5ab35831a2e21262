// Readers do not guess silently. Where a file can be understood in two ways, the reader asks for the option that
// decides; where it decides by itself, its notes say what it did.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "files.hpp"

namespace descent::data::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Guess : public testing::Test {
 protected:
  std::string uri(std::string_view content, std::string_view query = "") const {
    return "csv:" + dir_.write("a.csv", content) + std::string(query);
  }
  void expect_question(std::string_view content, std::string_view why) const {
    EXPECT_EQ(error_of(uri(content)),
              fmt::format("{}:1: found a first row that may name the columns or be data ({}); expected header=yes or "
                          "header=no in the URI",
                          dir_.path("a.csv"), why))
        << content;
  }
  TempDir dir_;
};

TEST_F(Guess, AFirstRowPartNumbersPartTextIsAskedFor) {
  expect_question("5.1,oops,1.4,a\n4.9,3.0,1.4,b\n4.7,3.2,1.3,a\n", "column 2 is 'oops' and others are numbers");
  expect_question("id,2019,2020,label\n1,2,3,a\n4,5,6,b\n", "column 1 is 'id' and others are numbers");
  expect_question("a,5.1,x\nb,1,2\na,3,4\n", "column 1 is 'a' and others are numbers");
}

TEST_F(Guess, AFirstRowWithAMissingValueIsAskedFor) {
  for (const char* mark : {"NA", "?", "null", "None", "N/A"})
    expect_question(fmt::format("5.1,{},1.4,a\n4.9,3.0,1.4,b\n4.7,3.2,1.3,a\n", mark),
                    fmt::format("column 2 is '{}' and others are numbers", mark));
  for (const char* mark : {"nan", "inf", "-inf", " NaN ", "<NA>"})
    EXPECT_THAT(error_of(uri(fmt::format("5.1,{},1.4,a\n4.9,3.0,1.4,b\n", mark))), HasSubstr("expected header=yes"))
        << mark;
  // pandas and R write such headers: the column of row numbers has no name.
  for (const char* first : {",0,1,target", ",1990,2000,y", "\"\",7,8,a"})
    EXPECT_THAT(error_of(uri(fmt::format("{}\n0,0.5,0.25,1\n1,0.5,0.75,0\n", first))),
                HasSubstr("(column 1 is '' and others are numbers); expected header=yes"));
  expect_question("NA,a\n1,b\n2,a\n", "column 1 is 'NA'");
  expect_question("?,?,a\n1,2,b\n2,3,a\n", "column 2 is '?'");
  EXPECT_THAT(error_of(uri("5.1,,1.4,a\n4.9,3.0,1.4,b\n")), HasSubstr("a.csv:1: column 2 is ''; expected a number"));
}

TEST_F(Guess, NamesThatAreNumbersAreAskedFor) {
  expect_question("0,1,2,3\n0.5,0.1,0.2,1\n0.4,0.3,0.1,0\n0.1,0.2,0.2,1\n",
                  "it counts 0, 1, … as columns without names are called");
  expect_question("1,2,3,4\n0.5,0.1,0.2,1\n0.4,0.3,0.1,0\n0.1,0.2,0.2,4\n",
                  "it counts 1, 2, … as columns without names are called");
  expect_question("2019,2020,label\n1,2,a\n3,4,b\n", "'label' is the label of no other row");
  expect_question("2019,2020,kind\n1,2,a\n3,4,b\n1,1,a\n4,4,b\n", "'kind' is the label of no other row");
  expect_question("400.5,401.0,402\n1,2,0\n3,4,1\n1,1,0\n4,4,1\n", "'402' is the label of no other row");
}

// R writes the names of columns in quotes, also where they are numbers, as years are.
TEST_F(Guess, AFirstRowThatAloneIsInQuotesIsAskedFor) {
  const std::string rows = "5,6,3\n7,8,4\n5,5,3\n6,7,4\n";
  expect_question("\"1\",\"2\",\"3\"\n" + rows, "it alone is in quotes");
  expect_question("\"1990\",\"2000\",3\n" + rows, "it alone is in quotes");
  expect_question("\"7\",\"7\",\"a\"\n5,6,\"b\"\n7,8,\"a\"\n", "it alone is in quotes");
  for (const char* all :
       {"\"1\",\"2\",3\n\"5\",6,4\n5,6,3\n", "1,2,\"3\"\n5,6,4\n5,6,3\n", "\"1\",2,3\n5,6,4\n5,6,3\n"})
    EXPECT_EQ(load_plain(uri(all)).training.rows(), 3U) << all;
  EXPECT_EQ(load_plain(uri("\"1\",\"2\",\"3\"\n" + rows, "?header=yes")).training.rows(), 4U);
}

TEST_F(Guess, ANameAmongNumbersIsAHeader) {
  // pandas writes such a header for a matrix, whose columns have numbers, and a column that has a name.
  const Split split = load_plain(uri("0,1,2,target\n0.5,0.1,0.2,1\n0.4,0.3,0.1,0\n"));
  EXPECT_EQ(split.training.rows(), 2U);
  EXPECT_THAT(split.training.label_names, ElementsAre("0", "1"));
  EXPECT_THAT(split.notes, Contains("the first row is a header"));
  EXPECT_EQ(split.label_column, "'target', column 4 of 4");
}

TEST_F(Guess, NumbersUnderALabelThatOthersHaveAreData) {
  for (const char* text : {"1,2,a\n3,4,b\n5,1,a\n", "5.1,3.5,0\n4.9,3.0,1\n4.7,3.2,0\n", "0,1,0\n1,2,1\n0,3,0\n"}) {
    const Split split = load_plain(uri(text));
    EXPECT_EQ(split.training.rows(), 3U) << text;
    EXPECT_THAT(split.notes, Contains("no header"));
    EXPECT_EQ(split.label_column, "column 3 of 3");
  }
}

TEST_F(Guess, TheOptionThatIsAskedForDecides) {
  const std::string years = "2019,2020,kind\n1,2,a\n3,4,b\n1,1,a\n4,4,b\n";
  EXPECT_EQ(load_plain(uri(years, "?header=yes")).training.rows(), 4U);
  EXPECT_EQ(load_plain(uri(years, "?header=no")).training.rows(), 5U);
}

TEST_F(Guess, AnotherColumnThatIsCalledLikeALabelIsNamed) {
  for (const char* name : {"label", "Class", "TARGET", "y"}) {
    const std::string text = fmt::format("{},p0,p1\n1,7,1\n0,8,2\n1,9,1\n", name);
    const Split split = load_plain(uri(text));
    EXPECT_EQ(split.label_column, "'p1', column 3 of 3");
    EXPECT_THAT(split.notes,
                Contains(fmt::format("the label is 'p1', column 3 of 3, the last one; another column is called "
                                     "'{}': label={} would take it",
                                     name, name)));
    EXPECT_THAT(load_plain(uri(text, "?label=p1")).notes, Not(Contains(HasSubstr("another column"))));
    EXPECT_EQ(load_plain(uri(text, "?label=0")).label_column, fmt::format("'{}', column 1 of 3", name));
  }
  EXPECT_THAT(load_plain(uri("x,y,label\n1,7,1\n0,8,2\n")).notes, Not(Contains(HasSubstr("another column"))));
}

TEST_F(Guess, LabelsThatMeasureSomethingAreNoted) {
  std::string prices = "x,price\n";
  for (int i = 0; i < 40; ++i) prices += fmt::format("{},{}\n", i, 100 + i / 2);
  EXPECT_THAT(load_plain(uri(prices)).notes,
              Contains("labels look like a measured quantity (20 different numbers in 40 rows, such as '119'): each is "
                       "taken as a class"));
  EXPECT_THAT(load_plain(uri("x,p\n1,1.5\n2,2\n3,3\n1,2\n1,3\n1,1.5\n")).notes,
              Contains(HasSubstr("3 different numbers in 6 rows, such as '1.5'")));
  const std::string svm = "libsvm:" + dir_.write("a.svm", "15.2 1:1\n7.25 1:2\n15.2 1:3\n3 1:1\n");
  EXPECT_THAT(load_plain(svm).notes, Contains(HasSubstr("look like a measured quantity")));
  for (const char* classes :
       {"x,p\n1,0.5\n2,1.5\n3,0.5\n", "x,p\n1,1.0\n2,2.0\n3,3.0\n1,1.0\n", "x,p\n1,a\n2,b\n3,c\n"})
    EXPECT_THAT(load_plain(uri(classes)).notes, Not(Contains(HasSubstr("measured")))) << classes;
}

TEST_F(Guess, WholeNumbersBeyondDoubleStayApart) {
  // 2^53 and its two neighbours above; a double cannot hold 2^53 + 1.
  const Split split =
      load_plain(uri("x,id\n1,9007199254740993\n2,9007199254740992\n3,9007199254740994\n4,-9007199254740993\n"));
  EXPECT_THAT(split.training.label_names,
              ElementsAre("-9007199254740993", "9007199254740992", "9007199254740993", "9007199254740994"));
  EXPECT_THAT(split.training.labels, ElementsAre(2, 1, 3, 0));
  const Split svm = load_plain("libsvm:" + dir_.write("a.svm", "18446744073709551617 1:1\n18446744073709551616 1:2\n"));
  EXPECT_EQ(svm.training.classes, 2);
}

TEST_F(Guess, SpellingsOfOneNumberAreOneLabel) {
  const Split split = load_plain(uri("x,id\n1,1\n2,+1\n3,1.0\n4,10e-1\n5,-0\n6,0.00\n7,0.5\n8,5e-1\n9,100\n10,1e2\n"));
  EXPECT_THAT(split.training.label_names, ElementsAre("-0", "0.5", "1", "100"));
  EXPECT_THAT(split.training.labels, ElementsAre(2, 2, 2, 2, 0, 0, 1, 1, 3, 3));
}

TEST_F(Guess, LabelsWithAnotherSeparatorInThemAreAskedFor) {
  // Here the semicolon separates columns. The comma is part of a number, as in 1,5, but could be read as a separator.
  for (const char* text : {"1,5;0\n2,5;1\n3,5;0\n", "a,b;y\n1,2;0\n3,4;1\n", "1,0;a\n2,0;b\n"})
    EXPECT_THAT(error_of(uri(text)), HasSubstr("has a semicolon, as all have; expected separator=semicolon or "))
        << text;
  EXPECT_THAT(error_of(uri("1,5\t0\n2,5\t1\n")), HasSubstr("expected separator=tab or separator=comma in the URI"));
  EXPECT_THAT(error_of(uri("1,5 a\n2,5 b\n3,5 a\n")),
              HasSubstr("expected separator=comma or separator=blank in the URI"));
  EXPECT_THAT(error_of(uri("1,5|a\n2,5|b\n3,5|a\n")),
              HasSubstr("has digits and a '|', as all have; expected separator=comma"));
  EXPECT_EQ(load_plain(uri("1,New York\n2,San Jose\n")).training.rows(), 2U);
  EXPECT_EQ(load_plain(uri("1,5;0\n2,5;1\n", "?separator=comma")).training.rows(), 2U);
  EXPECT_EQ(load_plain(uri("1,a;b\n2,c\n")).training.rows(), 2U);
}

TEST_F(Guess, MissingLabelsAreNoClassesAmongNumbers) {
  for (const char* mark : {"NA", "?", "null", "nan", "N/A", "-"})
    EXPECT_THAT(error_of(uri(fmt::format("x,y\n1,0\n2,1\n3,{}\n", mark))),
                HasSubstr(fmt::format(":4: label '{}'; expected a finite number, as other labels are", mark)));
  for (const char* mark : {"NA", "?", "none"})
    EXPECT_THAT(load_plain(uri(fmt::format("x,y\n1,mild\n2,severe\n3,{}\n", mark))).notes,
                Contains(fmt::format("label '{}' marks a missing value in many tables: here it is a class", mark)));
}

TEST_F(Guess, LabelsThatLookLikeOneAreNoted) {
  const auto notes = [&](const char* a, const char* b) {
    return load_plain(uri(fmt::format("x,y\n1,{}\n2,{}\n3,dog\n", a, b))).notes;
  };
  EXPECT_THAT(notes("Cat", "cat"), Contains("labels 'Cat' and 'cat' look like one: each is a class"));
  EXPECT_THAT(notes("TRUE", "true"), Contains("labels 'TRUE' and 'true' look like one: each is a class"));
  EXPECT_THAT(notes("\"cat \"", "cat"), Contains("labels 'cat' and 'cat ' look like one: each is a class"));
  EXPECT_THAT(notes("1", "1.0"), Contains("labels '1' and '1.0' look like one: each is a class"));
  EXPECT_THAT(notes("cat", "cats"), Not(Contains(HasSubstr("look like one"))));
  // What pages and word processors put in is not seen.
  EXPECT_THAT(notes("cat", "cat\u00a0"), Contains(HasSubstr("look like one: each is a class")));
  EXPECT_THAT(notes("cat", "\u200bcat"), Contains(HasSubstr("look like one: each is a class")));
  EXPECT_THAT(notes("big cat", "big  cat"), Contains(HasSubstr("look like one: each is a class")));
  EXPECT_THAT(notes("1", "1\u202f"), Contains(HasSubstr("look like one: each is a class")));
  // If all labels are numbers, the spellings of one number are one label.
  EXPECT_THAT(load_plain(uri("x,y\n1,\" 1\"\n2,\"1 \"\n3,1\n4,0\n")).training.label_names, ElementsAre("0", " 1"));
}

TEST_F(Guess, ATextAmongNumbersAsLabelsIsNoted) {
  for (const char* text : {"O", "0x1", "1;", "l"})
    EXPECT_THAT(load_plain(uri(fmt::format("x,y\n1,0\n2,1\n3,{}\n", text))).notes,
                Contains(fmt::format("label '{}' is no number, as '0' is: all are taken as texts", text)));
  EXPECT_THAT(load_plain(uri("x,y\n1,a\n2,b\n3,a\n")).notes, Not(Contains(HasSubstr("is no number"))));
}

TEST_F(Guess, AColumnThatCountsTheRowsIsNoted) {
  // As pandas and R write their tables, and many sources number their rows.
  for (const auto& [name, first, label] : {std::tuple("", 0, "last"), {"id", 1, "last"}, {"Unnamed: 0", 0, "first"}}) {
    std::string text =
        std::string(label) == "last" ? fmt::format("{},x,kind\n", name) : fmt::format("kind,x,{}\n", name);
    for (int i = 0; i < 12; ++i) {
      const char* const kind = i % 3 == 0 ? "a" : "b";
      text += std::string(label) == "last" ? fmt::format("{},{},{}\n", first + i, i % 5, kind)
                                           : fmt::format("{},{},{}\n", kind, i % 5, first + i);
    }
    const bool last = std::string(label) == "last";
    EXPECT_THAT(load_plain(uri(text, last ? "" : "?label=0")).notes,
                Contains(fmt::format("column {}, '{}', counts the rows from {} on: it is taken as a feature",
                                     last ? 1 : 3, name, first)));
  }
  std::string gap;
  for (int i = 0; i < 12; ++i) gap += fmt::format("{},{},{}\n", i + (i > 7), i % 5, i % 2);
  EXPECT_THAT(load_plain(uri(gap)).notes, Not(Contains(HasSubstr("counts the rows"))));
}

TEST_F(Guess, ATestPartThatIsTheTrainingPartIsNoted) {
  const std::string table = "1,2,a\n3,4,b\n5,1,a\n", file = dir_.write("a.csv", table);
  const std::string note = "the test part has the same rows as the training part: it validates nothing";
  for (const std::string& test : {file, dir_.write("copy.csv", table), dir_.write("copy.csv.gz", gzip(table))})
    EXPECT_THAT(load_plain("csv:" + file + "?test=" + test).notes, Contains(note)) << test;
  EXPECT_THAT(load_plain("csv:" + file + "?test=" + dir_.write("t.csv", "1,2,a\n3,4,b\n")).notes, Not(Contains(note)));
}

TEST_F(Guess, AmountsAndDatesAsLabelsAreNoted) {
  for (const char* labels : {"10%\n2,20%\n3,30%\n", "$10\n2,$20.5\n3,$7\n", "2019-01-01\n2,2019-01-02\n3,2019-01-03\n",
                             "\"1,5\"\n2,\"2,5\"\n3,\"3,5\"\n", "1/2/2019\n2,2/2/2019\n3,3/2/2019\n"})
    EXPECT_THAT(load_plain(uri(fmt::format("x,y\n1,{}", labels))).notes,
                Contains(HasSubstr("look like a measured quantity (3 different amounts or dates in 3 rows")))
        << labels;
  for (const char* labels : {"18-25\n2,26-40\n3,41-65\n", "1.2.3\n2,1.2.4\n3,1.3.0\n", "a1\n2,b2\n3,c3\n"})
    EXPECT_THAT(load_plain(uri(fmt::format("x,y\n1,{}", labels))).notes, Not(Contains(HasSubstr("measured"))))
        << labels;
}

}  // namespace
}  // namespace descent::data::test
