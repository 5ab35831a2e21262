#include <set>
#include <string>

#include "app/commands.hpp"
#include "app/page_file.hpp"
#include "app/report_file.hpp"
#include "app/sweep_command.hpp"
#include "app/watched_sweep.hpp"
#include "descent/core/error.hpp"
#include "descent/sweep/sweep.hpp"

namespace descent::app {
namespace {

/// What hangs on the machine and the time that the report's run had.
const std::set<std::string> kNotInherited{"threads", "oversubscribe", "budget", "shard", "shard-what"};

/// The command line over what the report was made with.
sweep::SweepOptions resolve(const TimeCommand& command, const record::Report& base) {
  Settings settings = command.settings;
  Settings inherited = config_of_report(base, command.report);
  for (const std::string& name : kNotInherited) inherited.erase(name);
  settings.merge(inherited);
  if (!settings.contains("out"))
    throw core::UsageError("time: found no --out; expected the report to write, see --help");
  return options_of(settings);
}

}  // namespace

int execute(const TimeCommand& command, const std::vector<std::string>& words) {
  const record::Report base = load_report(command.report);
  const sweep::SweepOptions options = resolve(command, base);
  core::FileRoles roles;
  add_reports(roles, {command.report});
  add_sweep_files(roles, options);
  const std::string page = wants_page(command.page) ? page_beside(options.out) : "";
  add_page(roles, "the page of --out", page);
  return end_sweep(watched_sweep(
                       [&](sweep::SweepObserver& observer, const std::atomic<bool>& cancel) {
                         return sweep::time_report(base, command.report, options, words, observer, cancel);
                       },
                       command.quiet),
                   options.out, command.explain, command.details, page);
}

}  // namespace descent::app
