// Feeds arbitrary files to one reader: URI names them, FILES lists them. Anything but data or an InputError is a find.
#include <fuzzer/FuzzedDataProvider.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "descent/data/source.hpp"

namespace {

/// Works in a directory of its own, so that relative names in the URI are enough.
void enter_own_directory() {
  std::string path = (std::filesystem::temp_directory_path() / "descent-fuzz-XXXXXX").string();
  if (!mkdtemp(path.data())) std::abort();
  std::filesystem::current_path(path);
  static const std::string directory = path;
  std::atexit([] { std::filesystem::remove_all(directory); });
}

void check(const descent::Dataset& data) {
  for (std::size_t i = 0; i < data.rows(); ++i) {
    if (data.labels[i] < 0 || data.labels[i] >= data.classes) std::abort();
    for (const float x : data.features.view().row_span(i))
      if (!std::isfinite(x)) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  enter_own_directory();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  FuzzedDataProvider input(bytes, size);
  const std::vector<std::string_view> files = descent::split(FILES, ',');
  for (std::size_t k = 0; k < files.size(); ++k) {
    const std::string content =
        k + 1 == files.size() ? input.ConsumeRemainingBytesAsString() : input.ConsumeRandomLengthString();
    std::ofstream(std::string(files[k]), std::ios::binary | std::ios::trunc) << content;
  }
  try {
    const descent::Split split = descent::load(URI, {});
    check(split.training);
    check(split.validation);
  } catch (const descent::InputError&) {
  }
  return 0;
}
