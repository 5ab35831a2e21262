// CIFAR-10, binary version. Source: Krizhevsky, https://www.cs.toronto.edu/~kriz/cifar.html: records of one label byte,
// 0 to 9, and 3,072 bytes of a 32 x 32 image: red, green, blue plane, each row by row.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "data/file.hpp"
#include "descent/data/byte_rows.hpp"
#include "descent/data/source.hpp"

namespace descent::data {
namespace {
namespace fs = std::filesystem;

constexpr std::size_t kPixels = 3072, kRecordBytes = 1 + kPixels;
constexpr int kClasses = 10;

/// The number in "data_batch_10.bin", so that it comes after 9.
std::size_t batch_number(const std::string& name) {
  const std::size_t first = name.find_first_of("0123456789");
  if (first == std::string::npos) return 0;
  const std::size_t last = std::min(name.find_first_not_of("0123456789", first), first + 18);
  return static_cast<std::size_t>(core::parse_integer(std::string_view(name).substr(first, last - first)).value_or(0));
}

/// The files PREFIX*.bin and PREFIX*.bin.gz of a directory, in order; of a file that is there both ways, the plain one.
/// A folder of such a name may hold the file.
std::vector<std::string> find_batches(const std::string& directory, std::string_view prefix) {
  std::vector<std::string> names;  // without .gz
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    std::string name = at->path().filename().string();
    if (name.ends_with(".gz")) name.resize(name.size() - 3);
    if (name.starts_with(prefix) && name.ends_with(".bin")) names.push_back(name);
  }
  std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
    return std::pair(batch_number(a), a) < std::pair(batch_number(b), b);
  });
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::vector<std::string> paths;
  for (const std::string& name : names)
    if (auto path = find_plain_or_gzip(directory, name)) paths.push_back(std::move(*path));
  return paths;
}

/// The training batches that a URI asks for: all that are there, or the first of them.
std::vector<std::string> training_batches(const DataUri& uri) {
  std::vector<std::string> batches = find_batches(uri.path, "data_batch_");
  const std::size_t wanted = uri.get_count("batches", batches.size());
  if (wanted < batches.size()) batches.resize(std::max<std::size_t>(1, wanted));
  return batches;
}

/// All files' records, one after the other. Notes what each file held.
RawPart read_batches(const std::vector<std::string>& paths, std::vector<std::string>& notes) {
  std::vector<std::string> contents;
  std::size_t rows = 0;
  for (const std::string& path : paths) {
    contents.push_back(read_file(path));
    const std::size_t bytes = contents.back().size();
    if (bytes % kRecordBytes != 0)
      throw core::InputError(fmt::format("{}: {} bytes, {} more than whole records; expected a multiple of {}", path,
                                         core::with_thousands(bytes), bytes % kRecordBytes, kRecordBytes));
    notes.push_back(
        fmt::format("{}: {} images", fs::path(path).filename().string(), core::with_thousands(bytes / kRecordBytes)));
    rows += bytes / kRecordBytes;
  }
  RawPart part;
  part.file = paths.front();
  core::Matrix<std::uint8_t> bytes = byte_matrix(paths.front(), rows, kPixels);
  part.labels.reserve(rows);
  for (std::size_t f = 0; f < paths.size(); ++f) {
    const auto* record = reinterpret_cast<const unsigned char*>(contents[f].data());
    for (std::size_t i = 0; i < contents[f].size() / kRecordBytes; ++i, record += kRecordBytes) {
      if (record[0] >= kClasses)
        throw core::InputError(fmt::format("{}: image {}: label {}; expected 0 to 9", paths[f], i + 1, record[0]));
      std::copy_n(record + 1, kPixels, bytes.row(part.labels.size()));
      part.labels.push_back(std::to_string(record[0]));
    }
    contents[f] = std::string();
  }
  part.features = Features(std::make_unique<ByteRows>(std::move(bytes)));
  return part;
}

class Cifar10Reader : public Reader {
 public:
  std::string_view syntax() const noexcept override { return "cifar10:DIR[?batches=N]"; }

  std::vector<std::string> files(const DataUri& uri) const override {
    std::vector<std::string> files = training_batches(uri);
    const std::vector<std::string> test = find_batches(uri.path, "test_batch");
    files.insert(files.end(), test.begin(), test.end());
    return files;
  }

  RawData read(const DataUri& uri) const override {
    uri.expect_only({"batches"});
    expect_directory(uri.path, "a directory with data_batch_*.bin[.gz]");
    const std::vector<std::string> training = training_batches(uri);
    const std::vector<std::string> test = find_batches(uri.path, "test_batch");
    if (training.empty())
      throw core::InputError(fmt::format("{}: no data_batch_*.bin[.gz] in it; expected at least one", uri.path));
    const std::size_t wanted = uri.get_count("batches", training.size());
    if (wanted < 1 || wanted > training.size())
      throw core::UsageError(fmt::format("{}: batches={}: found {} batches; expected a number from 1 to that", uri.text,
                                         wanted, training.size()));
    RawData data;
    data.name = name_of_path(uri.path);
    data.image_bytes = true;
    data.training = read_batches(training, data.notes);
    if (!test.empty()) data.test = read_batches(test, data.notes);
    return data;
  }
};

const core::Registration<Reader> registration{
    "cifar10", [](const core::Arguments&) -> std::unique_ptr<Reader> { return std::make_unique<Cifar10Reader>(); }};

}  // namespace
}  // namespace descent::data
