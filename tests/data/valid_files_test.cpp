// Unusual files that are valid, as other programs write them, and files in other formats, which are named.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "descent/data/dense_rows.hpp"
#include "files.hpp"

namespace descent::data::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

class ValidFile : public testing::Test {
 protected:
  std::string write(const std::string& name, std::string_view content) const {
    std::filesystem::create_directories(std::filesystem::path(dir_.path(name)).parent_path());
    return dir_.write(name, content);
  }
  void write_idx(const std::string& images, const std::string& labels) const {
    write(images, idx({2, 1, 2}, std::string_view("\x00\x01\xff\x33", 4)));
    write(labels, idx({2}, "\7\3"));
  }
  TempDir dir_;
};

TEST_F(ValidFile, OfIdxMayLieBesideAFolderOfItsNameOrInIt) {
  // Kaggle's archive of MNIST contains both: files with a dot in their names, and folders that hold the same files.
  write_idx("train-images.idx3-ubyte", "train-labels.idx1-ubyte");
  write_idx("train-images-idx3-ubyte/train-images-idx3-ubyte", "train-labels-idx1-ubyte/train-labels-idx1-ubyte");
  EXPECT_EQ(error_of("idx:" + dir_.path()), "");
  for (const char* file : {"train-images.idx3-ubyte", "train-labels.idx1-ubyte"})
    std::filesystem::remove(dir_.path(file));
  EXPECT_EQ(load_plain("idx:" + dir_.path()).training.rows(), 2U);
  // A folder of that name with no file in it does not count.
  std::filesystem::remove(dir_.path("train-images-idx3-ubyte/train-images-idx3-ubyte"));
  EXPECT_THAT(error_of("idx:" + dir_.path()), HasSubstr("has no images beside it"));
}

TEST_F(ValidFile, OfOtherKindsMayLieInAFolderOfItsNameToo) {
  const std::string table = "1,2,a\n3,4,b\n5,1,a\n";
  const std::string plain = load_plain("csv:" + write("p.csv", table)).training.content_hash;
  write("x.csv/x.csv", table);
  EXPECT_EQ(load_plain("csv:" + dir_.path("x.csv")).training.content_hash, plain);
  EXPECT_EQ(files_of("csv:" + dir_.path("x.csv")).front(), dir_.path("x.csv/x.csv")) << "no output may replace it";
  EXPECT_EQ(load_plain("csv:" + dir_.path("p.csv") + "?test=" + dir_.path("x.csv")).validation.rows(), 3U);
  write("x.svm/x.svm", "1 1:1\n0 2:1\n");
  EXPECT_EQ(load_plain("libsvm:" + dir_.path("x.svm") + "/").training.rows(), 2U);
  const std::string batch = '\1' + std::string(3072, 'x') + '\2' + std::string(3072, 'y');
  write("c/data_batch_1.bin/data_batch_1.bin", batch);
  write("c/data_batch_2.bin", batch);
  std::filesystem::create_directory(dir_.path("c/data_batch_3.bin"));  // without the file it is no batch
  EXPECT_EQ(load_plain("cifar10:" + dir_.path("c")).training.rows(), 4U);
  std::filesystem::create_directory(dir_.path("empty.csv"));
  EXPECT_THAT(error_of("csv:" + dir_.path("empty.csv")), HasSubstr("empty.csv: is a directory; expected a file"));
}

TEST_F(ValidFile, OfQmnistHasLabelsOfEightNumbersEach) {
  // The format is idx2-int: 32-bit numbers, big-endian, eight for each image. The first of the eight is the class.
  // Source: Yadav and Bottou, "Cold case: the lost MNIST digits" (2019).
  std::string labels("\0\0\x0c\2\0\0\0\2\0\0\0\x08", 12);
  for (const char digit : {'\5', '\2'}) {
    labels += std::string("\0\0\0", 3) + digit;
    labels += std::string(28, '\x7f');
  }
  write("qmnist-train-images-idx3-ubyte.gz", gzip(idx({2, 1, 2}, "abcd")));
  write("qmnist-train-labels-idx2-int.gz", gzip(labels));
  const Split split = load_plain("idx:" + dir_.path() + "?prefix=qmnist-");
  EXPECT_THAT(split.training.label_names, ElementsAre("2", "5"));
  EXPECT_THAT(split.training.labels, ElementsAre(1, 0));
  EXPECT_THAT(error_of("idx:" + dir_.path()), HasSubstr("prefix=qmnist- in the URI would take"));
  write("qmnist-train-labels-idx2-int.gz", gzip(labels.substr(0, labels.size() - 1)));
  EXPECT_THAT(error_of("idx:" + dir_.path() + "?prefix=qmnist-"), HasSubstr("63 bytes follow the header; expected 64"));
}

TEST_F(ValidFile, OfGzipMayBePaddedWithZeros) {
  const std::string plain = load_plain("csv:" + write("p.csv", "1,2,a\n3,4,b\n5,1,a\n")).training.content_hash;
  for (const std::size_t zeros : {1, 512, 100'000})
    EXPECT_EQ(load_plain("csv:" + write("a.csv.gz", gzip("1,2,a\n3,4,b\n5,1,a\n") + std::string(zeros, '\0')))
                  .training.content_hash,
              plain);
  EXPECT_EQ(load_plain("csv:" + write("a.csv.gz", gzip("1,2,a\n3,4,b\n") + gzip("5,1,a\n") + std::string(9, '\0')))
                .training.content_hash,
            plain);
  // As two padded files that were put together.
  EXPECT_EQ(load_plain("csv:" + write("a.csv.gz", gzip("1,2,a\n3,4,b\n") + std::string(512, '\0') + gzip("5,1,a\n")))
                .training.content_hash,
            plain);
  EXPECT_THAT(error_of("csv:" + write("a.csv.gz", gzip("1,2,a\n3,4,b\n") + std::string("\0\0x", 3))),
              HasSubstr("3 bytes follow the gzip data"));
}

TEST_F(ValidFile, OfLibsvmMayBeginAtZeroByAnOption) {
  const std::string file = write("a.svm", "1 0:0.5 2:1\n0 1:3\n");
  EXPECT_THAT(error_of("libsvm:" + file), HasSubstr(":1: feature index 0; expected 1 or more, or base=0 in the URI"));
  Split split = load_plain("libsvm:" + file + "?base=0");
  EXPECT_THAT(DenseRows::matrix(split.training.features).view().row_span(0), ElementsAre(0.5F, 0, 1));
  EXPECT_THAT(split.notes, Contains("indices from 0 on"));
  EXPECT_THAT(error_of("libsvm:" + file + "?base=2"), HasSubstr("base is '2'; expected 0 or 1"));
  const std::string test = write("t.svm", "1 3:1\n");
  EXPECT_THAT(error_of("libsvm:" + file + "?base=0&test=" + test), HasSubstr("feature index 3; expected at most 2,"));
}

TEST_F(ValidFile, OfLibsvmMayHoldQueriesByAnOption) {
  const std::string file = write("a.svm", "3 qid:1 1:0.5 2:1 # doc 7\n1 qid:1 1:0.1\n2 qid:2 2:0.3\n");
  EXPECT_THAT(error_of("libsvm:" + file),
              HasSubstr(":1: found 'qid:1', the query of a ranking; expected index:value, or "
                        "qid=skip in the URI"));
  Split split = load_plain("libsvm:" + file + "?qid=skip");
  EXPECT_THAT(DenseRows::matrix(split.training.features).view().row_span(0), ElementsAre(0.5F, 1));
  EXPECT_THAT(split.notes, Contains("queries (qid) passed over: rows are classified, not ranked"));
}

TEST_F(ValidFile, OfATableMayBeSeparatedOtherwiseByAnOption) {
  const std::string comma = load_plain("csv:" + write("c.csv", "x,y,kind\n1,2,a\n3,-4,b\n")).training.content_hash;
  struct Case {
    const char *name, *text;
  };
  for (const Case& c :
       {Case{"tab", "x\ty\tkind\n1\t2\ta\n3\t -4\tb\n"}, Case{"semicolon", "x;y;kind\n1;2;a\n3;\"-4\";b\n"},
        Case{"blank", "  x y  kind \n1\t2 a\n\n3  \"-4\"  b"}}) {
    const std::string uri = "csv:" + write("a.csv", c.text);
    EXPECT_EQ(load_plain(uri + "?separator=" + c.name).training.content_hash, comma) << c.name;
    EXPECT_THAT(error_of(uri), HasSubstr(fmt::format("or separator={} in the URI", c.name)));
  }
  EXPECT_THAT(error_of("csv:" + write("a.csv", "x\t\tkind\n1\t\ta\n") + "?separator=tab"),
              HasSubstr("a.csv:2: column 2 is ''"));
  EXPECT_THAT(error_of("csv:a.csv?separator=pipe"),
              HasSubstr("separator is 'pipe'; expected comma, semicolon, tab or blank"));
}

TEST_F(ValidFile, OfTextMayEndItsLinesAsOldMacsDid) {
  EXPECT_EQ(load_plain("csv:" + write("a.csv", "x,y,cls\r1,2,a\r3,4,b\r")).training.rows(), 2U);
  EXPECT_EQ(load_plain("libsvm:" + write("a.svm", "1 1:1\r0 2:1\r")).training.rows(), 2U);
  // Some lines only, as in files that were put together; in quotes it is text.
  EXPECT_EQ(load_plain("csv:" + write("a.csv", "x,y,cls\r1,2,a\r\n3,4,b\n5,6,a\r7,8,b")).training.rows(), 4U);
  EXPECT_EQ(load_plain("libsvm:" + write("a.svm", "1 1:1\r0 2:1\r\n1 1:2\n")).training.rows(), 3U);
  EXPECT_THAT(load_plain("csv:" + write("a.csv", "1,2,\"a\rz\"\n3,4,b\n5,6,b\n")).training.label_names,
              ElementsAre("a\rz", "b"));
  EXPECT_THAT(error_of("csv:" + write("a.csv", std::string("\xff\xfe\x31\0\x2c\0", 6))),
              HasSubstr("found text in UTF-16"));
  EXPECT_THAT(error_of("csv:" + write("a.csv", std::string("\xff\xfe\0\0\x31\0\0\0", 8))),
              HasSubstr("found text in UTF-32"));
}

TEST_F(ValidFile, OfExcelMayNameItsSeparatorInALineOfItsOwn) {
  for (const auto& [name, text, query] :
       {std::tuple("a.csv", "sep=,\n1,2,a\n3,4,b\n", ""),
        {"b.csv", "\"sep=;\"\r\n1;2;a\r\n3;4;b\r\n", "?separator=semicolon"},
        {"c.csv", "sep=\t\nx\ty\tcls\n1\t2\ta\n3\t4\tb\n", "?separator=tab&header=yes"}}) {
    const Split split = load_plain("csv:" + write(name, text) + query);
    EXPECT_EQ(split.training.rows(), 2U) << name;
    EXPECT_THAT(split.notes, Contains(HasSubstr("is passed over"))) << name;
  }
  EXPECT_THAT(error_of("csv:" + dir_.path("b.csv")), HasSubstr("b.csv:2: one column"));
  EXPECT_THAT(error_of("csv:" + dir_.path("b.csv")), HasSubstr("separator=semicolon in the URI"));
}

TEST_F(ValidFile, MayHaveAQuestionMarkInItsName) {
  write("what?.csv", "1,2,a\n3,4,b\n5,1,a\n");
  write("a&b%.csv", "1,2,a\n");
  EXPECT_EQ(error_of("csv:" + dir_.path("what%3F.csv") + "?test=" + dir_.path("a%26b%25.csv")), "");
  EXPECT_EQ(error_of("csv:" + dir_.path("a&b%.csv") + "?test=" + dir_.path("what%3f.csv") + "&label=-1"),
            "csv:" + dir_.path("a&b%.csv") + "?test=" + dir_.path("what%3f.csv") +
                "&label=-1: only one class, 'a'; expected at least two");
  EXPECT_THAT(error_of("csv:" + dir_.path("what?.csv")), HasSubstr("a '?' of a name is written %3F"));
}

TEST_F(ValidFile, OfAnotherFormatIsNamed) {
  struct Case {
    std::string content, found;
  };
  const std::string table = "1,2,a\n3,4,b\n5,1,a\n";
  for (const Case& c :
       {Case{"PK\x03\x04\x14", "a zip archive"}, Case{"BZh91AY&SY\x6d", "bzip2 data"}, Case{"\xfd\x37zXZ", "xz data"},
        Case{"\x28\xb5\x2f\xfd\x24", "zstd data"}, Case{gzip(gzip(table)), "gzip data inside gzip data"},
        Case{gzip(std::string(257, 'x') + "ustar"), "a tar archive"},
        Case{"<!DOCTYPE html>\n<p>404, not found", "a web page"}, Case{"\n\n  <HTML>\n", "a web page"},
        Case{"<?xml version='1.0'?>", "an XML document"}, Case{"{\"message\": \"Not Found\"}", "JSON"},
        Case{"7z\xbc\xaf\x27\x1c", "a 7z archive"}, Case{"SQLite format 3\0 ", "an SQLite database"},
        Case{"\xd0\xcf\x11\xe0\xa1\xb1", "a file of Excel or Word"},
        Case{"version https://git-lfs.github.com/spec/v1\noid", "a pointer of Git LFS"},
        Case{std::string("a\0,\0y\0\n\0", 8), "zero bytes, as UTF-16 and binary files have"}})
    for (const char* scheme : {"csv:", "libsvm:"})
      EXPECT_THAT(error_of(scheme + write("a.csv", c.content)), HasSubstr("a.csv: found " + c.found)) << c.found;
  EXPECT_THAT(error_of("csv:" + write("a.csv", "x,y,cls\n1,2\u00a0000,a\n")),
              HasSubstr("column 2 is '2\u00a0000' (with a no-break space); expected a number"));
}

}  // namespace
}  // namespace descent::data::test
