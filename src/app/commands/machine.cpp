#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <iterator>

#include "app/commands.hpp"
#include "app/noise_check.hpp"
#include "app/progress.hpp"
#include "app/report_file.hpp"
#include "app/watched_sweep.hpp"
#include "descent/core/text.hpp"
#include "descent/machine/roofs.hpp"
#include "descent/report/exporters.hpp"
#include "descent/report/text_table.hpp"
#include "descent/sweep/context.hpp"

namespace descent::app {
namespace {

constexpr double kRoofSeconds = 0.3;
constexpr const char* kNoiseReport = "results/noise.json";

std::vector<record::Roof> measure() {
  std::vector<record::Roof> roofs;
  const int all = machine::available_cpus();
  for (int threads = 1; threads <= all; threads = threads < all ? std::min(2 * threads, all) : all + 1) {
    machine::Team team({threads});
    roofs.push_back(machine::measure_roofs(team, kRoofSeconds));
  }
  return roofs;
}

std::string size_text(std::int64_t bytes) {
  return bytes >= 1 << 20 ? fmt::format("{:.3g} MiB", static_cast<double>(bytes) / (1 << 20))
                          : fmt::format("{:.3g} KiB", static_cast<double>(bytes) / (1 << 10));
}

/// "2 × L2 Unified 512 KiB, …"
void add_caches(report::TextTable& table, const std::vector<record::Context::Cache>& caches) {
  std::vector<std::string> parts;
  for (const record::Context::Cache& cache : caches)
    parts.push_back(fmt::format("{} x L{} {} {}", cache.instances, cache.level, cache.type, size_text(cache.size)));
  table.add({"caches", fmt::format("{}", fmt::join(parts, ", "))});
}

void print(const record::Context& context, const std::vector<record::Roof>& roofs, bool color) {
  report::TextTable table({{""}, {""}});
  const auto add = [&](const std::map<std::string, std::string>& values) {
    for (const auto& [name, value] : values)
      if (name != "model") table.add({name, std::string(core::trim(value))});
  };
  const auto model = context.machine.find("model");
  table.add({"machine", {model == context.machine.end() ? "unknown" : model->second, report::Ink::strong}});
  table.add({"host", context.host_name});
  table.add({"date", context.date});
  add_caches(table, context.caches);
  if (context.mhz_per_cpu > 0) table.add({"mhz now", fmt::format("{:.0f}", context.mhz_per_cpu)});
  table.add({"load", fmt::format("{:.2f}", fmt::join(context.load_avg, ", "))});
  add(context.machine);
  table.add({"build", context.library_build_type});
  add(context.build);
  add(context.libraries);
  std::vector<std::string> arithmetic;
  for (const auto& [name, value] : context.arithmetic) arithmetic.push_back(fmt::format("{} {}", name, value));
  table.add({"arithmetic", fmt::format("{}", fmt::join(arithmetic, ", "))});
  table.write(std::cout, color);
  std::cout << '\n';

  using enum report::TextTable::Align;
  report::TextTable speeds({{"threads", right},
                            {"multiply-add GFLOP/s", right},
                            {"of bytes GOP/s", right},
                            {"read GB/s", right},
                            {"from L3", right},
                            {"from L2", right},
                            {"overlap", right},
                            {"join us", right}});
  const auto number = [](const record::Real& value) {
    return value ? fmt::format("{:.1f}", *value) : std::string("-");
  };
  for (const record::Roof& roof : roofs)
    speeds.add({std::to_string(roof.threads), number(roof.fma_f32_gflop_per_s), number(roof.dot_i8_gop_per_s),
                number(roof.read_gb_per_s), number(roof.read_l3_gb_per_s), number(roof.read_l2_gb_per_s),
                roof.overlap ? fmt::format("{:.0f} %", 100 * *roof.overlap) : "-",
                fmt::format("{:.2f}", roof.join_us)});
  speeds.write(std::cout, color);
}

/// Times cells under two names and leaves the whole report in `out`.
std::vector<record::Check> check_noise(const std::string& out, const std::vector<std::string>& words) {
  if (out == kNoiseReport) {
    std::error_code ignored;  // replace_file says what is wrong with the folder
    std::filesystem::create_directories("results", ignored);
  }
  const record::Report report = watched_sweep(noise_check_options(machine::available_cpus()), words, false);
  replace_file(out, [&](std::ostream& file) { record::write_report(file, report); });
  std::vector<record::Check> checks;
  std::copy_if(report.checks.begin(), report.checks.end(), std::back_inserter(checks), [](const record::Check& check) {
    return check.kind == record::CheckKind::aa || check.kind == record::CheckKind::disturbance;
  });
  return checks;
}

void print(const std::vector<record::Check>& checks, bool color) {
  std::cout << '\n';
  report::TextTable table({{""}, {""}, {""}});
  for (const record::Check& check : checks) {
    if (check.kind != record::CheckKind::aa && check.verdict == record::Verdict::ok) continue;
    std::string text = check.value ? fmt::format("{:.2g} %", 100 * *check.value) : std::string("-");
    if (check.low && check.high) text += fmt::format(" [{:.2g}, {:.2g}]", 100 * *check.low, 100 * *check.high);
    table.add({check.subject,
               {text, check.verdict == record::Verdict::ok ? report::Ink::good : report::Ink::warning},
               check.note});
  }
  table.write(std::cout, color);
}

}  // namespace

int execute(const MachineCommand& command, const std::vector<std::string>& words) {
  core::FileRoles roles;
  const std::string out = command.out.empty() ? kNoiseReport : command.out;
  if (command.check_noise || !command.out.empty()) {
    add_output(roles, "--out", out);
    expect_no_run_writes("--out", out);
  }
  if (!command.out.empty()) sweep::check_output(command.out);
  const record::Context context = sweep::make_context(sweep::preset_options("standard"), words);
  const std::vector<record::Roof> roofs = measure();
  std::vector<record::Check> checks;
  const auto begin = std::chrono::steady_clock::now();
  if (command.check_noise) checks = check_noise(out, words);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (command.json) {
    report::write_machine_json(std::cout, context, roofs, checks);
  } else {
    print(context, roofs, shows_color(STDOUT_FILENO));
    if (command.check_noise) {
      print(checks, shows_color(STDOUT_FILENO));
      std::cout << fmt::format("\ntook {} · report {}\n", duration_text(seconds), core::printable(out));
    }
  }
  return interrupted() ? 130 : 0;
}

}  // namespace descent::app
