#include "sweep/journal/encode.hpp"

#include <cstring>
#include <nlohmann/json.hpp>
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

template <class T>
Json tree_of(const T& record) {
  return record::to_json(record);
}
template <class T>
T from_tree(const Json& json) {
  return record::from_json<T>(json, "journal");
}

template <class T>
Json encode_all(const std::vector<T>& records) {
  Json result = Json::array();
  for (const T& record : records) result.push_back(tree_of(record));
  return result;
}

template <class T>
std::vector<T> decode_all(const Json& json) {
  std::vector<T> result;
  for (const Json& record : json) result.push_back(from_tree<T>(record));
  return result;
}

Json encode_cell(const TimingCell& cell) {
  Json phases = Json::array();
  for (const TimingPhase& phase : cell.phases) phases.push_back({phase.label, phase.step, phase.weights});
  return {{"cell", encode(cell.cell)}, {"loss", cell.loss}, {"schedule", cell.schedule},   {"lr", cell.lr},
          {"seed", cell.seed},         {"twin", cell.twin}, {"next_step", cell.next_step}, {"phases", phases}};
}

TimingCell decode_cell(const Json& json) {
  TimingCell cell;
  cell.cell = decode<record::Cell>(json.at("cell"));
  cell.loss = json.at("loss");
  cell.schedule = json.at("schedule");
  cell.lr = json.at("lr");
  cell.seed = json.at("seed");
  cell.twin = json.at("twin");
  cell.next_step = json.at("next_step");
  for (const Json& phase : json.at("phases")) cell.phases.push_back({phase.at(0), phase.at(1), phase.at(2)});
  return cell;
}

Json tree_of(const SolvedPiece& piece) { return {{"record", tree_of(piece.record)}, {"weights", piece.weights}}; }

template <>
SolvedPiece from_tree<SolvedPiece>(const Json& json) {
  return {from_tree<record::Workload>(json.at("record")), json.at("weights")};
}

Json tree_of(const MomentsPiece& piece) {
  return {{"moments", encode_all(piece.moments)}, {"seconds", piece.seconds}, {"exact_seconds", piece.exact_seconds}};
}

template <>
MomentsPiece from_tree<MomentsPiece>(const Json& json) {
  return {decode_all<record::Moment>(json.at("moments")), json.at("seconds"), json.at("exact_seconds")};
}

Json tree_of(const FloorPiece& piece) { return {{"record", tree_of(piece.record)}, {"seconds", piece.seconds}}; }

template <>
FloorPiece from_tree<FloorPiece>(const Json& json) {
  return {from_tree<record::FloorRun>(json.at("record")), json.at("seconds")};
}

Json tree_of(const TrialPiece& piece) {
  const TrialResult& result = piece.result;
  Json json{{"status", result.status},
            {"steps", result.steps},
            {"final_loss", result.final_loss},
            {"train_seconds", piece.train_seconds},
            {"evaluate_seconds", piece.evaluate_seconds}};
  if (result.steps_to_target) json["steps_to_target"] = *result.steps_to_target;
  return json;
}

template <>
TrialPiece from_tree<TrialPiece>(const Json& json) {
  TrialPiece piece;
  piece.result.status = json.at("status");
  piece.result.steps = json.at("steps");
  piece.result.final_loss = json.at("final_loss").is_number() ? json.at("final_loss").get<double>() : 0;
  if (json.contains("steps_to_target")) piece.result.steps_to_target = json.at("steps_to_target").get<double>();
  piece.train_seconds = json.at("train_seconds");
  piece.evaluate_seconds = json.at("evaluate_seconds");
  return piece;
}

Json tree_of(const TrainedPiece& piece) {
  Json snapshots = Json::array();
  for (const Snapshot& snapshot : piece.snapshots)
    snapshots.push_back({{"label", snapshot.label}, {"step", snapshot.step}, {"weights", to_hex(snapshot.weights)}});
  return {{"record", tree_of(piece.record)}, {"snapshots", snapshots}};
}

template <>
TrainedPiece from_tree<TrainedPiece>(const Json& json) {
  TrainedPiece piece{from_tree<record::Trajectory>(json.at("record")), {}};
  for (const Json& snapshot : json.at("snapshots"))
    piece.snapshots.push_back({snapshot.at("label"), snapshot.at("step"), from_hex(snapshot.at("weights"))});
  return piece;
}

Json tree_of(const TimingOrder& order) {
  Json cells = Json::array(), weights = Json::array();
  for (const TimingCell& cell : order.cells) cells.push_back(encode_cell(cell));
  for (const std::vector<float>& vector : order.weights) weights.push_back(to_hex(vector));
  return {{"data", order.data},
          {"content_hash", order.content_hash},
          {"preprocess", order.load.preprocess},
          {"bias", order.load.bias},
          {"validation_fraction", order.load.validation_fraction},
          {"storage", order.load.storage},
          {"model", order.model},
          {"l2", order.l2},
          {"pin", order.team.pin},
          {"spread", order.team.placement == machine::Placement::spread},
          {"oversubscribe", order.team.oversubscribe},
          {"invocation", order.invocation},
          {"blocks", order.blocks},
          {"schedule_of_work", order.schedule_of_work},
          {"l2_bytes", order.l2_bytes},
          {"roofs", encode_all(order.roofs)},
          {"min_seconds", order.min_seconds},
          {"weights", weights},
          {"cells", cells}};
}

template <>
TimingOrder from_tree<TimingOrder>(const Json& json) {
  TimingOrder order;
  order.data = json.at("data");
  order.content_hash = json.at("content_hash");
  order.load.preprocess = json.at("preprocess");
  order.load.bias = json.at("bias");
  order.load.validation_fraction = json.at("validation_fraction");
  order.load.storage = json.at("storage");
  order.model = json.at("model");
  order.l2 = json.at("l2");
  order.team.pin = json.at("pin");
  order.team.placement = json.at("spread").get<bool>() ? machine::Placement::spread : machine::Placement::compact;
  order.team.oversubscribe = json.at("oversubscribe");
  order.invocation = json.at("invocation");
  order.blocks = json.at("blocks");
  order.schedule_of_work = json.at("schedule_of_work");
  order.l2_bytes = json.at("l2_bytes");
  order.roofs = decode_all<record::Roof>(json.at("roofs"));
  order.min_seconds = json.at("min_seconds");
  for (const Json& vector : json.at("weights")) order.weights.push_back(from_hex(vector));
  for (const Json& cell : json.at("cells")) order.cells.push_back(decode_cell(cell));
  return order;
}

Json tree_of(const TimingResult& result) {
  return {{"invocation", tree_of(result.invocation)},
          {"sentinels", encode_all(result.sentinels)},
          {"timings", encode_all(result.timings)},
          {"first_steps", result.first_steps},
          {"next_steps", result.next_steps}};
}

template <>
TimingResult from_tree<TimingResult>(const Json& json) {
  return {from_tree<record::Invocation>(json.at("invocation")), decode_all<record::Sentinel>(json.at("sentinels")),
          decode_all<record::Timing>(json.at("timings")), json.at("first_steps"), json.at("next_steps")};
}

Json tree_of(const CheckPiece& piece) {
  return {{"hash", piece.hash}, {"steps", piece.steps}, {"train_seconds", piece.train_seconds}};
}

template <>
CheckPiece from_tree<CheckPiece>(const Json& json) {
  return {json.at("hash"), json.at("steps"), json.at("train_seconds")};
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
