#include "sweep/journal/encode.hpp"

#include <concepts>
#include <cstring>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <vector>

#include "descent/core/error.hpp"
#include "descent/record/json.hpp"

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

// The one list of each piece's members: writing and reading walk it, as record's fields do for what a report holds.
// visit_fields(piece, visit) calls visit("name", piece.name) for each.

template <class T, class U>
concept Of = std::same_as<std::remove_const_t<T>, U>;

template <class Visitor>
void visit_fields(Of<Snapshot> auto& snapshot, Visitor&& visit) {
  visit("label", snapshot.label), visit("step", snapshot.step), visit("weights", snapshot.weights);
}
template <class Visitor>
void visit_fields(Of<SolvedPiece> auto& piece, Visitor&& visit) {
  visit("record", piece.record), visit("weights", piece.weights);
}
template <class Visitor>
void visit_fields(Of<MomentsPiece> auto& piece, Visitor&& visit) {
  visit("moments", piece.moments), visit("seconds", piece.seconds), visit("exact_seconds", piece.exact_seconds);
}
template <class Visitor>
void visit_fields(Of<FloorPiece> auto& piece, Visitor&& visit) {
  visit("record", piece.record), visit("seconds", piece.seconds), visit("longer_seconds", piece.longer_seconds);
}
template <class Visitor>
void visit_fields(Of<TrialResult> auto& result, Visitor&& visit) {
  visit("status", result.status), visit("steps", result.steps), visit("steps_to_target", result.steps_to_target);
  visit("final_loss", result.final_loss), visit("floor_high", result.floor_high);
}
template <class Visitor>
void visit_fields(Of<TrialPiece> auto& piece, Visitor&& visit) {
  visit("result", piece.result);
  visit("train_seconds", piece.train_seconds), visit("evaluate_seconds", piece.evaluate_seconds);
}
template <class Visitor>
void visit_fields(Of<TrainedPiece> auto& piece, Visitor&& visit) {
  visit("record", piece.record), visit("snapshots", piece.snapshots);
}
template <class Visitor>
void visit_fields(Of<CheckPiece> auto& piece, Visitor&& visit) {
  visit("hash", piece.hash), visit("steps", piece.steps), visit("train_seconds", piece.train_seconds);
  visit("mean_seconds", piece.mean_seconds);
}
template <class Visitor>
void visit_fields(Of<TimingPhase> auto& phase, Visitor&& visit) {
  visit("label", phase.label), visit("step", phase.step), visit("weights", phase.weights);
}
template <class Visitor>
void visit_fields(Of<TimingCell> auto& cell, Visitor&& visit) {
  visit("cell", cell.cell), visit("loss", cell.loss), visit("schedule", cell.schedule), visit("twin", cell.twin);
  visit("next_step", cell.next_step), visit("lr", cell.lr), visit("seed", cell.seed), visit("phases", cell.phases);
}
template <class Visitor>
void visit_fields(Of<data::LoadOptions> auto& load, Visitor&& visit) {
  visit("preprocess", load.preprocess), visit("bias", load.bias);
  visit("validation_fraction", load.validation_fraction), visit("storage", load.storage);
}
template <class Visitor>
void visit_fields(Of<machine::TeamOptions> auto& team, Visitor&& visit) {
  visit("threads", team.threads), visit("pin", team.pin), visit("placement", team.placement);
  visit("oversubscribe", team.oversubscribe), visit("backend", team.backend);
}
template <class Visitor>
void visit_fields(Of<TimingOrder> auto& order, Visitor&& visit) {
  visit("data", order.data), visit("content_hash", order.content_hash), visit("load", order.load);
  visit("model", order.model);
  visit("l2", order.l2), visit("team", order.team), visit("invocation", order.invocation);
  visit("blocks", order.blocks), visit("schedule_of_work", order.schedule_of_work);
  visit("l2_bytes", order.l2_bytes), visit("roofs", order.roofs), visit("min_seconds", order.min_seconds);
  visit("weights", order.weights), visit("cells", order.cells);
}
template <class Visitor>
void visit_fields(Of<TimingResult> auto& result, Visitor&& visit) {
  visit("invocation", result.invocation), visit("sentinels", result.sentinels), visit("timings", result.timings);
  visit("first_steps", result.first_steps), visit("next_steps", result.next_steps);
}

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
    return static_cast<T>(json.get<int>());
  } else if constexpr (std::same_as<T, double>) {
    return json.is_null() ? 0
                          : json.get<double>();  // what is not finite is written as null: the loss of a run that failed
  } else if constexpr (Plain<T>) {
    return json.get<T>();
  } else {
    return record::from_json<T>(json, "journal");
  }
}

}  // namespace

template <class T>
std::string encode(const T& piece) {
  return tree_of(piece).dump(-1, ' ', false, Json::error_handler_t::replace);
}

template <class T>
T decode(const std::string& text) {
  return from_tree<T>(Json::parse(text));
}

template <class T>
std::optional<T> decode_object(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  return from_tree<T>(json);
}

#define DESCENT_PIECE(T)                 \
  template std::string encode(const T&); \
  template T decode(const std::string&);
DESCENT_PIECE(SolvedPiece)
DESCENT_PIECE(MomentsPiece)
DESCENT_PIECE(FloorPiece)
DESCENT_PIECE(TrialPiece)
DESCENT_PIECE(TrainedPiece)
DESCENT_PIECE(CheckPiece)
DESCENT_PIECE(TimingOrder)
DESCENT_PIECE(TimingResult)
DESCENT_PIECE(record::DatasetRecord)
DESCENT_PIECE(record::Roof)
#undef DESCENT_PIECE
template std::optional<TimingOrder> decode_object(const std::string&);
template std::optional<TimingResult> decode_object(const std::string&);

}  // namespace descent::sweep
