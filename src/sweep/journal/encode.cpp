#include "sweep/journal/encode.hpp"

#include <cstring>

#include "descent/core/error.hpp"

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
Json encode_all(const std::vector<T>& records) {
  Json result = Json::array();
  for (const T& record : records) result.push_back(encode(record));
  return result;
}

template <class T>
std::vector<T> decode_all(const Json& json) {
  std::vector<T> result;
  for (const Json& record : json) result.push_back(decode<T>(record));
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

}  // namespace

Json encode(const SolvedPiece& piece) { return {{"record", encode(piece.record)}, {"weights", piece.weights}}; }

template <>
SolvedPiece decode<SolvedPiece>(const Json& json) {
  return {decode<record::Workload>(json.at("record")), json.at("weights")};
}

Json encode(const MomentsPiece& piece) {
  return {{"moments", encode_all(piece.moments)}, {"seconds", piece.seconds}, {"exact_seconds", piece.exact_seconds}};
}

template <>
MomentsPiece decode<MomentsPiece>(const Json& json) {
  return {decode_all<record::Moment>(json.at("moments")), json.at("seconds"), json.at("exact_seconds")};
}

Json encode(const FloorPiece& piece) { return {{"record", encode(piece.record)}, {"seconds", piece.seconds}}; }

template <>
FloorPiece decode<FloorPiece>(const Json& json) {
  return {decode<record::FloorRun>(json.at("record")), json.at("seconds")};
}

Json encode(const TrialPiece& piece) {
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
TrialPiece decode<TrialPiece>(const Json& json) {
  TrialPiece piece;
  piece.result.status = json.at("status");
  piece.result.steps = json.at("steps");
  piece.result.final_loss = json.at("final_loss").is_number() ? json.at("final_loss").get<double>() : 0;
  if (json.contains("steps_to_target")) piece.result.steps_to_target = json.at("steps_to_target").get<double>();
  piece.train_seconds = json.at("train_seconds");
  piece.evaluate_seconds = json.at("evaluate_seconds");
  return piece;
}

Json encode(const TrainedPiece& piece) {
  Json snapshots = Json::array();
  for (const Snapshot& snapshot : piece.snapshots)
    snapshots.push_back({{"label", snapshot.label}, {"step", snapshot.step}, {"weights", to_hex(snapshot.weights)}});
  return {{"record", encode(piece.record)}, {"snapshots", snapshots}};
}

template <>
TrainedPiece decode<TrainedPiece>(const Json& json) {
  TrainedPiece piece{decode<record::Trajectory>(json.at("record")), {}};
  for (const Json& snapshot : json.at("snapshots"))
    piece.snapshots.push_back({snapshot.at("label"), snapshot.at("step"), from_hex(snapshot.at("weights"))});
  return piece;
}

Json encode(const TimingOrder& order) {
  Json cells = Json::array(), weights = Json::array();
  for (const TimingCell& cell : order.cells) cells.push_back(encode_cell(cell));
  for (const std::vector<float>& vector : order.weights) weights.push_back(to_hex(vector));
  return {{"data", order.data},
          {"content_hash", order.content_hash},
          {"preprocess", order.load.preprocess},
          {"bias", order.load.bias},
          {"validation_fraction", order.load.validation_fraction},
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
TimingOrder decode<TimingOrder>(const Json& json) {
  TimingOrder order;
  order.data = json.at("data");
  order.content_hash = json.at("content_hash");
  order.load.preprocess = json.at("preprocess");
  order.load.bias = json.at("bias");
  order.load.validation_fraction = json.at("validation_fraction");
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

Json encode(const TimingResult& result) {
  return {{"invocation", encode(result.invocation)},
          {"sentinels", encode_all(result.sentinels)},
          {"timings", encode_all(result.timings)},
          {"first_steps", result.first_steps},
          {"next_steps", result.next_steps}};
}

template <>
TimingResult decode<TimingResult>(const Json& json) {
  return {decode<record::Invocation>(json.at("invocation")), decode_all<record::Sentinel>(json.at("sentinels")),
          decode_all<record::Timing>(json.at("timings")), json.at("first_steps"), json.at("next_steps")};
}

}  // namespace descent::sweep
