#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "descent/core/registry.hpp"
#include "descent/data/dataset.hpp"

namespace descent::data {

/// A data URI taken apart: "libsvm:FILE?test=FILE&features=N". In names '?', '&' and '%' are written %3F, %26 and %25.
struct DataUri {
  std::string text, scheme, path;
  std::map<std::string, std::string, std::less<>> query;

  std::string get(std::string_view key, std::string_view fallback = "") const;
  std::string get_file(std::string_view key) const;                         ///< throws UsageError where it is empty
  std::size_t get_count(std::string_view key, std::size_t fallback) const;  ///< throws UsageError
  double get_real(std::string_view key, double fallback) const;             ///< throws UsageError
  void expect_only(std::initializer_list<std::string_view> known) const;    ///< throws UsageError, nearest key
};
DataUri parse_data_uri(std::string_view text);  ///< throws UsageError
/// Of a URI whose path is one file, with perhaps another for the test part.
std::vector<std::string> file_and_test(const DataUri& uri);

/// What a reader returns before preprocessing: raw features, stored as is nearest to the format, and labels as the file
/// spells them.
struct RawPart {
  Features features;
  std::vector<std::string> labels;  ///< (n,)
  std::string file;                 ///< where the labels stand, for messages
  std::vector<std::size_t> lines;   ///< (n,) line of each row in a text file, else empty
};
struct RawData {
  std::string name;
  RawPart training, test;    ///< test.labels is empty when the source has no test part
  bool image_bytes = false;  ///< values 0 … 255 of images: divided by 255 unless told otherwise
  std::string label_column;  ///< of a table: which one has the labels, for people ("'kind', column 3 of 3"); else ""
  std::vector<std::string> notes;
};

class Reader {
 public:
  virtual ~Reader() = default;
  virtual std::string_view syntax() const noexcept = 0;  ///< for `descent list`: "idx:DIR[?prefix=P]"
  /// Throws InputError naming file and place, UsageError for a wrong URI.
  virtual RawData read(const DataUri& uri) const = 0;
  /// The files that read() would open, and where they are not there those that it would look for. Opens none.
  virtual std::vector<std::string> files(const DataUri& uri) const = 0;
};
using ReaderRegistry = core::Registry<Reader>;

/// The files of a data URI, whatever its reader. Throws UsageError for a wrong URI.
std::vector<std::string> files_of(std::string_view uri);

/// The steps of "unit,center", checked. "none" and "" give no step. Throws UsageError for an unknown or repeated one.
std::vector<std::string> parse_preprocess(std::string_view text);
std::vector<std::string> preprocess_names();

struct LoadOptions {
  /// Comma list of unit, center, standardise, in that order of work; "none"; "" is the source's default.
  std::string preprocess = "";
  bool bias = true;  ///< append a constant feature 1
  /// In [0, 1): this share of the training rows, at random (seed 0), where the source has no test part.
  double validation_fraction = 0;
  /// The storage kind of the rows, a name of StorageRegistry.
  std::string storage = std::string(kDenseStorage);
  std::string stored_for = "";  ///< who reads that kind, for messages: "engine exact8"
};

/// Reads, maps labels (numbers sort as numbers, texts bytewise), preprocesses with statistics of the training part,
/// splits, appends the bias, hashes. The hash is of the values as float32, whatever stores them. Throws InputError on
/// NaN, infinity, one class only, no rows, label unseen in training, rows that the storage cannot hold.
Split load(std::string_view uri, const LoadOptions& options);

/// The default data: synthetic, embedded. A linear softmax gets 87 % of the validation rows right.
inline constexpr std::string_view kDefaultData =
    "synthetic:blobs?n=8192&d=64&classes=10&separation=3&noise=0.02&condition=300&seed=1&test=2048";

}  // namespace descent::data
