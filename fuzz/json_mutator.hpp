#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace descent::fuzz {

using Json = nlohmann::ordered_json;

// JSON with random changes of bytes is refused by every parser. So this mutator changes values of a document that
// parses, and the input reaches the code behind the parser.

/// Every value in a document, and the document itself.
inline void collect(Json& json, std::vector<Json*>& values) {
  values.push_back(&json);
  if (json.is_structured())
    for (Json& element : json) collect(element, values);
}

inline Json odd_value(std::mt19937& random, const Json& old, const std::vector<Json*>& values) {
  static constexpr double kNumbers[] = {0, -0.0, 1, -1, 0.5, 1e-320, 1e308, -1e308, 1e16, 1e-9, 3, 64};
  static constexpr std::int64_t kWholes[] = {0, 1, -1, 2, 3, 7, 1 << 20, INT32_MAX, INT64_MAX, INT64_MIN, 64};
  static constexpr std::string_view kTexts[] = {"", "a", "\x1b[31m", "<script>", "=1+1", "-1", "x/y/z", "\n", "é"};
  const auto pick = [&](const auto& list) { return list[random() % std::size(list)]; };
  switch (random() % 6) {
    case 0:
      return Json(pick(kTexts));
    case 1:
      return Json();
    case 2:
      return *values[random() % values.size()];
    default:
      if (old.is_string()) return Json(pick(kTexts));
      if (old.is_number_integer()) return Json(pick(kWholes));
      if (old.is_number()) return Json(pick(kNumbers));
      if (old.is_boolean()) return Json(!old.get<bool>());
      return old;
  }
}

/// Changes one to four values, drops or doubles elements.
inline void mutate(Json& document, std::mt19937& random) {
  for (unsigned left = 1 + random() % 4; left > 0; --left) {
    std::vector<Json*> values;
    collect(document, values);
    Json& value = *values[random() % values.size()];
    if (value.is_array() && !value.empty()) {
      const std::size_t at = random() % value.size();
      const Json copy = value[at];
      if (random() % 2 == 0)
        value.erase(at);
      else
        value.insert(value.begin() + static_cast<std::ptrdiff_t>(at), copy);
    } else if (!value.is_object()) {
      Json odd = odd_value(random, value, values);
      value = std::move(odd);
    } else if (!value.empty() && random() % 8 == 0) {
      auto member = value.begin();
      std::advance(member, random() % value.size());
      value.erase(member);
    }
  }
}

/// What LLVMFuzzerCustomMutator does for one document. Bytes are changed where it does not parse, and sometimes
/// otherwise.
inline std::size_t mutate_document(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
  std::mt19937 random(seed);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Json document = Json::parse(text, nullptr, false);
  if (document.is_discarded() || random() % 32 == 0) return LLVMFuzzerMutate(data, size, most);
  mutate(document, random);
  const std::string changed = document.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (changed.size() > most) return LLVMFuzzerMutate(data, size, most);
  std::copy(changed.begin(), changed.end(), data);
  return changed.size();
}

}  // namespace descent::fuzz
