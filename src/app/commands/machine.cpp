#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <iterator>

#include "app/commands.hpp"
#include "app/watched_sweep.hpp"
#include "descent/core/text.hpp"
#include "descent/machine/environment.hpp"
#include "descent/machine/roofs.hpp"
#include "descent/report/exporters.hpp"
#include "descent/report/text_table.hpp"

namespace descent {
namespace {

constexpr double kRoofSeconds = 0.3;

std::vector<Roof> measure() {
  std::vector<Roof> roofs;
  const int all = available_cpus();
  for (int threads = 1; threads <= all; threads = threads < all ? std::min(2 * threads, all) : all + 1) {
    Team team({threads});
    roofs.push_back(measure_roofs(team, kRoofSeconds));
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

/// A sweep of some hundred small cells whose timings are compared with themselves: eight processes, rates and budgets
/// that leave nearly all of the time to the timings.
SweepOptions noise_check() {
  SweepOptions options = preset_options("quick");
  options.data = "synthetic:blobs?n=2048&d=32&classes=4&test=64";
  options.losses = {"binary_cross_entropy",  "huber",   "logistic",     "multiclass_squared_svm",
                    "softmax_cross_entropy", "squared", "squared_hinge"};
  options.optimizers = {"sgd"};
  options.batch_sizes = {16, 32, 64, 128, 256, 512, 1024, 2048};
  options.engines = {options.trajectory_engine};
  if (options.trajectory_engine != "eigen") options.engines.push_back("eigen");
  options.learning_rate = 0.01;
  options.seeds = 1;
  options.max_epochs = 1;
  options.max_steps = 20;
  options.invocations = 8;
  return options;
}

std::vector<Check> check_noise(const std::vector<std::string>& words) {
  const Report report = watched_sweep(noise_check(), words, false);
  std::vector<Check> checks;
  std::copy_if(report.checks.begin(), report.checks.end(), std::back_inserter(checks),
               [](const Check& check) { return check.kind == "aa"; });
  return checks;
}

void print(const std::vector<Check>& checks, bool color) {
  std::cout << '\n';
  TextTable table({{""}, {""}, {""}});
  for (const Check& check : checks) {
    std::string text = check.value ? fmt::format("{:.2g} %", 100 * *check.value) : std::string("-");
    if (check.low && check.high) text += fmt::format(" [{:.2g}, {:.2g}]", 100 * *check.low, 100 * *check.high);
    table.add({check.subject, {text, check.verdict == "ok" ? Ink::good : Ink::warning}, check.note});
  }
  table.write(std::cout, color);
}

}  // namespace

int execute(const MachineCommand& command, const std::vector<std::string>& words) {
  const Context context = describe_environment();
  const std::vector<Roof> roofs = measure();
  std::vector<Check> checks;
  if (command.check_noise) checks = check_noise(words);
  if (command.json) {
    write_machine_json(std::cout, context, roofs, checks);
  } else {
    print(context, roofs, shows_color(STDOUT_FILENO));
    if (command.check_noise) print(checks, shows_color(STDOUT_FILENO));
  }
  return interrupted() ? 130 : 0;
}

}  // namespace descent
