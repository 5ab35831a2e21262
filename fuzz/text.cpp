// Feeds arbitrary text to the parsers of the values that options have on the command line.
#include <string_view>

#include "descent/core/error.hpp"
#include "descent/data/source.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  descent::core::parse_real(text);
  descent::core::parse_integer(text);
  descent::core::split_outside_brackets(text, ',');
  try {
    descent::core::parse_arguments(text);
  } catch (const descent::core::UsageError&) {
  }
  try {
    const descent::data::DataUri uri = descent::data::parse_data_uri(text);
    uri.get_count("n", 1);
    uri.get_real("x", 1);
  } catch (const descent::core::UsageError&) {
  }
  return 0;
}
