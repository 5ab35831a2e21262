#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "descent/record/json.hpp"
#include "sweep/search/training.hpp"
#include "sweep/timing/timing.hpp"

namespace descent::sweep {

// Pieces of work as the journal and the timing processes exchange them. Numbers read back exactly.

template <class T>
nlohmann::json encode(const T& record) {
  return record::to_json(record);
}
template <class T>
T decode(const nlohmann::json& json) {
  return record::from_json<T>(json, "journal");
}

nlohmann::json encode(const SolvedPiece& piece);
nlohmann::json encode(const MomentsPiece& piece);
nlohmann::json encode(const FloorPiece& piece);
nlohmann::json encode(const TrialPiece& piece);
nlohmann::json encode(const TrainedPiece& piece);
nlohmann::json encode(const TimingOrder& order);
nlohmann::json encode(const TimingResult& result);
template <>
SolvedPiece decode<SolvedPiece>(const nlohmann::json& json);
template <>
MomentsPiece decode<MomentsPiece>(const nlohmann::json& json);
template <>
FloorPiece decode<FloorPiece>(const nlohmann::json& json);
template <>
TrialPiece decode<TrialPiece>(const nlohmann::json& json);
template <>
TrainedPiece decode<TrainedPiece>(const nlohmann::json& json);
template <>
TimingOrder decode<TimingOrder>(const nlohmann::json& json);
template <>
TimingResult decode<TimingResult>(const nlohmann::json& json);

}  // namespace descent::sweep
