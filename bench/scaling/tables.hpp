#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "scaling/measure.hpp"
#include "scaling/predict.hpp"

namespace descent::bench {

/// A prediction beside what was measured of the same batch and threads, if anything was.
struct Compared {
  Prediction predicted;
  std::vector<StepTime> measured;  ///< with each sharing
  const StepTime* fastest() const;
  const StepTime* with(engine::Sharing sharing) const;
  /// Measured over predicted seconds, both with the sharing that is predicted to be chosen; 0: not measured.
  double ratio() const;
  /// Is the ratio or its inverse above `band`?
  bool outside(double band) const;
};

/// All that the program found out.
struct Findings {
  Costs costs;
  Assumptions assumed;
  std::string topology;  ///< as hwloc takes it; "": this machine
  double band = 1.5;
  std::map<int, record::Roof> predicted_roofs, measured_roofs;  ///< by threads
  std::map<int, std::optional<std::size_t>> rows_from;          ///< by threads
  std::vector<Compared> cells;
};

/// For people, in Markdown.
std::string markdown(const Findings& findings);
nlohmann::json to_json(const Findings& findings);
/// Reads back the costs of such a JSON. Throws InputError.
Costs costs_from_json(const nlohmann::json& json, const std::string& place);

}  // namespace descent::bench
