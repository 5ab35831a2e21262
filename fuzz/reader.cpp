// Feeds arbitrary files to one reader: URI names them ('%' is their directory), FILES lists them. Any result other than
// data or an InputError is a fault.
#include <fuzzer/FuzzedDataProvider.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "descent/data/source.hpp"

namespace {

/// A directory that lives as long as the process.
const std::string& directory() {
  static const std::string path = [] {
    std::string made = (std::filesystem::temp_directory_path() / "descent-fuzz-XXXXXX").string();
    if (!mkdtemp(made.data())) std::abort();
    return made;
  }();
  return path;
}

/// URI with the directory in place of every '%'.
std::string uri() {
  std::string result;
  for (const char c : std::string_view(URI)) result += c == '%' ? directory() : std::string(1, c);
  return result;
}

void check(const descent::data::Dataset& data) {
  for (std::size_t i = 0; i < data.rows(); ++i) {
    if (data.labels[i] < 0 || data.labels[i] >= data.classes) std::abort();
    for (const float x : data.features.row_values(i))
      if (!std::isfinite(x)) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  directory();
  std::atexit([] { std::filesystem::remove_all(directory()); });
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  FuzzedDataProvider input(bytes, size);
  const std::vector<std::string_view> files = descent::core::split(FILES, ',');
  for (std::size_t k = 0; k < files.size(); ++k) {
    const std::string content =
        k + 1 == files.size() ? input.ConsumeRemainingBytesAsString() : input.ConsumeRandomLengthString();
    std::ofstream(directory() + "/" + std::string(files[k]), std::ios::binary | std::ios::trunc) << content;
  }
  try {
    const descent::data::Split split = descent::data::load(uri(), {});
    check(split.training);
    check(split.validation);
  } catch (const descent::core::InputError&) {
  }
  return 0;
}
