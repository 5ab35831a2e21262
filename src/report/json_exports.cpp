#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "descent/core/error.hpp"
#include "descent/core/text.hpp"
#include "descent/record/json.hpp"
#include "descent/report/exporters.hpp"
#include "report/rows.hpp"

namespace descent::report {
namespace {

using Json = nlohmann::ordered_json;

Json without_nulls(const nlohmann::json& record) {
  Json result = Json::object();
  for (const auto& [key, value] : record.items())
    if (!value.is_null()) result[key] = value;
  return result;
}

void write(std::ostream& out, const Json& json) {
  out << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

Json metric(const std::string& name, const record::Real& seconds, const record::Real& low, const record::Real& high,
            const std::string& extra) {
  Json result{{"name", name}, {"unit", "s"}, {"value", *seconds}};
  if (low && high) result["range"] = fmt::format("{} to {}", core::shortest(*low), core::shortest(*high));
  if (!extra.empty()) result["extra"] = extra;
  return result;
}

/// As metrics have always named it: "batch 128, threads 2".
std::string best_cell(const record::Report& report, const record::Summary& summary) {
  const record::Cell* const cell = record::find_cell(report, summary.best_cell);
  return cell == nullptr ? "" : fmt::format("batch {}, threads {}", cell->batch, cell->threads);
}

}  // namespace

void write_google_benchmark(std::ostream& out, const record::Report& report) {
  Json benchmarks = Json::array();
  for (const record::BenchmarkRow& row : report.benchmarks) {
    Json record = without_nulls(record::to_json(row));
    if (row.run_type != record::RunType::aggregate) record.erase("aggregate_name");
    benchmarks.push_back(std::move(record));
  }
  write(out, {{"context", Json(record::to_json(report.context))}, {"benchmarks", benchmarks}});
}

void write_ci_metrics(std::ostream& out, const record::Report& report) {
  Json metrics = Json::array();
  for (const record::Summary& best : report.summary)
    if (best.best_seconds)
      metrics.push_back(metric(
          fmt::format("{} best to {} {}", best.workload, to_text(best.target_kind), core::shortest(best.target_value)),
          best.best_seconds, best.low, best.high, best_cell(report, best)));
  for (const record::TimeToTarget& time : report.time_to_target)
    if (const record::Cell* const cell = record::find_cell(report, time.cell); cell != nullptr && time.seconds)
      metrics.push_back(metric(fmt::format("{} to {} {}, {} threads:{}", time.series, to_text(time.target_kind),
                                           core::shortest(time.target_value), cell->engine, cell->threads),
                               time.seconds, time.low, time.high, ""));
  if (metrics.empty())
    throw core::InputError(
        "--ci-metrics: found a report without a time to a target; expected one with timings of runs that reached it");
  write(out, metrics);
}

void write_machine_json(std::ostream& out, const record::Context& context, const std::vector<record::Roof>& roofs,
                        const std::vector<record::Check>& checks) {
  Json roof_list = Json::array(), check_list = Json::array();
  for (const record::Roof& roof : roofs) roof_list.push_back(Json(record::to_json(roof)));
  for (const record::Check& check : checks) check_list.push_back(Json(record::to_json(check)));
  write(out, {{"context", Json(record::to_json(context))}, {"roofs", roof_list}, {"checks", check_list}});
}

}  // namespace descent::report
