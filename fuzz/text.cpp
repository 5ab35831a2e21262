// Feeds arbitrary text to what parses the command line's little languages.
#include <string_view>

#include "descent/core/error.hpp"
#include "descent/data/source.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  descent::parse_real(text);
  descent::parse_integer(text);
  descent::split_outside_brackets(text, ',');
  try {
    descent::parse_arguments(text);
  } catch (const descent::UsageError&) {
  }
  try {
    const descent::DataUri uri = descent::parse_data_uri(text);
    uri.get_count("n", 1);
    uri.get_real("x", 1);
  } catch (const descent::UsageError&) {
  }
  return 0;
}
