#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

#include "app/commands.hpp"
#include "descent/core/error.hpp"
#include "descent/core/file_roles.hpp"
#include "descent/core/text.hpp"
#include "descent/data/source.hpp"
#include "descent/report/text_table.hpp"
#include "descent/solve/spectrum.hpp"
#include "descent/sweep/load_options.hpp"
#include "descent/train/landscape.hpp"

namespace descent::app {
namespace {

std::string count(std::size_t value) { return core::with_thousands(value); }

std::vector<std::size_t> rows_per_class(const data::Dataset& data) {
  std::vector<std::size_t> counts(static_cast<std::size_t>(data.classes));
  for (const std::int32_t label : data.labels) ++counts[static_cast<std::size_t>(label)];
  return counts;
}

std::string shape(const data::Dataset& data) {
  const std::size_t bias = data.has_bias ? 1 : 0;
  return fmt::format("{} rows x {} features{}", count(data.rows()), count(data.width() - bias),
                     bias == 1 ? " + bias" : "");
}

constexpr int kClassesShown = 40;

void print_classes(const data::Split& split, bool color) {
  using enum report::TextTable::Align;
  report::TextTable table(
      {{"class", right}, {"label in the file"}, {"training rows", right}, {"validation rows", right}});
  const auto training = rows_per_class(split.training);
  const auto validation = split.validation.rows() == 0 ? std::vector<std::size_t>() : rows_per_class(split.validation);
  for (std::size_t k = 0; k < training.size() && k < kClassesShown; ++k)
    table.add({std::to_string(k), split.training.label_names[k], count(training[k]),
               validation.empty() ? "" : count(validation[k])});
  table.write(std::cout, color);
  if (training.size() > kClassesShown)
    std::cout << fmt::format("… and {} classes more\n", training.size() - kClassesShown);
}

}  // namespace

int execute(const DataCommand& command) {
  Settings settings = command.settings;
  settings["data"] = {command.uri, "URI"};
  const sweep::SweepOptions options = options_of(settings);
  if (!train::landscape_of(command.uri).empty())
    throw core::UsageError(
        fmt::format("{}: a landscape has no rows to look at; expected a data set, as in 'descent list'", command.uri));
  core::FileRoles roles;
  for (const std::string& file : data::files_of(command.uri)) roles.reads("data", file);
  const data::Split split = data::load(command.uri, sweep::load_options(options));
  const data::Dataset& training = split.training;
  const solve::LargestEigenvalue lambda = solve::largest_eigenvalue(training);
  const bool color = shows_color(STDOUT_FILENO);

  report::TextTable table({{""}, {""}});
  table.add({"data", {training.name, report::Ink::strong}});
  table.add({"source", training.source});
  table.add({"training", shape(training)});
  table.add({"validation", split.validation.rows() == 0 ? "none" : shape(split.validation)});
  if (!split.label_column.empty()) table.add({"label", split.label_column});
  table.add({"stored as", data::describe_storage(training.features.kind())});
  table.add({"classes", std::to_string(training.classes)});
  table.add({"lambda1", fmt::format("{:.8g} (largest eigenvalue of X'X/n, bias included)", lambda.value)});
  table.add(
      {"longest row", fmt::format("{:.6g} (squared norm, bias included)", solve::max_row_norm_squared(training))});
  table.add({"hash", training.content_hash});
  if (split.validation.rows() > 0) table.add({"validation hash", split.validation.content_hash});
  for (const std::string& note : split.notes) table.add({"note", note});
  table.write(std::cout, color);
  std::cout << '\n';
  print_classes(split, color);
  return 0;
}

}  // namespace descent::app
