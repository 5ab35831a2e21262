#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

#include "app/program.hpp"
#include "data/gzip.hpp"

namespace descent::app::test {
namespace {

using Words = std::vector<std::string>;

/// A wrong use of the program, and the three texts in its message: "descent: PLACE: … FOUND …; expected … EXPECTED …".
struct Bad {
  const char* what;
  Words arguments;
  std::string place, found, expected;
};

std::string idx(const std::vector<std::uint32_t>& shape, const std::string& elements, char type = 8) {
  std::string content{'\0', '\0', type, static_cast<char>(shape.size())};
  for (const std::uint32_t extent : shape)
    for (int shift = 24; shift >= 0; shift -= 8) content += static_cast<char>(extent >> shift & 255);
  return content + elements;
}

/// Files for the cases below, each wrong in one way.
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
  const std::string cut = data::test::gzip(image);
  images("gzcut", cut.substr(0, cut.size() - 9), label);
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
  folder.write("good.svm", "+1 1:1\n-1 2:1\n");
  folder.write("far.t", "+1 3:1\n");
  folder.write("nanlabel.csv", "x,label\n1,1\n2,nan\n3,2\n");
  folder.write("wide.csv", "x,y,label\n1,2,a\n");
  folder.write("named.csv", "z,label\n1,a\n");
  folder.write("good.csv", "x,label\n1,a\n2,b\n3,a\n4,b\n");
  folder.write("nan.csv", "x,label\n1,a\nnan,b\n");
  folder.write("text.csv", "x,label\n1,a\ntwo,b\n");
  folder.write("short.csv", "x,y,label\n1,2,a\n3,b\n");
  folder.write("long.csv", "x,label\n1,a\n2,b,c\n");
  folder.write("one.csv", "x,label\n1,a\n2,a\n");
  folder.write("quote.csv", "x,label\n1,a\n2,\"b\n");
  folder.write("bad.json", "{\"schema\": \"descentbench-report\", \"schema_version\": 2, ");
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
      // Files.
      {"a missing folder", {"data", "idx:absent"}, "absent", "No such file", "a directory with"},
      {"a missing file", {"data", "libsvm:absent.svm"}, "absent.svm", "No such file", "a readable file"},
      {"a folder without data",
       {"data", "idx:nothing"},
       "nothing",
       "train-images-idx3-ubyte",
       "train-images-idx3-ubyte"},
      {"a truncated IDX file",
       {"data", "idx:cut"},
       "cut/train-images-idx3-ubyte",
       "7 bytes",
       "8 for its 2 x 2 x 2 items"},
      {"an over-long IDX file",
       {"data", "idx:long"},
       "long/train-images-idx3-ubyte",
       "9 bytes",
       "8 for its 2 x 2 x 2 items"},
      {"a truncated IDX header", {"data", "idx:header"}, "header/train-images-idx3-ubyte", "7 bytes", "a header of 16"},
      {"garbage for IDX", {"data", "idx:garbage"}, "garbage/train-images-idx3-ubyte", "74 68 69", "00 00 08"},
      {"a wrong magic number", {"data", "idx:magic"}, "magic/train-images-idx3-ubyte", "00 00 09 03", "00 00 08 03"},
      {"unequal counts", {"data", "idx:counts"}, "counts/train-labels-idx1-ubyte", "3 labels", "2 images"},
      {"damaged gzip data", {"data", "idx:gz"}, "gz/train-labels-idx1-ubyte.gz", "gzip", "gzip"},
      {"a truncated CIFAR batch",
       {"data", "cifar10:cifar-cut"},
       "cifar-cut/data_batch_1.bin",
       "3,072",
       "a multiple of 3073"},
      {"an over-long CIFAR batch",
       {"data", "cifar10:cifar-long"},
       "cifar-long/data_batch_1.bin",
       "3,074",
       "a multiple of 3073"},
      {"garbage for CIFAR",
       {"data", "cifar10:cifar-garbage"},
       "cifar-garbage/data_batch_1.bin: image 1",
       "label 120",
       "0 to 9"},
      {"a missing CIFAR folder",
       {"data", "cifar10:absent"},
       "absent",
       "No such file",
       "a directory with data_batch_*.bin[.gz]"},
      {"a feature index of 0", {"data", "libsvm:zero.svm"}, "zero.svm:2", "index 0", "1 or more"},
      {"indices out of order", {"data", "libsvm:order.svm"}, "order.svm:2", "index 1 after 2", "ascending indices"},
      {"an index twice", {"data", "libsvm:twice.svm"}, "twice.svm:2", "feature index 2 twice", "ascending indices"},
      {"an index beyond 2^31", {"data", "libsvm:huge.svm"}, "huge.svm:2", "2147483648", "at most 2147483647"},
      {"an index beyond 2^64", {"data", "libsvm:far.svm"}, "far.svm:2", "99999999999999999999", "at most 2147483647"},
      {"NaN in LIBSVM", {"data", "libsvm:nan.svm"}, "nan.svm:2", "feature 1 is 'nan'", "a finite 32-bit number"},
      {"infinity in LIBSVM", {"data", "libsvm:inf.svm"}, "inf.svm:2", "feature 1 is 'inf'", "a finite 32-bit number"},
      {"a truncated LIBSVM line", {"data", "libsvm:cut.svm"}, "cut.svm:2", "feature 1 is ''", "a number"},
      {"garbage for LIBSVM", {"data", "libsvm:garbage.svm"}, "garbage.svm:2", "label '\\x7fELF'", "a finite number"},
      {"one class in LIBSVM", {"data", "libsvm:one.svm"}, "libsvm:one.svm", "only one class", "at least two"},
      {"an empty file", {"data", "libsvm:empty.svm"}, "empty.svm", "empty", "data"},
      {"one class in IDX", {"data", "idx:one"}, "idx:one", "only one class", "at least two"},
      {"a missing CSV file", {"data", "csv:absent.csv"}, "absent.csv", "No such file", "a readable file"},
      {"NaN in CSV", {"data", "csv:nan.csv?label=label"}, "nan.csv:3", "column 1 is 'nan'", "a finite 32-bit number"},
      {"text in a CSV column", {"data", "csv:text.csv?label=label"}, "text.csv:3", "two", "a number"},
      {"a short CSV row", {"data", "csv:short.csv?label=label"}, "short.csv:3", "2 columns", "3 as above"},
      {"a long CSV row", {"data", "csv:long.csv?label=label"}, "long.csv:3", "3 columns", "2 as above"},
      {"one class in CSV",
       {"data", "csv:one.csv?label=label"},
       "csv:one.csv?label=label",
       "only one class",
       "at least two"},
      {"an open quote in CSV",
       {"data", "csv:quote.csv?label=label"},
       "quote.csv:3",
       "found a quote that never closes",
       "a closing one"},
      {"an unknown format", {"data", "parquet:x"}, "URI", "'parquet'", "one of cifar10, csv"},
      {"a landscape to look at",
       {"data", "landscape:monkey_saddle"},
       "landscape:monkey_saddle",
       "no rows",
       "a data set"},
      {"an unknown key of a URI",
       {"data", "csv:good.csv?lable=label"},
       "csv:good.csv?lable=label",
       "unknown option 'lable'; did you mean 'label'",
       "label"},
      // Options.
      {"batch 0", run({"--batch-sizes", "0"}), "--batch-sizes", "found 0", "whole numbers of 1 or more, or full"},
      {"a batch larger than the data", run({"--batch-sizes", "5"}), "--batch-sizes", "found 5", "at most 4"},
      {"a preset's batch sizes, given, on small data",
       run({"--batch-sizes", "32,64,128,256,512,1024,2048,4096,8192,16384,full"}), "--batch-sizes", "found 32",
       "at most 4"},
      {"threads 0", run({"--threads", "0"}), "--threads", "found 0", "whole numbers of 1 or more, or all"},
      {"more threads than there are", run({"--threads", "100000"}), "--threads", "100000", "--oversubscribe"},
      {"a negative rate", run({"--lr", "-0.1"}), "--lr", "found -0.1",
       "auto, or finite numbers above 0: one, or one for each batch size"},
      {"a rate of 0", run({"--lr", "0"}), "--lr", "found 0",
       "auto, or finite numbers above 0: one, or one for each batch size"},
      {"an infinite rate", run({"--lr", "inf"}), "--lr", "found inf",
       "auto, or finite numbers above 0: one, or one for each batch size"},
      {"a rate of minus infinity", run({"--lr", "-inf"}), "--lr", "found -inf",
       "auto, or finite numbers above 0: one, or one for each batch size"},
      {"NaN as a rate", run({"--lr", "nan"}), "--lr", "found nan",
       "auto, or finite numbers above 0: one, or one for each batch size"},
      {"a negative l2", run({"--l2", "-1"}), "--l2", "found -1", "a finite number, 0 or more"},
      {"an infinite l2", run({"--l2", "inf"}), "--l2", "found inf", "a finite number, 0 or more"},
      {"NaN as l2", run({"--l2", "nan"}), "--l2", "found nan", "a finite number, 0 or more"},
      {"a target of 0", run({"--target", "0"}), "--target", "found 0", "numbers from 1e-300 to below 1"},
      {"a negative target", run({"--target", "-1e-2"}), "--target", "found -1e-2", "numbers from 1e-300 to below 1"},
      {"a target of 1", run({"--target", "0.1,1"}), "--target", "found 1", "numbers from 1e-300 to below 1"},
      {"NaN as a target", run({"--target", "nan"}), "--target", "found nan", "numbers from 1e-300 to below 1"},
      {"an unknown loss", run({"--loss", "hing"}), "--loss", "did you mean 'hinge'",
       "one of absolute, binary_cross_entropy"},
      {"a wrong parameter of a loss", run({"--loss", "huber(delta=x)"}), "--loss", "delta", "a finite number"},
      {"an empty place in a list", run({"--loss", "hinge,"}), "--loss", "empty", "one or more losses"},
      {"an unknown engine", run({"--engine", "fusd"}), "--engine", "'fused'",
       "one of eigen, exact8, fused, openblas, reference"},
      {"an unknown preset", run({"--preset", "quik"}), "--preset", "'quick'", "one of quick, standard, full"},
      {"an unknown optimizer", run({"--optimizer", "adom"}), "--optimizer", "'adom'", "sgd"},
      {"an unknown sampling", run({"--sampling", "shuffle"}), "--sampling", "'shuffle'", "reshuffle"},
      {"an unknown schedule", run({"--schedule", "cosine"}), "--schedule", "'cosine'", "inverse"},
      {"a wrong budget", run({"--budget", "20x"}), "--budget", "20x", "a time above 0 like 90s, 20m or 1h30m"},
      {"a wrong precision", run({"--precision", "200%"}), "--precision", "found 200", "a share between 0 % and 100 %"},
      {"a wrong shard", run({"--shard", "3/2"}), "--shard", "3/2", "I/N with 1 <= I <= N"},
      {"a wrong switch", run({"--pin", "yes"}), "--pin", "found yes", "on or off"},
      {"a missing output folder", run({"--out", "absent/r.json"}), "--out absent/r.json", "found no folder 'absent'",
       "one that exists"},
      {"a folder as output", run({"--out", "nothing"}), "--out nothing", "folder", "the name of a file"},
      {"an output folder that cannot be written", run({"--out", "/proc/r.json"}), "--out /proc/r.json",
       "folder '/proc' cannot be written", "a writable folder"},
      {"an unknown option", run({"--thraeds", "2"}), "run", "'--thraeds'", "'--threads'"},
      {"an option without its value", run({"--loss"}), "--loss", "found no value", "one, see --help"},
      {"an option twice", run({"--loss", "hinge", "--loss", "logistic"}), "--loss", "more than once",
       "it once, with commas in lists, see --help"},
      {"a word too many", run({"hinge"}), "run", "'hinge'", "options only, see --help"},
      {"no command", {}, "command line", "found no command", "run"},
      {"an unknown command",
       {"rum"},
       "command line",
       "'rum'",
       "one of run, time, report, merge, compare, history, ab, machine"},
      {"an unknown option before the command", {"--vresion"}, "command line", "'--vresion'", "'--version'"},
      {"a line break in an argument", run({"--loss", "hi\nng"}), "--loss", "hi ng",
       "one of absolute, binary_cross_entropy"},
      // Configuration files.
      {"a missing configuration", run({"--config", "absent.toml"}), "absent.toml", "No such file", "a TOML file"},
      {"a wrong key", run({"--config", "key.toml"}), "key.toml:3", "'batch_sizes'", "'batch-sizes'"},
      {"a wrong type", run({"--config", "type.toml"}), "type.toml:1: batch-sizes", "true or false in an array",
       "an array of numbers"},
      {"a date", run({"--config", "date.toml"}), "date.toml:1: seeds", "a date", "a number, or a text that holds one"},
      {"a wrong value", run({"--config", "value.toml"}), "value.toml:1: l2", "found -1", "a finite number, 0 or more"},
      {"a wrong name", run({"--config", "name.toml"}), "name.toml:1: loss", "'logistik'",
       "one of absolute, binary_cross_entropy"},
      {"no TOML", run({"--config", "syntax.toml"}), "syntax.toml:1", "found no TOML",
       "lines like batch-sizes = [32, 64]"},
      {"no report to run again", run({"--config-from", "bad.json"}), "bad.json", "found no JSON",
       "a report of descent run"},
      // Reports.
      {"a missing report", {"report", "absent.json"}, "absent.json", "No such file", "a report of descent run"},
      {"a truncated report", {"report", "bad.json"}, "bad.json", "line 1", "a report of descent run"},
      {"another schema", {"report", "other.json"}, "other.json: /schema", "'other'", "'descentbench-report'"},
      {"a folder for a report", {"report", "nothing"}, "nothing", "a folder", "a report of descent run"},
      {"no report", {"report"}, "report", "found no REPORT", "one, see --help"},
      {"nothing to merge", {"merge", "out.json"}, "merge", "found no IN", "one, see --help"},
      // The commands explain and list.
      {"an unknown loss to explain",
       {"explain", "hing", "--scores", "1", "--label", "0"},
       "explain",
       "'hinge'",
       "one of absolute, binary_cross_entropy"},
      {"scores that are none",
       {"explain", "hinge", "--scores", "1,x", "--label", "0"},
       "--scores",
       "'x'",
       "finite numbers with commas between them"},
      {"an infinite score",
       {"explain", "hinge", "--scores", "inf", "--label", "0"},
       "--scores",
       "inf",
       "finite numbers with commas between them"},
      {"a label that is none",
       {"explain", "hinge", "--scores", "1", "--label", "-1"},
       "--label",
       "-1",
       "a whole number from 0"},
      {"a label beyond the scores",
       {"explain", "multiclass_svm", "--scores", "1,2,3", "--label", "3"},
       "multiclass_svm(margin=1)",
       "label 3",
       "0 to 2"},
      {"no scores", {"explain", "hinge", "--label", "0"}, "explain", "--scores", "one, see --help"},
      {"an unknown list", {"list", "loses"}, "list", "'losses'", "one of losses, metrics, optimizers"},
      // More files: contents that do not fit together.
      {"truncated gzip data",
       {"data", "idx:gzcut"},
       "gzcut/train-images-idx3-ubyte",
       "gzip data end after 24 bytes of content",
       "more, and a checksum"},
      {"an empty test part",
       {"data", "csv:good.csv?label=label&test="},
       "csv:good.csv?label=label&test=",
       "test is ''",
       "the name of a file"},
      {"an empty test part of LIBSVM",
       {"data", "libsvm:good.svm?test="},
       "libsvm:good.svm?test=",
       "test is ''",
       "the name of a file"},
      {"a test part with a feature more",
       {"data", "libsvm:good.svm?test=far.t"},
       "far.t:1",
       "feature index 3",
       "at most 2, what the training part has"},
      {"a CSV test part with a feature more",
       {"data", "csv:good.csv?test=wide.csv"},
       "wide.csv:2",
       "2 features",
       "at most the 1 of the training part"},
      {"another name in the CSV test part",
       {"data", "csv:good.csv?label=label&test=named.csv"},
       "named.csv:1",
       "feature 1 is called 'z'",
       "'x' as in the training part"},
      {"a label column beyond the last",
       {"data", "csv:good.csv?label=2"},
       "good.csv",
       "found label column 2",
       "-2 to 1, for 2 columns"},
      {"an unknown label column",
       {"data", "csv:good.csv?label=labl"},
       "good.csv:1",
       "unknown label column 'labl'; did you mean 'label'",
       "one of x, label"},
      {"NaN among numeric labels",
       {"data", "csv:nanlabel.csv?label=label"},
       "nanlabel.csv:3",
       "label 'nan'",
       "a finite number, as other labels are"},
      {"an unknown synthetic data set",
       {"data", "synthetic:blob"},
       "synthetic:blob",
       "unknown synthetic data set 'blob'; did you mean 'blobs'",
       "one of blobs, synthA"},
      {"data beyond any memory",
       {"data", "synthetic:blobs?n=2000000000&d=2000000000"},
       "synthetic:blobs",
       "2,000,000,000 rows x 2,000,000,000 features, stored densely, needs 1.6e+07 TB",
       "of memory that are available"},
      {"preprocessing twice",
       {"data", "csv:good.csv?label=label", "--preprocess", "unit,unit"},
       "--preprocess: preprocessing 'unit,unit'",
       "found 'unit' twice",
       "each step once"},
      // More options: names, numbers and outputs.
      {"a part of a loss's name", run({"--loss", "softmax"}), "--loss",
       "unknown loss 'softmax'; did you mean 'softmax_cross_entropy'", "one of absolute, binary_cross_entropy"},
      {"a typing error in a part of a loss's name",
       {"explain", "softmx", "--scores", "1,2", "--label", "0"},
       "explain",
       "unknown loss 'softmx'; did you mean 'softmax_cross_entropy'",
       "one of absolute, binary_cross_entropy"},
      {"a loss that has no near name", run({"--loss", "zzz"}), "--loss", "unknown loss 'zzz'; did you mean 'hinge'",
       "one of absolute, binary_cross_entropy"},
      {"a bracket too many", run({"--loss", "huber)"}), "--loss", "huber): found ')' without '('", "name(key=value,…)"},
      {"a parameter for a loss without any", run({"--loss", "hinge(margin=2)"}), "--loss",
       "hinge(margin=2): unknown argument 'margin'", "none for hinge"},
      {"steps that are no whole number", run({"--max-steps", "1e9"}), "--max-steps", "found 1e9",
       "a whole number, 1 or more"},
      {"seeds that are no whole number", run({"--seeds", "1.5"}), "--seeds", "found 1.5", "a whole number, 1 or more"},
      {"a target that is 0 in double", run({"--target", "1e-400"}), "--target", "found 1e-400",
       "numbers from 1e-300 to below 1"},
      {"an output that begins with a dash", run({"--out", "-r.json"}), "--out -r.json",
       "found a name that begins with a dash", "a file (or ./-r.json for that name)"},
      {"the standard output as output", run({"--out", "-"}), "--out -", "found a name that begins with a dash",
       "a file (or ./- for that name)"},
      {"a device as output", run({"--out", "/dev/null"}), "--out /dev/null", "found a pipe, terminal or device",
       "a file, with its journal beside it"},
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
    const std::string begin = "descent: " + bad.place + ": ";
    EXPECT_THAT(outcome.err, testing::StartsWith(begin));
    const std::size_t found = outcome.err.find(bad.found, begin.size());
    ASSERT_NE(found, std::string::npos) << outcome.err << "found: " << bad.found;
    const std::size_t expected = outcome.err.find("expected ", found);
    ASSERT_NE(expected, std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find(bad.expected, expected), std::string::npos)
        << outcome.err << "expected: " << bad.expected;
  }
  // All errors were found before any work began.
  EXPECT_FALSE(std::filesystem::exists(folder.path("results/good.json")));
  EXPECT_FALSE(std::filesystem::exists(folder.path("results/good.json.journal")));
}

}  // namespace
}  // namespace descent::app::test
