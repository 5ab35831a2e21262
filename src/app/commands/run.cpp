#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>

#include "app/commands.hpp"
#include "app/page_file.hpp"
#include "app/progress.hpp"
#include "app/sweep_command.hpp"
#include "app/watched_sweep.hpp"
#include "descent/core/error.hpp"
#include "descent/core/text.hpp"
#include "descent/data/source.hpp"
#include "descent/engine/engine.hpp"
#include "descent/report/text_table.hpp"
#include "descent/sweep/load_options.hpp"
#include "descent/sweep/sweep.hpp"

namespace descent::app {
namespace {

/// Command line over --config over --config-from.
sweep::SweepOptions resolve(RunCommand& command) {
  Settings settings = command.settings;
  if (!command.config.empty()) settings.merge(read_config_file(command.config));
  if (!command.config_from.empty()) settings.merge(read_config_of_report(command.config_from));
  const auto take = [&](const char* name, bool& flag) {
    if (const auto found = settings.find(name); found != settings.end()) flag = flag || found->second.text == "true";
    settings.erase(name);
  };
  take("dry-run", command.dry_run), take("explain", command.explain);
  take("details", command.details);
  take("list", command.list), take("quiet", command.quiet);
  if (const auto found = settings.find("page"); found != settings.end()) {
    if (command.page.empty()) command.page = found->second.text;
    settings.erase(found);
  }
  return options_of(settings);
}

/// "mnist" of "idx:../data/mnist/?prefix=x": what a reader calls its data, as far as the URI tells.
std::string data_name(const std::string& uri) {
  std::string path = data::parse_data_uri(uri).path;
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  std::string name = std::filesystem::path(path).filename().string();
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  name = std::filesystem::path(name).stem().string();
  return name.empty() || name == "." || name == ".." ? "data" : name;
}

void choose_output(sweep::SweepOptions& options) {
  if (!options.out.empty()) return;
  options.out = fmt::format("results/{}.json", data_name(options.data));
  std::error_code ignored;  // check_options says what is wrong with the folder
  std::filesystem::create_directories("results", ignored);
}

/// Where the page goes; "" where none is wanted.
std::string page_of(const RunCommand& command, const sweep::SweepOptions& options) {
  return wants_page(command.page.empty() ? "on" : command.page) ? page_beside(options.out) : "";
}

/// No output may replace what the run reads, or another output.
void compare_files(const RunCommand& command, const sweep::SweepOptions& options) {
  core::FileRoles roles;
  if (!command.config.empty()) roles.reads("--config", command.config);
  if (!command.config_from.empty()) roles.reads("--config-from", command.config_from);
  add_sweep_files(roles, options);
  add_page(roles, "the page of --out", page_of(command, options));
}

std::string batch_text(const sweep::PlannedCell& cell) {
  return cell.sampling == record::Sampling::none ? "full"
                                                 : core::with_thousands(static_cast<std::uint64_t>(cell.batch));
}

void print_cells(const sweep::Plan& plan) {
  using enum report::TextTable::Align;
  report::TextTable table({{"loss"},
                           {"optimizer"},
                           {"batch", right},
                           {"sampling"},
                           {"seeds", right},
                           {"threads", right},
                           {"steps at most", right}});
  for (const sweep::PlannedCell& cell : plan.cells)
    table.add({cell.loss, cell.optimizer, batch_text(cell),
               cell.sampling == record::Sampling::none ? "" : record::to_text(cell.sampling),
               std::to_string(cell.seeds), fmt::format("{}", fmt::join(cell.threads, ",")),
               core::with_thousands(static_cast<std::uint64_t>(cell.max_steps))});
  table.write(std::cout, shows_color(STDOUT_FILENO));
}

void print_estimate(const sweep::Plan& plan) {
  report::TextTable table({{""}, {"", report::TextTable::Align::right}});
  for (const auto& [stage, seconds] : plan.estimate_by_stage) table.add({stage, duration_text(seconds)});
  table.add({"in all", {"about " + duration_text(plan.estimated_seconds), report::Ink::strong}});
  table.write(std::cout, shows_color(STDOUT_FILENO));
}

/// A machine without fused multiply-add runs on another engine than all others: whoever compares them has to know.
void tell_engine(const sweep::SweepOptions& options) {
  const std::string missing = engine::EngineRegistry::instance().make("engine", "fused")->unavailable();
  if (missing.empty() || options.trajectory_engine != sweep::default_trajectory_engine()) return;
  std::cerr << fmt::format("descent: engine fused cannot run here: {}; this run uses {}\n", missing,
                           options.trajectory_engine);
}

int show_plan(const RunCommand& command, const sweep::SweepOptions& options) {
  sweep::check_options(options);
  const data::Split data = sweep::load_inputs(options.data, sweep::load_options(options));
  sweep::expect_engines_accept(options, data);
  const sweep::Plan plan = sweep::make_plan(options, data);
  if (command.list) print_cells(plan);
  if (command.list && command.dry_run) std::cout << '\n';
  if (command.dry_run) print_estimate(plan);
  if (!std::cout.flush()) return 0;  // whoever called says so, in one line
  for (const std::string& note : plan.notes) std::cerr << "note: " << core::printable(note) << '\n';
  return 0;
}

}  // namespace

int execute(const RunCommand& asked, const std::vector<std::string>& words) {
  RunCommand command = asked;
  sweep::SweepOptions options = resolve(command);
  const bool only_plan = command.list || command.dry_run;
  if (!only_plan) choose_output(options);
  compare_files(command, options);
  if (only_plan) return show_plan(command, options);
  sweep::check_options(options);
  tell_engine(options);
  return end_sweep(watched_sweep(options, words, command.quiet), options.out, command.explain, command.details,
                   page_of(command, options));
}

}  // namespace descent::app
