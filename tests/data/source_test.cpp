#include "descent/data/source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "files.hpp"

namespace descent::data::test {
namespace {

using testing::HasSubstr;

TEST(ParseDataUri, TakesSchemePathAndOptionsApart) {
  const DataUri uri = parse_data_uri(" csv:/a:b/c.csv?label=-1&test=/d=e.csv ");
  EXPECT_EQ(uri.text, "csv:/a:b/c.csv?label=-1&test=/d=e.csv");
  EXPECT_EQ(uri.scheme, "csv");
  EXPECT_EQ(uri.path, "/a:b/c.csv");
  EXPECT_EQ(uri.get("label"), "-1");
  EXPECT_EQ(uri.get("test"), "/d=e.csv");
  EXPECT_EQ(uri.get("absent", "x"), "x");
  EXPECT_EQ(parse_data_uri("idx:.").query.size(), 0U);
}

TEST(ParseDataUri, RejectsWhatIsMalformed) {
  for (const char* text : {"", "a.csv", ":a", "/data/a:b", "csv:", "csv:?a=b", "csv:a?", "csv:a?b", "csv:a?=b",
                           "csv:a?b=1&", "csv:a?b=1&b=2"})
    EXPECT_THROW(parse_data_uri(text), core::UsageError) << text;
}

TEST(DataUri, ConvertsNumbersOrNamesTheKey) {
  const DataUri uri = parse_data_uri("s:p?n=12&x=0.5&bad=-3&inf=inf");
  EXPECT_EQ(uri.get_count("n", 1), 12U);
  EXPECT_EQ(uri.get_count("absent", 1), 1U);
  EXPECT_EQ(uri.get_real("x", 1), 0.5);
  EXPECT_EQ(uri.get_real("absent", 1), 1);
  EXPECT_THROW(uri.get_count("bad", 1), core::UsageError);
  EXPECT_THROW(uri.get_count("x", 1), core::UsageError);
  EXPECT_THROW(uri.get_real("inf", 1), core::UsageError);
}

TEST(DataUri, AnUnknownSchemeNamesTheNearest) {
  EXPECT_EQ(error_of("libsv:a"),
            "unknown data scheme 'libsv'; did you mean 'libsvm'? expected one of cifar10, csv, idx, libsvm, synthetic");
  EXPECT_THAT(error_of("a.csv"), HasSubstr("expected SCHEME:PATH, for example csv:a.csv"));
}

}  // namespace
}  // namespace descent::data::test
