#include <fmt/format.h>
#include <fmt/ranges.h>

#include "descent/core/text.hpp"
#include "descent/sweep/options.hpp"

namespace descent::sweep {
namespace {

std::string batch_text(std::int64_t batch) { return batch == 0 ? "full" : std::to_string(batch); }

template <class T, class F>
std::string list_text(const std::vector<T>& values, F&& text) {
  std::vector<std::string> parts;
  for (const T& value : values) parts.push_back(text(value));
  return fmt::format("{}", fmt::join(parts, ","));
}

}  // namespace

std::map<std::string, std::string> configuration_of(const SweepOptions& options) {
  const auto yes_no = [](bool value) { return std::string(value ? "true" : "false"); };
  const auto on_off = [](bool value) { return std::string(value ? "on" : "off"); };
  const auto same = [](const std::string& text) { return text; };
  std::map<std::string, std::string> result{
      {"preset", options.preset},
      {"data", options.data},
      {"model", options.model},
      {"bias", on_off(options.bias)},
      {"validation-fraction", core::shortest(options.validation_fraction)},
      {"loss", list_text(options.losses, same)},
      {"optimizer", list_text(options.optimizers, same)},
      {"batch-sizes", list_text(options.batch_sizes, batch_text)},
      {"threads", list_text(options.threads, [](int threads) { return std::to_string(threads); })},
      {"engine", list_text(options.engines, same)},
      {"trajectory-engine", options.trajectory_engine},
      {"schedule-of-work", options.schedule_of_work},
      {"target", list_text(options.targets, core::shortest)},
      {"accuracy-target", yes_no(options.accuracy_target)},
      {"tune-each-target", yes_no(options.tune_each_target)},
      {"untuned-rules", yes_no(options.untuned_rules)},
      {"l2", core::shortest(options.l2)},
      {"lr", options.learning_rates.empty() ? "auto" : list_text(options.learning_rates, core::shortest)},
      {"schedule", options.schedule},
      {"sampling", options.sampling},
      {"passage", options.passage},
      {"max-epochs", std::to_string(options.max_epochs)},
      {"max-steps", std::to_string(options.max_steps)},
      {"precision", core::shortest(options.precision)},
      {"invocations", std::to_string(options.invocations)},
      {"aa-cells", !options.aa_cells                ? "auto"
                   : *options.aa_cells == kAllCells ? "all"
                                                    : std::to_string(*options.aa_cells)},
      {"pin", on_off(options.pin)},
      {"oversubscribe", yes_no(options.oversubscribe)},
      {"placement", options.placement == machine::Placement::compact ? "compact" : "spread"},
      {"shard-what", options.shard_what},
  };
  if (!options.preprocess.empty()) result["preprocess"] = options.preprocess;
  if (options.seeds) result["seeds"] = std::to_string(*options.seeds);
  if (options.budget_seconds) result["budget"] = fmt::format("{}s", core::shortest(*options.budget_seconds));
  if (options.shard) result["shard"] = fmt::format("{}/{}", options.shard->first, options.shard->second);
  return result;
}

}  // namespace descent::sweep
