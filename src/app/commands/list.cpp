#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

#include "app/commands.hpp"
#include "descent/core/error.hpp"
#include "descent/data/source.hpp"
#include "descent/engine/engine.hpp"
#include "descent/loss/loss.hpp"
#include "descent/report/text_table.hpp"
#include "descent/sweep/options.hpp"
#include "descent/train/landscape.hpp"
#include "descent/train/model.hpp"
#include "descent/train/optimizer.hpp"

namespace descent::app {
namespace {

report::TextTable losses() {
  report::TextTable table({{""}, {""}, {""}});
  for (const std::string& name : loss::LossRegistry::instance().names()) {
    const auto loss = loss::make_loss(name);
    const loss::LossTraits traits = loss->traits();
    std::string kind = traits.smooth ? "smooth" : "kinked";
    if (!traits.convex) kind += ", not convex";
    table.add(
        {{std::string(loss->name()), report::Ink::strong}, std::string(loss->formula()), {kind, report::Ink::faint}});
  }
  return table;
}

report::TextTable metrics() {
  report::TextTable table({{""}, {""}});
  table.add({{"zero_one", report::Ink::strong}, "1 where the largest score is not the label's, else 0"});
  table.add({{"accuracy", report::Ink::strong}, "1 - mean of zero_one"});
  return table;
}

report::TextTable optimizers() {
  report::TextTable table({{""}, {""}});
  for (const std::string& name : train::OptimizerRegistry::instance().names()) {
    const auto optimizer = train::make_optimizer(name);
    table.add({{optimizer->name(), report::Ink::strong}, std::string(optimizer->description())});
  }
  return table;
}

report::TextTable models() {
  report::TextTable table({{""}, {""}});
  for (const std::string& name : train::ModelRegistry::instance().names())
    table.add({{name, report::Ink::strong}, std::string(train::make_model(name)->description())});
  return table;
}

report::TextTable landscapes() {
  report::TextTable table({{""}, {""}});
  for (const std::string& name : train::LandscapeRegistry::instance().names())
    table.add({{name, report::Ink::strong}, std::string(train::make_landscape(name)->formula())});
  return table;
}

report::TextTable engines() {
  report::TextTable table({{""}, {""}, {""}});
  for (const std::string& name : engine::EngineRegistry::instance().names()) {
    const auto engine = engine::EngineRegistry::instance().make("engine", name);
    const std::string missing = engine->unavailable();
    table.add({{name, report::Ink::strong},
               std::string(engine->description()),
               missing.empty() ? report::TextTable::Cell("")
                               : report::TextTable::Cell("not here: " + missing, report::Ink::warning)});
  }
  return table;
}

report::TextTable readers() {
  report::TextTable table({{""}, {""}});
  for (const std::string& name : data::ReaderRegistry::instance().names())
    table.add(
        {{name, report::Ink::strong}, std::string(data::ReaderRegistry::instance().make("reader", name)->syntax())});
  return table;
}

report::TextTable presets() {
  report::TextTable table({{""}, {""}});
  for (const std::string& name : sweep::preset_names()) {
    const auto values = sweep::configuration_of(sweep::preset_options(name));
    table.add({{name, report::Ink::strong},
               fmt::format("batches {} · targets {} · at most {} epochs and {} steps", values.at("batch-sizes"),
                           values.at("target"), values.at("max-epochs"), values.at("max-steps"))});
  }
  return table;
}

struct List {
  const char* name;
  report::TextTable (*make)();
};
constexpr List kLists[] = {{"losses", losses},   {"metrics", metrics},       {"optimizers", optimizers},
                           {"models", models},   {"landscapes", landscapes}, {"engines", engines},
                           {"readers", readers}, {"presets", presets}};

}  // namespace

int execute(const ListCommand& command) {
  const bool color = shows_color(STDOUT_FILENO);
  std::vector<std::string> names;
  for (const List& list : kLists) {
    names.emplace_back(list.name);
    if (command.what == list.name) {
      list.make().write(std::cout, color);
      return 0;
    }
  }
  if (!command.what.empty()) throw core::UsageError("list: " + core::unknown_name("list", command.what, names));
  for (const List& list : kLists) {
    if (&list != kLists) std::cout << '\n';
    std::cout << report::paint(list.name, report::Ink::strong, color) << '\n';
    list.make().write(std::cout, color, 2);
  }
  return 0;
}

}  // namespace descent::app
