#include "app/ab/bench_steps.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "descent/core/error.hpp"

namespace descent::app {

AbSeconds step_seconds(const std::string& output, const std::string& place) {
  const auto json = nlohmann::json::parse(output, nullptr, false);
  if (!json.is_object() || !json.contains("benchmarks") || !json["benchmarks"].is_array())
    throw core::InputError(fmt::format("{}: found no JSON of Google Benchmark; expected that of bench_step", place));
  AbSeconds seconds;
  for (const auto& row : json["benchmarks"]) {
    if (!row.is_object() || row.value("run_type", "iteration") != "iteration" || row.value("error_occurred", false))
      continue;
    const auto step = row.find("step_us");
    if (step != row.end() && step->is_number() && step->get<double>() > 0 && row.contains("name"))
      seconds[row["name"].get<std::string>()] = 1e-6 * step->get<double>();
  }
  if (seconds.empty())
    throw core::InputError(fmt::format("{}: found no benchmark with step_us; expected those of bench_step", place));
  return seconds;
}

}  // namespace descent::app
