#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <iostream>

#include "app/commands.hpp"
#include "descent/core/text.hpp"
#include "descent/machine/environment.hpp"
#include "descent/machine/roofs.hpp"
#include "descent/report/exporters.hpp"
#include "descent/report/text_table.hpp"

namespace descent {
namespace {

std::vector<Roof> measure(double seconds) {
  std::vector<Roof> roofs;
  const int all = available_cpus();
  for (int threads = 1; threads <= all; threads = threads < all ? std::min(2 * threads, all) : all + 1) {
    Team team({threads});
    roofs.push_back(measure_roofs(team, seconds));
  }
  return roofs;
}

std::string size_text(std::int64_t bytes) {
  return bytes >= 1 << 20 ? fmt::format("{:.3g} MiB", static_cast<double>(bytes) / (1 << 20))
                          : fmt::format("{:.3g} KiB", static_cast<double>(bytes) / (1 << 10));
}

/// Equal caches in one line: "2 x L2 512 KiB".
void add_caches(TextTable& table, const std::vector<Context::Cache>& caches) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < caches.size();) {
    const auto& cache = caches[i];
    std::size_t count = 0;
    for (; i < caches.size() && caches[i].level == cache.level && caches[i].type == cache.type &&
           caches[i].size == cache.size;
         ++i)
      ++count;
    lines.push_back(fmt::format("{} x L{} {} {}", count, cache.level, cache.type, size_text(cache.size)));
  }
  table.add({"caches", fmt::format("{}", fmt::join(lines, ", "))});
}

void print(const Context& context, const std::vector<Roof>& roofs, bool color) {
  TextTable table({{""}, {""}});
  const auto add = [&](const std::map<std::string, std::string>& values) {
    for (const auto& [name, value] : values)
      if (name != "model") table.add({name, std::string(trim(value))});
  };
  const auto model = context.machine.find("model");
  table.add({"machine", {model == context.machine.end() ? "unknown" : model->second, Ink::strong}});
  table.add({"host", context.host_name});
  table.add({"date", context.date});
  add_caches(table, context.caches);
  if (context.mhz_per_cpu > 0) table.add({"mhz now", fmt::format("{:.0f}", context.mhz_per_cpu)});
  table.add({"load", fmt::format("{:.2f}", fmt::join(context.load_avg, ", "))});
  add(context.machine);
  table.add({"build", context.library_build_type});
  add(context.build);
  add(context.libraries);
  table.write(std::cout, color);
  std::cout << '\n';

  using enum TextTable::Align;
  TextTable speeds({{"threads", right},
                    {"multiply-add GFLOP/s", right},
                    {"read GB/s", right},
                    {"from L3", right},
                    {"from L2", right},
                    {"join us", right}});
  const auto number = [](const Real& value) { return value ? fmt::format("{:.1f}", *value) : std::string("-"); };
  for (const Roof& roof : roofs)
    speeds.add({std::to_string(roof.threads), number(roof.fma_f32_gflop_per_s), number(roof.read_gb_per_s),
                number(roof.read_l3_gb_per_s), number(roof.read_l2_gb_per_s), fmt::format("{:.2f}", roof.join_us)});
  speeds.write(std::cout, color);
}

}  // namespace

int execute(const MachineCommand& command) {
  const Context context = describe_environment();
  const std::vector<Roof> roofs = measure(command.seconds);
  if (command.json)
    write_machine_json(std::cout, context, roofs);
  else
    print(context, roofs, shows_color(STDOUT_FILENO));
  return 0;
}

}  // namespace descent
