#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

#include "app/program.hpp"

namespace descent::test {
namespace {

using Words = std::vector<std::string>;

/// A wrong use of the program; every word of `says` has to be in its one line.
struct Bad {
  const char* what;
  Words arguments, says;
};

std::string idx(const std::vector<std::uint32_t>& shape, const std::string& elements, char type = 8) {
  std::string content{'\0', '\0', type, static_cast<char>(shape.size())};
  for (const std::uint32_t extent : shape)
    for (int shift = 24; shift >= 0; shift -= 8) content += static_cast<char>(extent >> shift & 255);
  return content + elements;
}

/// Files that the cases below read, each wrong in one way.
void write_files(const TempFolder& folder) {
  const std::string image = idx({2, 2, 2}, "12345678"), label = idx({2}, std::string("\0\1", 2));
  const auto images = [&](const std::string& name, const std::string& content, const std::string& labels) {
    folder.write(name + "/train-images-idx3-ubyte", content);
    folder.write(name + "/train-labels-idx1-ubyte", labels);
  };
  images("cut", image.substr(0, image.size() - 1), label);
  images("long", image + "x", label);
  images("header", image.substr(0, 7), label);
  images("garbage", "this is no IDX file at all", label);
  images("magic", idx({2, 2, 2}, "12345678", 9), label);
  images("counts", image, idx({3}, std::string("\0\1\1", 3)));
  images("one", image, idx({2}, std::string("\1\1", 2)));
  folder.write("gz/train-images-idx3-ubyte.gz", "\x1f\x8b\x08 no gzip");
  folder.write("gz/train-labels-idx1-ubyte.gz", "\x1f\x8b\x08 no gzip");
  folder.write("nothing/readme.txt", "no data here");
  folder.write("cifar-cut/data_batch_1.bin", std::string(3072, 'x'));
  folder.write("cifar-long/data_batch_1.bin", std::string(3074, '\1'));
  folder.write("cifar-garbage/data_batch_1.bin", std::string(3073, 'x'));
  const auto svm = [&](const char* name, const std::string& line) { folder.write(name, "+1 1:1 2:2\n" + line + "\n"); };
  svm("zero.svm", "-1 0:1");
  svm("order.svm", "-1 2:1 1:1");
  svm("twice.svm", "-1 2:1 2:1");
  svm("huge.svm", "-1 2147483648:1");
  svm("far.svm", "-1 99999999999999999999:1");
  svm("nan.svm", "-1 1:nan");
  svm("inf.svm", "-1 1:inf");
  svm("cut.svm", "-1 1:");
  svm("garbage.svm", "\x7f\x45LF garbage");
  folder.write("one.svm", "1 1:1\n1 1:2\n");
  folder.write("empty.svm", "");
  folder.write("good.csv", "x,label\n1,a\n2,b\n3,a\n4,b\n");
  folder.write("nan.csv", "x,label\n1,a\nnan,b\n");
  folder.write("text.csv", "x,label\n1,a\ntwo,b\n");
  folder.write("short.csv", "x,y,label\n1,2,a\n3,b\n");
  folder.write("long.csv", "x,label\n1,a\n2,b,c\n");
  folder.write("one.csv", "x,label\n1,a\n2,a\n");
  folder.write("quote.csv", "x,label\n1,a\n2,\"b\n");
  folder.write("bad.json", "{\"schema\": \"descentbench-report\", \"schema_version\": 1, ");
  folder.write("other.json", "{\"schema\": \"other\"}");
  folder.write("type.toml", "batch-sizes = [32, true]\n");
  folder.write("key.toml", "\nloss = \"hinge\"\nbatch_sizes = 3\n");
  folder.write("value.toml", "l2 = -1\n");
  folder.write("syntax.toml", "loss = \n");
  folder.write("date.toml", "seeds = 2020-01-01\n");
  folder.write("name.toml", "loss = [\"hinge\", \"logistik\"]\n");
}

const std::vector<Bad>& cases() {
  static const Words small{"run", "--data", "csv:good.csv?label=label"};
  const auto run = [](Words more) {
    Words words = small;
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  static const std::vector<Bad> list = {
      // files
      {"a missing folder", {"data", "idx:absent"}, {"absent", "No such file", "expected"}},
      {"a missing file", {"data", "libsvm:absent.svm"}, {"absent.svm", "No such file", "expected"}},
      {"a folder without data", {"data", "idx:nothing"}, {"nothing", "train-images-idx3-ubyte", "expected"}},
      {"a truncated IDX file", {"data", "idx:cut"}, {"cut/train-images-idx3-ubyte", "7 bytes", "8"}},
      {"an over-long IDX file", {"data", "idx:long"}, {"long/train-images-idx3-ubyte", "9 bytes", "8"}},
      {"a truncated IDX header", {"data", "idx:header"}, {"header/train-images-idx3-ubyte", "7 bytes", "expected"}},
      {"garbage for IDX", {"data", "idx:garbage"}, {"garbage/train-images", "74 68 69", "expected 00 00 08"}},
      {"a wrong magic number", {"data", "idx:magic"}, {"magic/train-images", "00 00 09 03", "expected 00 00 08 03"}},
      {"unequal counts", {"data", "idx:counts"}, {"counts/train-labels", "3 labels", "2 images"}},
      {"damaged gzip data", {"data", "idx:gz"}, {"gz/train-", "gzip"}},
      {"a truncated CIFAR batch", {"data", "cifar10:cifar-cut"}, {"data_batch_1.bin", "3,072", "expected"}},
      {"an over-long CIFAR batch", {"data", "cifar10:cifar-long"}, {"data_batch_1.bin", "3,074", "expected"}},
      {"garbage for CIFAR", {"data", "cifar10:cifar-garbage"}, {"data_batch_1.bin", "label 120", "expected 0 to 9"}},
      {"a missing CIFAR folder", {"data", "cifar10:absent"}, {"absent", "No such file", "expected"}},
      {"a feature index of 0", {"data", "libsvm:zero.svm"}, {"zero.svm:2", "index 0", "1"}},
      {"indices out of order", {"data", "libsvm:order.svm"}, {"order.svm:2", "1", "2"}},
      {"an index twice", {"data", "libsvm:twice.svm"}, {"twice.svm:2", "2"}},
      {"an index beyond 2^31", {"data", "libsvm:huge.svm"}, {"huge.svm:2", "2147483648"}},
      {"an index beyond 2^64", {"data", "libsvm:far.svm"}, {"far.svm:2", "99999999999999999999"}},
      {"NaN in LIBSVM", {"data", "libsvm:nan.svm"}, {"nan.svm", "nan", "expected"}},
      {"infinity in LIBSVM", {"data", "libsvm:inf.svm"}, {"inf.svm", "inf", "expected"}},
      {"a truncated LIBSVM line", {"data", "libsvm:cut.svm"}, {"cut.svm:2", "expected"}},
      {"garbage for LIBSVM", {"data", "libsvm:garbage.svm"}, {"garbage.svm:2", "expected"}},
      {"one class in LIBSVM", {"data", "libsvm:one.svm"}, {"one.svm", "only one class", "expected"}},
      {"an empty file", {"data", "libsvm:empty.svm"}, {"empty.svm", "expected"}},
      {"one class in IDX", {"data", "idx:one"}, {"one", "only one class", "expected at least two"}},
      {"a missing CSV file", {"data", "csv:absent.csv"}, {"absent.csv", "No such file", "expected"}},
      {"NaN in CSV", {"data", "csv:nan.csv?label=label"}, {"nan.csv", "nan", "expected"}},
      {"text in a CSV column", {"data", "csv:text.csv?label=label"}, {"text.csv:3", "two", "expected"}},
      {"a short CSV row", {"data", "csv:short.csv?label=label"}, {"short.csv:3", "2", "3"}},
      {"a long CSV row", {"data", "csv:long.csv?label=label"}, {"long.csv:3", "3", "2"}},
      {"one class in CSV", {"data", "csv:one.csv?label=label"}, {"one.csv", "only one class", "expected"}},
      {"an open quote in CSV", {"data", "csv:quote.csv?label=label"}, {"quote.csv", "quote"}},
      {"an unknown format", {"data", "parquet:x"}, {"parquet", "csv"}},
      {"an unknown key of a URI", {"data", "csv:good.csv?lable=label"}, {"lable", "label"}},
      // options
      {"batch 0", run({"--batch-sizes", "0"}), {"--batch-sizes", "found 0", "expected"}},
      {"a batch larger than the data", run({"--batch-sizes", "5"}), {"--batch-sizes", "found 5", "at most 4"}},
      {"threads 0", run({"--threads", "0"}), {"--threads", "found 0", "expected"}},
      {"more threads than there are", run({"--threads", "100000"}), {"--threads", "100000", "--oversubscribe"}},
      {"a negative rate", run({"--lr", "-0.1"}), {"--lr", "found -0.1", "expected"}},
      {"a rate of 0", run({"--lr", "0"}), {"--lr", "found 0", "expected"}},
      {"an infinite rate", run({"--lr", "inf"}), {"--lr", "found inf", "expected"}},
      {"a rate of minus infinity", run({"--lr", "-inf"}), {"--lr", "found -inf", "expected"}},
      {"NaN as a rate", run({"--lr", "nan"}), {"--lr", "found nan", "expected"}},
      {"a negative l2", run({"--l2", "-1"}), {"--l2", "found -1", "expected"}},
      {"an infinite l2", run({"--l2", "inf"}), {"--l2", "found inf", "expected"}},
      {"NaN as l2", run({"--l2", "nan"}), {"--l2", "found nan", "expected"}},
      {"a target of 0", run({"--target", "0"}), {"--target", "found 0", "expected"}},
      {"a negative target", run({"--target", "-1e-2"}), {"--target", "found -1e-2", "expected"}},
      {"a target of 1", run({"--target", "0.1,1"}), {"--target", "found 1", "expected"}},
      {"NaN as a target", run({"--target", "nan"}), {"--target", "found nan", "expected"}},
      {"an unknown loss", run({"--loss", "hing"}), {"--loss", "'hing'", "did you mean 'hinge'"}},
      {"a wrong parameter of a loss", run({"--loss", "huber(delta=x)"}), {"--loss", "delta", "'x'"}},
      {"an empty place in a list", run({"--loss", "hinge,"}), {"--loss", "empty", "expected"}},
      {"an unknown engine", run({"--engine", "fusd"}), {"--engine", "'fusd'", "'fused'"}},
      {"an unknown preset", run({"--preset", "quik"}), {"--preset", "'quik'", "'quick'"}},
      {"an unknown optimizer", run({"--optimizer", "adam"}), {"--optimizer", "'adam'", "sgd"}},
      {"an unknown sampling", run({"--sampling", "shuffle"}), {"--sampling", "'shuffle'", "reshuffle"}},
      {"an unknown schedule", run({"--schedule", "cosine"}), {"--schedule", "'cosine'", "inverse"}},
      {"a wrong budget", run({"--budget", "20x"}), {"--budget", "20x", "expected"}},
      {"a wrong precision", run({"--precision", "200%"}), {"--precision", "expected"}},
      {"a wrong shard", run({"--shard", "3/2"}), {"--shard", "3/2", "expected"}},
      {"a wrong switch", run({"--pin", "yes"}), {"--pin", "found yes", "on or off"}},
      {"a missing output folder", run({"--out", "absent/r.json"}), {"--out absent/r.json", "absent", "expected"}},
      {"a folder as output", run({"--out", "nothing"}), {"--out nothing", "folder", "expected"}},
      {"an output folder that cannot be written", run({"--out", "/proc/r.json"}), {"--out /proc/r.json", "expected"}},
      {"an unknown option", run({"--thraeds", "2"}), {"run: ", "'--thraeds'", "'--threads'"}},
      {"an option without its value", run({"--loss"}), {"--loss", "found no value", "expected"}},
      {"an option twice", run({"--loss", "hinge", "--loss", "logistic"}), {"--loss", "more than once", "expected"}},
      {"a word too many", run({"hinge"}), {"run: ", "'hinge'", "expected"}},
      {"no command", {}, {"found no command", "run"}},
      {"an unknown command", {"rum"}, {"'rum'", "'run'"}},
      {"an unknown option before the command", {"--vresion"}, {"'--vresion'", "'--version'"}},
      {"a line break in an argument", run({"--loss", "hi\nng"}), {"--loss", "hi ng"}},
      // configuration files
      {"a missing configuration", run({"--config", "absent.toml"}), {"absent.toml", "No such file", "expected"}},
      {"a wrong key", run({"--config", "key.toml"}), {"key.toml:3", "'batch_sizes'", "'batch-sizes'"}},
      {"a wrong type", run({"--config", "type.toml"}), {"type.toml:1", "batch-sizes", "an array", "expected"}},
      {"a date", run({"--config", "date.toml"}), {"date.toml:1", "seeds", "a date", "expected"}},
      {"a wrong value", run({"--config", "value.toml"}), {"value.toml:1: l2", "found -1", "expected"}},
      {"a wrong name", run({"--config", "name.toml"}), {"name.toml:1: loss", "'logistik'", "'logistic'"}},
      {"no TOML", run({"--config", "syntax.toml"}), {"syntax.toml:1", "expected"}},
      {"no report to run again", run({"--config-from", "bad.json"}), {"bad.json", "expected"}},
      // reports
      {"a missing report", {"report", "absent.json"}, {"absent.json", "No such file", "expected"}},
      {"a truncated report", {"report", "bad.json"}, {"bad.json", "line 1", "expected"}},
      {"another schema", {"report", "other.json"}, {"other.json", "/schema", "'other'", "'descentbench-report'"}},
      {"a folder for a report", {"report", "nothing"}, {"nothing", "a folder", "expected"}},
      {"no report", {"report"}, {"report: ", "found no REPORT", "expected"}},
      {"nothing to merge", {"merge", "out.json"}, {"merge: ", "found no IN", "expected"}},
      // explain, list
      {"an unknown loss to explain", {"explain", "hing", "--scores", "1", "--label", "0"}, {"'hing'", "'hinge'"}},
      {"scores that are none",
       {"explain", "hinge", "--scores", "1,x", "--label", "0"},
       {"--scores", "'x'", "expected"}},
      {"an infinite score", {"explain", "hinge", "--scores", "inf", "--label", "0"}, {"--scores", "inf", "expected"}},
      {"a label that is none", {"explain", "hinge", "--scores", "1", "--label", "-1"}, {"--label", "-1", "expected"}},
      {"a label beyond the scores",
       {"explain", "multiclass_svm", "--scores", "1,2,3", "--label", "3"},
       {"label 3", "expected 0 to 2"}},
      {"no scores", {"explain", "hinge", "--label", "0"}, {"--scores", "expected"}},
      {"an unknown list", {"list", "loses"}, {"'loses'", "'losses'"}},
  };
  return list;
}

TEST(BadInput, EndsWithOneLineThatNamesPlaceFoundAndExpectedAndStatusTwo) {
  const TempFolder folder;
  write_files(folder);
  for (const Bad& bad : cases()) {
    SCOPED_TRACE(bad.what);
    const Outcome outcome = run_program(folder, bad.arguments);
    EXPECT_EQ(outcome.status, 2) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(lines_in(outcome.err), 1U) << outcome.err;
    EXPECT_THAT(outcome.err, testing::StartsWith("descent: "));
    for (const std::string& word : bad.says) EXPECT_THAT(outcome.err, testing::HasSubstr(word));
  }
  // Nothing was begun: all of it was found beforehand.
  EXPECT_FALSE(std::filesystem::exists(folder.path("results/good.json")));
  EXPECT_FALSE(std::filesystem::exists(folder.path("results/good.json.journal")));
}

}  // namespace
}  // namespace descent::test
