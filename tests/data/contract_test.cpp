// What every reader of files has to do: whatever the bytes are, it gives a data set or throws an InputError with a
// message of one line. A new reader adds its sample to samples().
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "descent/core/random.hpp"
#include "files.hpp"

namespace descent::data::test {
namespace {

struct File {
  std::string name, content;
};
struct Sample {
  std::string scheme, uri_path, query;  // the path is relative to the directory
  std::vector<File> files;
  bool binary;  // if so, every truncated file is an error
};

const std::vector<Sample>& samples() {
  static const std::vector<Sample> all{
      {"cifar10", "", "", {{"data_batch_1.bin", cifar_record(3, 0) + cifar_record(7, 9)}}, true},
      {"csv", "a.csv", "", {{"a.csv", "x,y,kind\n1,2.5,up\n-3e-1,4,\"do\"\"wn\"\r\n0,1,up\n"}}, false},
      {"idx",
       "",
       "",
       {{"train-images-idx3-ubyte", idx({3, 2, 2}, "abcdefghijkl")}, {"train-labels-idx1-ubyte", idx({3}, "\1\2\1")}},
       true},
      {"libsvm", "a.svm", "?features=5", {{"a.svm", "+1 1:0.5 3:-2e1 # one\n\n-1 2:1\n1\n"}}, false},
  };
  return all;
}

void PrintTo(const Sample& sample, std::ostream* out) { *out << sample.scheme; }

/// From each byte that a test changes to the next one: all bytes of a small file are changed, and every 101st of a
/// large one, from the first on.
std::size_t step(const File& file) { return file.content.size() > 1000 ? 101 : 1; }

class ReaderContract : public testing::TestWithParam<Sample> {
 protected:
  std::string uri() const { return GetParam().scheme + ":" + dir_.path(GetParam().uri_path) + GetParam().query; }

  void write_all(bool compressed) const {
    for (const File& file : GetParam().files) dir_.write(file.name, compressed ? gzip(file.content) : file.content);
  }

  /// Loads the data; true if that worked. Any exception but InputError fails the test.
  bool loads() const {
    try {
      const Split split = load(uri(), {});
      for (std::size_t i = 0; i < split.training.rows(); ++i)
        for (const float x : split.training.features.row_values(i)) EXPECT_TRUE(std::isfinite(x));
      for (const std::int32_t label : split.training.labels) EXPECT_TRUE(label >= 0 && label < split.training.classes);
      return true;
    } catch (const core::InputError& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr(":"));
      EXPECT_THAT(error.what(), testing::Not(testing::HasSubstr("\n")));
    }
    return false;
  }

  TempDir dir_;
};

TEST_P(ReaderContract, ReadsItsSample) {
  write_all(false);
  EXPECT_EQ(error_of(uri()), "");
}

TEST_P(ReaderContract, GzipContentGivesTheSameDataWhateverTheName) {
  write_all(false);
  const std::string plain = load(uri(), {}).training.content_hash;
  write_all(true);
  EXPECT_EQ(load(uri(), {}).training.content_hash, plain);
}

TEST_P(ReaderContract, TruncationAtEveryByteIsAnErrorOrAShorterText) {
  write_all(false);
  for (const File& file : GetParam().files) {
    for (std::size_t size = 0; size < file.content.size(); size += step(file)) {
      dir_.write(file.name, std::string_view(file.content).substr(0, size));
      const bool loaded = loads();
      EXPECT_FALSE(loaded && (GetParam().binary || size == 0)) << file.name << " cut at " << size;
    }
    dir_.write(file.name, file.content);
  }
}

TEST_P(ReaderContract, TruncatedGzipIsAnErrorAtEveryByte) {
  write_all(false);
  for (const File& file : GetParam().files) {
    const std::string compressed = gzip(file.content);
    for (std::size_t size = 0; size < compressed.size(); ++size) {
      dir_.write(file.name, std::string_view(compressed).substr(0, size));
      EXPECT_FALSE(loads()) << file.name << " cut at " << size;
    }
    dir_.write(file.name, file.content);
  }
}

TEST_P(ReaderContract, DamagedGzipAndBytesBehindItAreErrors) {
  for (const File& file : GetParam().files) {
    write_all(false);
    std::string damaged = gzip(file.content);
    damaged[damaged.size() - 6] ^= 1;  // in the checksum
    dir_.write(file.name, damaged);
    EXPECT_THAT(error_of(uri()), testing::HasSubstr("damaged gzip"));
    dir_.write(file.name, gzip(file.content) + "x");
    EXPECT_THAT(error_of(uri()), testing::HasSubstr("follow the gzip data"));
  }
}

TEST_P(ReaderContract, BytesBehindABinaryFileAreAnError) {
  if (!GetParam().binary) return;  // text may end after any line
  for (const File& file : GetParam().files) {
    write_all(false);
    dir_.write(file.name, file.content + "x");
    EXPECT_FALSE(loads()) << file.name;
  }
}

TEST_P(ReaderContract, EveryByteFlippedIsAnErrorOrData) {
  write_all(false);
  for (const File& file : GetParam().files) {
    for (std::size_t at = 0; at<file.content.size(); at += file.content.size()> 1000 ? 101 : 1)
      for (const int mask : {0x01, 0x10, 0x80, 0xff}) {
        std::string flipped = file.content;
        flipped[at] = static_cast<char>(flipped[at] ^ mask);
        dir_.write(file.name, flipped);
        loads();
      }
    dir_.write(file.name, file.content);
  }
}

TEST_P(ReaderContract, RandomBytesAreAnErrorOrData) {
  core::CounterRandom random(1, core::Purpose::data);
  write_all(false);
  for (const File& file : GetParam().files) {
    for (const std::uint32_t size : {1U, 7U, 16U, 100U, 3073U, 5000U}) {
      std::string garbage;
      for (std::uint32_t k = 0; k < size; ++k) garbage += static_cast<char>(random.next_below(256));
      dir_.write(file.name, garbage);
      loads();
    }
    dir_.write(file.name, file.content);
  }
}

TEST_P(ReaderContract, MissingFilesAndDirectoriesInTheirPlaceAreErrors) {
  EXPECT_FALSE(loads());
  for (const File& file : GetParam().files) std::filesystem::create_directory(dir_.path(file.name));
  EXPECT_FALSE(loads());
}

TEST_P(ReaderContract, UnknownOptionsAreNamed) {
  write_all(false);
  EXPECT_THAT(error_of(GetParam().scheme + ":" + dir_.path(GetParam().uri_path) + "?colour=red"),
              testing::HasSubstr("unknown option 'colour'"));
}

INSTANTIATE_TEST_SUITE_P(Readers, ReaderContract, testing::ValuesIn(samples()),
                         [](const auto& sample) { return sample.param.scheme; });

TEST(Readers, EachFileOfTheFolderIsRegisteredAndHasASample) {
  std::vector<std::string> files, registered, sampled{"synthetic"};
  for (const auto& entry : std::filesystem::directory_iterator(DESCENT_SOURCE_DIR "/src/data/readers"))
    files.push_back(entry.path().stem().string());
  for (const auto& entry : ReaderRegistry::instance().entries()) {
    registered.push_back(std::filesystem::path(entry.file).stem().string());
    EXPECT_EQ(entry.name, registered.back());
    EXPECT_THAT(std::string(entry.make({})->syntax()), testing::StartsWith(entry.name + ":"));
  }
  for (const Sample& sample : samples()) sampled.push_back(sample.scheme);
  EXPECT_THAT(registered, testing::UnorderedElementsAreArray(files));
  EXPECT_THAT(sampled, testing::UnorderedElementsAreArray(files));
}

}  // namespace
}  // namespace descent::data::test
