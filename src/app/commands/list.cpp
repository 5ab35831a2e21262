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

namespace descent {
namespace {

TextTable losses() {
  TextTable table({{""}, {""}, {""}});
  for (const std::string& name : LossRegistry::instance().names()) {
    const auto loss = make_loss(name);
    const LossTraits traits = loss->traits();
    std::string kind = traits.smooth ? "smooth" : "kinked";
    if (!traits.convex) kind += ", not convex";
    table.add({{std::string(loss->name()), Ink::strong}, std::string(loss->formula()), {kind, Ink::faint}});
  }
  return table;
}

TextTable metrics() {
  TextTable table({{""}, {""}});
  table.add({{"zero_one", Ink::strong}, "1 where the largest score is not the label's, else 0"});
  table.add({{"accuracy", Ink::strong}, "1 - mean of zero_one"});
  return table;
}

TextTable optimizers() {
  TextTable table({{""}, {""}});
  table.add({{"gd", Ink::strong}, "gradient descent: every step uses all examples"});
  table.add({{"sgd", Ink::strong}, "mini-batch stochastic gradient descent"});
  return table;
}

TextTable engines() {
  TextTable table({{""}, {""}, {""}});
  for (const std::string& name : EngineRegistry::instance().names()) {
    const auto engine = EngineRegistry::instance().make("engine", name);
    const std::string missing = engine->unavailable();
    table.add({{name, Ink::strong},
               std::string(engine->description()),
               missing.empty() ? TextTable::Cell("") : TextTable::Cell("not here: " + missing, Ink::warning)});
  }
  return table;
}

TextTable readers() {
  TextTable table({{""}, {""}});
  for (const std::string& name : ReaderRegistry::instance().names())
    table.add({{name, Ink::strong}, std::string(ReaderRegistry::instance().make("reader", name)->syntax())});
  return table;
}

TextTable presets() {
  TextTable table({{""}, {""}});
  for (const std::string& name : preset_names()) {
    const auto values = configuration_of(preset_options(name));
    table.add({{name, Ink::strong},
               fmt::format("batches {} · targets {} · at most {} epochs and {} steps", values.at("batch-sizes"),
                           values.at("target"), values.at("max-epochs"), values.at("max-steps"))});
  }
  return table;
}

struct List {
  const char* name;
  TextTable (*make)();
};
constexpr List kLists[] = {{"losses", losses},   {"metrics", metrics}, {"optimizers", optimizers},
                           {"engines", engines}, {"readers", readers}, {"presets", presets}};

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
  if (!command.what.empty()) throw UsageError("list: " + unknown_name("list", command.what, names));
  for (const List& list : kLists) {
    if (&list != kLists) std::cout << '\n';
    std::cout << paint(list.name, Ink::strong, color) << '\n';
    list.make().write(std::cout, color, 2);
  }
  return 0;
}

}  // namespace descent
