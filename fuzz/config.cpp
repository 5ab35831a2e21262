// Feeds arbitrary text to the reader of --config, and the settings that it accepts to the options of a run. Any result
// other than settings or one of the program's own errors is a fault.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "app/run_options.hpp"
#include "descent/core/error.hpp"

namespace {

const std::string& path() {
  static const std::string made = [] {
    std::string name = (std::filesystem::temp_directory_path() / "descent-config-XXXXXX").string();
    const int file = mkstemp(name.data());
    if (file < 0) std::abort();
    close(file);
    return name;
  }();
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  path();
  std::atexit([] { std::filesystem::remove(path()); });
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::ofstream(path(), std::ios::binary | std::ios::trunc)
      .write(reinterpret_cast<const char*>(bytes), static_cast<std::streamsize>(size));
  try {
    descent::app::options_of(descent::app::read_config_file(path()));
  } catch (const descent::core::InputError&) {
  } catch (const descent::core::UsageError&) {
  }
  return 0;
}
