#include "sweep/journal/encode.hpp"

#include <concepts>
#include <cstring>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <vector>

#include "descent/core/error.hpp"
#include "descent/record/json.hpp"
#include "descent/record/visit_fields.hpp"

namespace descent::sweep {
namespace {

using Json = nlohmann::json;

/// Float32 weights as hexadecimal digits of their bytes, low byte first.
std::string to_hex(const std::vector<float>& weights) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(weights.size() * 8);
  for (const float weight : weights) {
    std::uint32_t bits;
    std::memcpy(&bits, &weight, sizeof bits);
    for (int byte = 0; byte < 4; ++byte, bits >>= 8) {
      text += digits[bits >> 4 & 15];
      text += digits[bits & 15];
    }
  }
  return text;
}

std::uint32_t digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint32_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint32_t>(c - 'a' + 10);
  throw core::InputError(std::string("journal: found '") + c + "' in weights; expected a hexadecimal digit");
}

std::vector<float> from_hex(const std::string& text) {
  std::vector<float> weights(text.size() / 8);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    std::uint32_t bits = 0;
    for (std::size_t byte = 0; byte < 4; ++byte) {
      const char* const at = text.data() + i * 8 + byte * 2;
      bits |= (digit(at[0]) << 4 | digit(at[1])) << (8 * byte);
    }
    std::memcpy(&weights[i], &bits, sizeof bits);
  }
  return weights;
}

// The members of each piece, listed once: writing and reading both use the list, as for the records of a report.

DESCENT_FIELDS(Snapshot, label, step, weights)
DESCENT_FIELDS(SolvedPiece, record, weights, one_start)
DESCENT_FIELDS(MomentsPiece, moments, seconds, exact_seconds)
DESCENT_FIELDS(FloorPiece, record, seconds, longer_seconds)
DESCENT_FIELDS(TrialResult, status, steps, steps_to_target, final_loss, floor_high)
DESCENT_FIELDS(TrialPiece, result, train_seconds, evaluate_seconds)
DESCENT_FIELDS(TrainedPiece, record, snapshots)
DESCENT_FIELDS(RetracedPiece, snapshots, train_seconds)
DESCENT_FIELDS(CurvaturePiece, record)
DESCENT_FIELDS(DemonstrationPiece, record, seconds)
DESCENT_FIELDS(CheckPiece, hash, steps, train_seconds, mean_seconds)
DESCENT_FIELDS(TimingOrigin, label, step, weights)
DESCENT_FIELDS(TimingCell, cell, loss, schedule, twin, next_step, lr, seed, origins)
DESCENT_FIELDS(data::LoadOptions, preprocess, bias, validation_fraction, storage, stored_for)
DESCENT_FIELDS(machine::TeamOptions, threads, pin, placement, oversubscribe, backend)
DESCENT_FIELDS(TimingOrder, data, content_hash, load, model, l2, team, invocation, rounds, sharing, l2_bytes, roofs,
               min_seconds, counters, weights, cells)
DESCENT_FIELDS(TimingResult, invocation, sentinels, timings, first_steps, next_steps)

/// A struct that has its members listed here; other structs are records of a report.
template <class T>
concept Piece = requires(T& piece) {
  visit_fields(piece, [](const char*, auto&) {});
};
template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = true;
template <class T>
concept Plain = std::is_arithmetic_v<T> || std::same_as<T, std::string>;

template <class T>
Json tree_of(const T& value) {
  if constexpr (Piece<T>) {
    Json object = Json::object();
    visit_fields(value, [&](const char* name, const auto& member) { object[name] = tree_of(member); });
    return object;
  } else if constexpr (std::same_as<T, std::vector<float>>) {
    return to_hex(value);
  } else if constexpr (kIsVector<T>) {
    Json array = Json::array();
    for (const auto& element : value) array.push_back(tree_of(element));
    return array;
  } else if constexpr (std::same_as<T, std::optional<double>>) {
    return value ? Json(*value) : Json();
  } else if constexpr (std::is_enum_v<T>) {
    return static_cast<int>(value);
  } else if constexpr (Plain<T>) {
    return value;
  } else {
    return record::to_json(value);
  }
}

template <class T>
T from_tree(const Json& json) {
  if constexpr (Piece<T>) {
    T piece;
    visit_fields(piece, [&]<class M>(const char* name, M& member) { member = from_tree<M>(json.at(name)); });
    return piece;
  } else if constexpr (std::same_as<T, std::vector<float>>) {
    return from_hex(json.get_ref<const std::string&>());
  } else if constexpr (kIsVector<T>) {
    T values;
    for (const Json& element : json) values.push_back(from_tree<typename T::value_type>(element));
    return values;
  } else if constexpr (std::same_as<T, std::optional<double>>) {
    return json.is_null() ? T() : T(json.get<double>());
  } else if constexpr (std::is_enum_v<T>) {
    const int number = json.get<int>();
    if constexpr (record::Words<T>)
      if (number < 0 || static_cast<std::size_t>(number) >= record::words_of<T>().size())
        throw core::InputError("journal: found " + std::to_string(number) + " for a word; expected its number, below " +
                               std::to_string(record::words_of<T>().size()));
    return static_cast<T>(number);
  } else if constexpr (std::same_as<T, double>) {
    return json.is_null() ? 0
                          // a value that is not finite, such as the loss of a failed run, is written as null
                          : json.get<double>();
  } else if constexpr (Plain<T>) {
    return json.get<T>();
  } else {
    return record::from_json<T>(json, "journal");
  }
}

/// from_tree() with errors of the JSON library turned into InputError.
template <class T>
T checked_from_tree(const Json& json) {
  try {
    return from_tree<T>(json);
  } catch (const Json::exception& error) {
    throw core::InputError(std::string("journal: found a piece of work that is damaged (") + error.what() +
                           "); expected one that this program wrote");
  }
}

}  // namespace

template <class T>
std::string encode(const T& piece) {
  return tree_of(piece).dump(-1, ' ', false, Json::error_handler_t::replace);
}

template <class T>
T decode(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) throw core::InputError("journal: found no JSON; expected a piece of work");
  return checked_from_tree<T>(json);
}

template <class T>
std::optional<T> decode_object(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  return checked_from_tree<T>(json);
}

#define DESCENT_PIECE(T)                 \
  template std::string encode(const T&); \
  template T decode(const std::string&);
DESCENT_PIECE(SolvedPiece)
DESCENT_PIECE(MomentsPiece)
DESCENT_PIECE(FloorPiece)
DESCENT_PIECE(TrialPiece)
DESCENT_PIECE(TrainedPiece)
DESCENT_PIECE(RetracedPiece)
DESCENT_PIECE(CurvaturePiece)
DESCENT_PIECE(DemonstrationPiece)
DESCENT_PIECE(CheckPiece)
DESCENT_PIECE(TimingOrder)
DESCENT_PIECE(TimingResult)
DESCENT_PIECE(record::DatasetRecord)
DESCENT_PIECE(record::Roof)
#undef DESCENT_PIECE
template std::optional<TimingOrder> decode_object(const std::string&);
template std::optional<TimingResult> decode_object(const std::string&);

}  // namespace descent::sweep
