#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "descent/report/comparison.hpp"

namespace descent::report {
namespace {

using Json = nlohmann::ordered_json;

/// Bencher's metric format: {"benchmark": {"measure": {"value", "lower_value", "upper_value"}}}. Its measure `latency`
/// is in nanoseconds; `times-as-fast` is the ratio to BASE.
class Bencher final : public ComparisonFormat {
 public:
  std::string_view description() const override { return "NEW's latency and the ratios, in Bencher's metric format"; }
  void write(std::ostream& out, const join::Comparison& comparison) const override {
    Json metrics = Json::object();
    for (const join::CellRatio& cell : comparison.cells) {
      Json ratio{{"value", *cell.ratio}};
      if (cell.low && cell.high) ratio["lower_value"] = *cell.low, ratio["upper_value"] = *cell.high;
      metrics[fmt::format("{}, {}", cell.loss, cell.name)] = {{"latency", {{"value", 1e9 * *cell.new_seconds}}},
                                                              {"times-as-fast", ratio}};
    }
    out << metrics.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
  }
};

const core::Registration<ComparisonFormat> registration{
    "bencher", [](const core::Arguments&) -> std::unique_ptr<ComparisonFormat> { return std::make_unique<Bencher>(); }};

}  // namespace
}  // namespace descent::report
