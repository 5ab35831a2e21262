// IDX, the format of MNIST and its kin. Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits": two
// zero bytes, the element type (8: unsigned byte), the number of dimensions, each dimension as 32 bits big-endian, then
// the elements.
#include <fmt/format.h>

#include <filesystem>

#include "data/file.hpp"
#include "descent/data/byte_rows.hpp"
#include "descent/data/source.hpp"

namespace descent::data {
namespace {

struct IdxFile {
  std::string path, content;
  std::vector<std::size_t> shape;
  std::size_t header = 0, row_bytes = 1;  // bytes of one example
  bool wide = false;                      // labels of QMNIST: 32-bit numbers, the first of each row is the class

  std::int64_t label(std::size_t i) const noexcept {
    if (!wide) return *row(i);
    std::uint32_t bits = 0;
    for (std::size_t b = 0; b < 4; ++b) bits = bits << 8 | row(i)[b];
    return static_cast<std::int32_t>(bits);
  }
  const unsigned char* row(std::size_t i) const noexcept {
    return reinterpret_cast<const unsigned char*>(content.data()) + header + i * row_bytes;
  }
};

std::size_t byte_at(const std::string& content, std::size_t i) noexcept {
  return static_cast<unsigned char>(content[i]);
}

/// images: bytes in 2 to 4 dimensions; else labels: bytes in one dimension, or 32-bit numbers in one or two.
IdxFile read_idx(const std::string& path, bool images) {
  IdxFile file{path, read_file(path), {}};
  const std::string& content = file.content;
  const char* expected = images ? "00 00 08 03 for images" : "00 00 08 01 for labels";
  if (content.size() < 4)
    throw core::InputError(fmt::format("{}: {} bytes; expected an IDX header, {}", path, content.size(), expected));
  const std::size_t dimensions = byte_at(content, 3);
  const std::size_t type = byte_at(content, 2);
  file.wide = !images && type == 0x0c;
  const bool fits = images      ? dimensions >= 2 && dimensions <= 4
                    : file.wide ? dimensions >= 1 && dimensions <= 2
                                : dimensions == 1;
  if (byte_at(content, 0) != 0 || byte_at(content, 1) != 0 || (type != 8 && !file.wide) || !fits)
    throw core::InputError(fmt::format("{}: magic number {:02x} {:02x} {:02x} {:02x}; expected {}", path,
                                       byte_at(content, 0), byte_at(content, 1), byte_at(content, 2), dimensions,
                                       expected));
  file.header = 4 + 4 * dimensions;
  if (content.size() < file.header)
    throw core::InputError(fmt::format("{}: {} bytes; expected a header of {}", path, content.size(), file.header));
  std::size_t bytes = file.wide ? 4 : 1;
  file.row_bytes = bytes;
  bool too_large = false;
  for (std::size_t k = 0; k < dimensions; ++k) {
    std::size_t extent = 0;
    for (std::size_t b = 0; b < 4; ++b) extent = extent << 8 | byte_at(content, 4 + 4 * k + b);
    file.shape.push_back(extent);
    too_large |= __builtin_mul_overflow(bytes, extent, &bytes);
    if (k > 0) too_large |= __builtin_mul_overflow(file.row_bytes, extent, &file.row_bytes);
  }
  if (too_large || bytes != content.size() - file.header)
    throw core::InputError(fmt::format("{}: {} bytes follow the header; expected {} for its {} items", path,
                                       core::with_thousands(content.size() - file.header),
                                       too_large ? "far more" : core::with_thousands(bytes),
                                       fmt::join(file.shape, " x ")));
  if (bytes == 0)
    throw core::InputError(fmt::format("{}: {} items; expected at least one", path, fmt::join(file.shape, " x ")));
  return file;
}

/// The file called "train-images-idx3-ubyte" after the prefix, also with a dot before "idx" as some copies have it;
/// labels may be "train-labels-idx2-int" as QMNIST has them.
std::optional<std::string> find_idx(const std::string& directory, const std::string& stem, char dimensions) {
  for (const std::string& kind : {fmt::format("idx{}-ubyte", dimensions), std::string("idx2-int")})
    for (const char separator : {'-', '.'})
      if (dimensions == '1' || kind.ends_with("ubyte"))
        if (auto path = find_plain_or_gzip(directory, stem + separator + kind)) return path;
  return std::nullopt;
}

/// "; prefix=qmnist- would take qmnist-train-images-idx3-ubyte.gz" where such a file is in the folder.
std::string prefix_hint(const std::string& directory) {
  std::error_code error;
  for (std::filesystem::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    const std::size_t stem = name.find("train-images");
    if (stem != std::string::npos && stem > 0 && name.find("idx3-ubyte", stem) != std::string::npos)
      return fmt::format(" (prefix={} in the URI would take {})", name.substr(0, stem), data::quoted(name));
  }
  return "";
}

class IdxReader : public Reader {
 public:
  std::string_view syntax() const noexcept override { return "idx:DIR[?prefix=P]"; }

  std::vector<std::string> files(const DataUri& uri) const override {
    std::vector<std::string> files;
    for (const char* part : {"train", "t10k", "test"})
      for (const char* kind : {"-images", "-labels"}) {
        const std::string stem = uri.get("prefix") + part + kind;
        const char dimensions = kind[1] == 'i' ? '3' : '1';
        files.push_back(find_idx(uri.path, stem, dimensions)
                            .value_or(fmt::format("{}/{}-idx{}-ubyte", uri.path, stem, dimensions)));
      }
    return files;
  }

  RawData read(const DataUri& uri) const override {
    uri.expect_only({"prefix"});
    const std::string expected = "a directory with train-images-idx3-ubyte[.gz] and train-labels-idx1-ubyte[.gz]";
    expect_directory(uri.path, expected);
    const std::string prefix = uri.get("prefix");
    RawData data;
    data.name = name_of_path(uri.path);
    data.image_bytes = true;
    std::vector<std::size_t> shape;
    if (!read_part(uri.path, prefix + "train", shape, data.training))
      throw core::InputError(fmt::format("{}: {}train-images-idx3-ubyte is not there{}; expected {}", uri.path, prefix,
                                         prefix_hint(uri.path), expected));
    std::string image = fmt::format("{}", fmt::join(shape.begin() + 1, shape.end(), " x "));
    data.notes.push_back(fmt::format("{} images of {} bytes", core::with_thousands(shape[0]), image));
    for (const char* test : {"t10k", "test"})  // EMNIST calls its test part "test"
      if (data.test.labels.empty() && read_part(uri.path, prefix + test, shape, data.test))
        data.notes.push_back(fmt::format("test part: {} images", core::with_thousands(data.test.labels.size())));
    return data;
  }

 private:
  /// False when the part is not there. `shape` is that of the images before, if there are any: theirs must be the same.
  static bool read_part(const std::string& directory, const std::string& stem, std::vector<std::size_t>& shape,
                        RawPart& part) {
    const auto images_path = find_idx(directory, stem + "-images", '3');
    const auto labels_path = find_idx(directory, stem + "-labels", '1');
    if (!images_path && !labels_path) return false;
    if (!images_path || !labels_path)
      throw core::InputError(fmt::format("{}: {} has no {} beside it; expected both", directory,
                                         images_path ? *images_path : *labels_path, images_path ? "labels" : "images"));
    const IdxFile labels = read_idx(*labels_path, false);
    const IdxFile images = read_idx(*images_path, true);
    const std::size_t n = images.shape[0];
    if (labels.shape[0] != n)
      throw core::InputError(fmt::format("{}: {} labels; expected one for each of the {} images of {}", *labels_path,
                                         core::with_thousands(labels.shape[0]), core::with_thousands(n), *images_path));
    if (!shape.empty() && !std::equal(shape.begin() + 1, shape.end(), images.shape.begin() + 1, images.shape.end()))
      throw core::InputError(fmt::format("{}: images of {}; expected {} as in training", *images_path,
                                         fmt::join(images.shape.begin() + 1, images.shape.end(), " x "),
                                         fmt::join(shape.begin() + 1, shape.end(), " x ")));
    if (shape.empty()) shape = images.shape;
    part.file = *labels_path;
    core::Matrix<std::uint8_t> rows = byte_matrix(*images_path, n, images.row_bytes);
    part.labels.reserve(n);
    for (std::size_t i = 0; i < n; ++i) {
      std::copy_n(images.row(i), images.row_bytes, rows.row(i));
      part.labels.push_back(std::to_string(labels.label(i)));
    }
    part.features = Features(std::make_unique<ByteRows>(std::move(rows)));
    return true;
  }
};

const core::Registration<Reader> registration{
    "idx", [](const core::Arguments&) -> std::unique_ptr<Reader> { return std::make_unique<IdxReader>(); }};

}  // namespace
}  // namespace descent::data
