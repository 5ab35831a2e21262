#include "scaling/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "descent/core/error.hpp"
#include "descent/core/text.hpp"
#include "descent/record/json.hpp"

namespace descent::bench {
namespace {

using Json = nlohmann::json;

constexpr const char* kSchema = "descentbench-scaling";

std::string batch_name(std::size_t batch, const Shape& shape) {
  return batch == shape.rows ? "full" : std::to_string(batch);
}

std::string micro(double seconds) { return fmt::format("{:.3g}", 1e6 * seconds); }

std::string head(const Findings& found) {
  const Shape& shape = found.costs.shape;
  std::string text = fmt::format("{} × {} × {} (rows × features × classes), softmax, `fused`. Costs: {}, {}.\n",
                                 shape.rows, shape.features, shape.outputs, found.costs.processor, found.costs.date);
  if (!found.topology.empty())
    text += fmt::format(
        "PREDICTED, not measured, for `{}`; a package reads {}, a line costs {:.3g} times as much from another L3 and "
        "{:.3g} times from another package.\n",
        found.topology,
        found.assumed.package_gb_per_s > 0 ? fmt::format("{:.4g} GB/s at most", found.assumed.package_gb_per_s)
                                           : "as much as its workers ask for",
        found.assumed.far_line, found.assumed.package_line);
  return text + "\n";
}

std::string roofs_table(const Findings& found) {
  const bool measured = !found.measured_roofs.empty();
  std::string text =
      measured ? "| threads | GB/s predicted | measured | join, µs, predicted | measured | rows from batch |\n"
                 "|---|---|---|---|---|---|\n"
               : "| threads | GB/s | join, µs | rows from batch |\n|---|---|---|---|\n";
  for (const auto& [threads, roof] : found.predicted_roofs) {
    const auto beside = [&, at = threads](double record::Roof::*value) {
      const auto other = found.measured_roofs.find(at);
      return !measured                             ? std::string()
             : other == found.measured_roofs.end() ? std::string(" |")
                                                   : fmt::format(" {:.3g} |", other->second.*value);
    };
    const std::optional<std::size_t> from = found.rows_from.at(threads);
    text += fmt::format("| {} | {:.3g} |{} {} |{} {} |\n", threads, roof.read_gb_per_s,
                        beside(&record::Roof::read_gb_per_s), threads > 1 ? fmt::format("{:.3g}", roof.join_us) : "",
                        beside(&record::Roof::join_us),
                        threads == 1 ? ""
                        : from       ? batch_name(*from, found.costs.shape)
                                     : "never");
  }
  return text + "\n";
}

std::string cells_table(const Findings& found) {
  const bool measured =
      std::any_of(found.cells.begin(), found.cells.end(), [](const Compared& cell) { return !cell.measured.empty(); });
  std::string text = "| batch | threads | sharing | µs a step | speed-up | binds |";
  if (measured) text += " measured µs | measured / predicted | fastest measured |";
  text += measured ? "\n|---|---|---|---|---|---|---|---|---|\n" : "\n|---|---|---|---|---|---|\n";
  for (const Compared& cell : found.cells) {
    const Prediction& predicted = cell.predicted;
    text += fmt::format("| {} | {} | {} | {} | {:.3g} | {} {:.0f} % |", batch_name(predicted.batch, found.costs.shape),
                        predicted.threads, engine::sharing_name(predicted.sharing), micro(predicted.seconds),
                        predicted.speed_up, predicted.bound, 100 * predicted.bound_share);
    if (const StepTime* const time = cell.with(predicted.sharing))
      text += fmt::format(" {} [{}, {}] | {:.2f}{} | {} {} |", micro(time->seconds), micro(time->low),
                          micro(time->high), cell.ratio(), cell.outside(found.band) ? " outside" : "",
                          engine::sharing_name(cell.fastest()->sharing), micro(cell.fastest()->seconds));
    else if (measured)
      text += " | | |";
    text += "\n";
  }
  if (!measured) return text;
  const auto outside = std::count_if(found.cells.begin(), found.cells.end(),
                                     [&](const Compared& cell) { return cell.outside(found.band); });
  return text + fmt::format("\n{} of {} cells are outside of the band: more than {:.3g} times as long or as short.\n",
                            outside, found.cells.size(), found.band);
}

Json roofs_json(const std::map<int, record::Roof>& roofs) {
  Json result = Json::array();
  for (const auto& [threads, roof] : roofs) result.push_back(record::to_json(roof));
  return result;
}

}  // namespace

const StepTime* Compared::with(engine::Sharing sharing) const {
  const auto at = std::find_if(measured.begin(), measured.end(),
                               [sharing](const StepTime& time) { return time.sharing == sharing; });
  return at == measured.end() ? nullptr : &*at;
}

const StepTime* Compared::fastest() const {
  const auto at = std::min_element(measured.begin(), measured.end(),
                                   [](const StepTime& a, const StepTime& b) { return a.seconds < b.seconds; });
  return at == measured.end() ? nullptr : &*at;
}

double Compared::ratio() const {
  const StepTime* const time = with(predicted.sharing);
  return time == nullptr ? 0 : time->seconds / predicted.seconds;
}

bool Compared::outside(double band) const {
  const double found = ratio();
  return found > 0 && (found > band || found < 1 / band);
}

std::string markdown(const Findings& found) { return head(found) + roofs_table(found) + cells_table(found); }

Json to_json(const Findings& found) {
  const Costs& costs = found.costs;
  Json steps = Json::object();
  for (const auto& [batch, seconds] : costs.step_seconds) steps[std::to_string(batch)] = seconds;
  Json cells = Json::array();
  for (const Compared& cell : found.cells) {
    const Prediction& predicted = cell.predicted;
    Json measured = Json::array();
    for (const StepTime& time : cell.measured)
      measured.push_back({{"sharing", engine::sharing_name(time.sharing)},
                          {"seconds", time.seconds},
                          {"low", time.low},
                          {"high", time.high}});
    cells.push_back({{"batch", predicted.batch},
                     {"threads", predicted.threads},
                     {"predicted",
                      {{"sharing", engine::sharing_name(predicted.sharing)},
                       {"seconds", predicted.seconds},
                       {"speed_up", predicted.speed_up},
                       {"features_seconds", predicted.features_seconds},
                       {"rows_seconds", predicted.rows_seconds},
                       {"bound", predicted.bound},
                       {"bound_share", predicted.bound_share}}},
                     {"measured", measured},
                     {"measured_over_predicted", cell.ratio() > 0 ? Json(cell.ratio()) : Json()},
                     {"outside", cell.outside(found.band)}});
  }
  Json from = Json::object();
  for (const auto& [threads, batch] : found.rows_from) from[std::to_string(threads)] = batch ? Json(*batch) : Json();
  return {{"schema", kSchema},
          {"topology", found.topology},
          {"band", found.band},
          {"assumed",
           {{"package_gb_per_s", found.assumed.package_gb_per_s},
            {"far_line", found.assumed.far_line},
            {"package_line", found.assumed.package_line}}},
          {"costs",
           {{"processor", costs.processor},
            {"date", costs.date},
            {"rows", costs.shape.rows},
            {"features", costs.shape.features},
            {"outputs", costs.shape.outputs},
            {"l2_bytes", costs.l2_bytes},
            {"one", record::to_json(costs.one)},
            {"two", record::to_json(costs.two)},
            {"step_seconds", steps}}},
          {"predicted_roofs", roofs_json(found.predicted_roofs)},
          {"measured_roofs", roofs_json(found.measured_roofs)},
          {"rows_from", from},
          {"cells", cells}};
}

Costs costs_from_json(const Json& json, const std::string& place) {
  try {
    const Json& from = json.at("costs");
    Costs costs;
    from.at("processor").get_to(costs.processor);
    from.at("date").get_to(costs.date);
    from.at("rows").get_to(costs.shape.rows);
    from.at("features").get_to(costs.shape.features);
    from.at("outputs").get_to(costs.shape.outputs);
    from.at("l2_bytes").get_to(costs.l2_bytes);
    costs.one = record::from_json<record::Roof>(from.at("one"), place);
    costs.two = record::from_json<record::Roof>(from.at("two"), place);
    for (const auto& [batch, seconds] : from.at("step_seconds").items())
      costs.step_seconds[static_cast<std::size_t>(core::parse_integer(batch).value_or(0))] = seconds.get<double>();
    return costs;
  } catch (const Json::exception& error) {
    throw core::InputError(
        fmt::format("{}: found no costs ({}); expected what scaling --json wrote", place, error.what()));
  }
}

}  // namespace descent::bench
