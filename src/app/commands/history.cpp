#include "descent/join/history.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "app/commands.hpp"
#include "app/report_file.hpp"
#include "descent/core/error.hpp"
#include "descent/report/history.hpp"

namespace descent::app {
namespace {

namespace fs = std::filesystem;

/// The reports of a folder, plain or gzip data, by name. Whatever has another ending is passed over.
std::vector<std::string> reports_in(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> paths;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string path = at->path().string();
    if (path.ends_with(".json") || path.ends_with(".json.gz")) paths.push_back(path);
  }
  if (error)
    throw core::InputError(
        fmt::format("{}: cannot be read ({}); expected a folder of reports", folder, error.message()));
  if (paths.empty())
    throw core::InputError(
        fmt::format("{}: found no file that ends in .json or .json.gz; expected reports of descent "
                    "run",
                    folder));
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

int execute(const HistoryCommand& command) {
  const double limit = command.fail_if_slower.empty() ? 0.1 : share_of("--fail-if-slower", command.fail_if_slower);
  if (!command.gate && !command.fail_if_slower.empty())
    throw core::UsageError("history: found --fail-if-slower without --gate; expected both");
  const std::vector<std::string> paths = reports_in(command.folder);
  core::FileRoles roles;
  add_reports(roles, paths);  // none of them may be the file of the standard output
  std::vector<record::Report> reports;
  for (const std::string& path : paths) reports.push_back(load_report(path));
  std::vector<join::Labelled> labelled;
  for (std::size_t i = 0; i < paths.size(); ++i)
    labelled.push_back({fs::path(paths[i]).filename().string(), paths[i], &reports[i]});
  const join::History history = join::history_of(labelled, limit);
  report::write_history(std::cout, history, command.gate,
                        {shows_color(STDOUT_FILENO), command.details, width_of_terminal(STDOUT_FILENO)});
  return command.gate && !history.failures.empty() ? 1 : 0;
}

}  // namespace descent::app
