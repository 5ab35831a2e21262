#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "data/gzip.hpp"
#include "descent/core/error.hpp"
#include "descent/data/source.hpp"

namespace descent::data::test {

/// A directory of the test's own, which is deleted when the test ends.
class TempDir {
 public:
  TempDir() {
    std::string path = (std::filesystem::temp_directory_path() / "descent-data-XXXXXX").string();
    if (!mkdtemp(path.data())) throw std::runtime_error("mkdtemp");
    path_ = path;
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir() { std::filesystem::remove_all(path_); }

  std::string path(std::string_view name = "") const { return name.empty() ? path_ : path_ + "/" + std::string(name); }
  std::string write(std::string_view name, std::string_view content) const {
    std::ofstream(path(name), std::ios::binary | std::ios::trunc)
        .write(content.data(), static_cast<std::streamsize>(content.size()));
    return path(name);
  }

 private:
  std::string path_;
};

/// An IDX file of unsigned bytes.
inline std::string idx(const std::vector<std::uint32_t>& shape, std::string_view elements) {
  std::string content("\0\0\x08", 3);
  content += static_cast<char>(shape.size());
  for (const std::uint32_t extent : shape)
    for (int shift = 24; shift >= 0; shift -= 8) content += static_cast<char>(extent >> shift & 255);
  return content.append(elements);
}

/// A CIFAR-10 record whose pixels are first, first + 1, … modulo 256.
inline std::string cifar_record(int label, int first) {
  std::string record(1, static_cast<char>(label));
  for (int k = 0; k < 3072; ++k) record += static_cast<char>((first + k) % 256);
  return record;
}

inline RawData read(const std::string& text) {
  const DataUri uri = parse_data_uri(text);
  return ReaderRegistry::instance().make("data scheme", uri.scheme)->read(uri);
}

inline Split load_plain(const std::string& uri) { return load(uri, {.preprocess = "none", .bias = false}); }

/// The one-line message of the InputError or UsageError that reading `uri` throws; "" when it throws none.
inline std::string error_of(const std::string& uri, const LoadOptions& options = {}) {
  try {
    load(uri, options);
  } catch (const core::InputError& error) {
    return error.what();
  } catch (const core::UsageError& error) {
    return error.what();
  }
  return "";
}

}  // namespace descent::data::test
