#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "descent/report/comparison.hpp"
#include "report/comparison_words.hpp"

namespace descent::report {
namespace {

using Json = nlohmann::ordered_json;

std::string name_of(const std::string& loss, const std::string& cell) { return fmt::format("{}, {}", loss, cell); }

void write_array(std::ostream& out, const Json& metrics) {
  out << metrics.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

/// What NEW takes: an array of {name, unit, value, extra}, as github-action-benchmark's customSmallerIsBetter reads it.
class SmallerIsBetter final : public ComparisonFormat {
 public:
  std::string_view description() const override { return "NEW's seconds, for github-action-benchmark"; }
  void write(std::ostream& out, const join::Comparison& comparison) const override {
    Json metrics = Json::array();
    for (const join::CellRatio& cell : comparison.cells)
      metrics.push_back(
          {{"name", name_of(cell.loss, cell.name)},
           {"unit", "s/step"},
           {"value", *cell.new_seconds},
           {"extra", fmt::format("{} times as fast as {}: {}", ratio_text(cell.ratio, cell.low, cell.high),
                                 comparison.base.label, record::to_text(cell.verdict))}});
    for (const join::BestRatio& best : comparison.best)
      metrics.push_back(
          {{"name", fmt::format("{} best to {} {}", best.loss, record::to_text(best.target_kind), best.target_value)},
           {"unit", "s"},
           {"value", *best.new_seconds},
           {"extra", best.new_cell}});
    write_array(out, metrics);
  }
};

/// The ratios, as its customBiggerIsBetter reads them.
class BiggerIsBetter final : public ComparisonFormat {
 public:
  std::string_view description() const override { return "the ratios, for github-action-benchmark"; }
  void write(std::ostream& out, const join::Comparison& comparison) const override {
    Json metrics = Json::array();
    const std::string unit = "times as fast as " + comparison.base.label;
    const auto add = [&](const std::string& name, const record::Real& ratio, const record::Real& low,
                         const record::Real& high, const std::string& extra) {
      Json metric{{"name", name}, {"unit", unit}, {"value", *ratio}};
      if (low && high) metric["range"] = fmt::format("{} to {}", *low, *high);
      metric["extra"] = extra;
      metrics.push_back(std::move(metric));
    };
    for (const join::GroupRatio& group : comparison.groups)
      if (group.kind == join::GroupKind::all)
        add("all cells", group.ratio, group.low, group.high, fmt::format("{} cells", group.cells));
    for (const join::CellRatio& cell : comparison.cells)
      add(name_of(cell.loss, cell.name), cell.ratio, cell.low, cell.high, record::to_text(cell.verdict));
    write_array(out, metrics);
  }
};

const core::Registration<ComparisonFormat> smaller{
    "smaller-is-better",
    [](const core::Arguments&) -> std::unique_ptr<ComparisonFormat> { return std::make_unique<SmallerIsBetter>(); }};
const core::Registration<ComparisonFormat> bigger{
    "bigger-is-better",
    [](const core::Arguments&) -> std::unique_ptr<ComparisonFormat> { return std::make_unique<BiggerIsBetter>(); }};

}  // namespace
}  // namespace descent::report
