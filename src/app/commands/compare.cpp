#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <optional>
#include <set>

#include "app/commands.hpp"
#include "app/report_file.hpp"
#include "descent/core/error.hpp"
#include "descent/core/text.hpp"
#include "descent/join/comparison.hpp"
#include "descent/report/comparison.hpp"

namespace descent::app {
namespace {

join::CompareOptions options_of(const CompareCommand& command) {
  join::CompareOptions options;
  if (!command.same_within.empty()) options.same_within = share_of("--same-within", command.same_within);
  if (!command.runs_differ.empty()) options.runs_differ = share_of("--runs-differ", command.runs_differ);
  if (!command.fail_if_slower.empty()) options.fail_if_slower = share_of("--fail-if-slower", command.fail_if_slower);
  options.strict = command.strict;
  if (command.gate.empty()) {
    if (command.strict || !command.fail_if_slower.empty())
      throw core::UsageError(fmt::format("compare: found {} without --gate; expected --gate steps, times or both",
                                         command.strict ? "--strict" : "--fail-if-slower"));
    return options;
  }
  const std::optional<join::GateKind> gate = record::from_text<join::GateKind>(command.gate);
  if (!gate || *gate == join::GateKind::none)
    throw core::UsageError(fmt::format("--gate: found '{}'; expected steps, times or both", command.gate));
  options.gate = *gate;
  return options;
}

/// What the reports are called: as told, else by the names of their files, or by their paths where two have one name.
std::vector<std::string> labels_of(const CompareCommand& command) {
  std::vector<std::string> labels;
  if (!command.labels.empty()) {
    for (const std::string_view label : core::split(command.labels, ',')) labels.emplace_back(core::trim(label));
    if (labels.size() != command.reports.size())
      throw core::UsageError(fmt::format("--label: found {} names; expected one for each of {} reports", labels.size(),
                                         command.reports.size()));
  } else {
    for (const std::string& path : command.reports) {
      std::string name = std::filesystem::path(path).filename().string();
      for (const std::string_view end : {".gz", ".json"})
        if (name.size() > end.size() && name.ends_with(end)) name.erase(name.size() - end.size());
      labels.push_back(name);
    }
  }
  if (std::set<std::string>(labels.begin(), labels.end()).size() == labels.size()) return labels;
  if (command.labels.empty() &&
      std::set<std::string>(command.reports.begin(), command.reports.end()).size() == command.reports.size())
    return command.reports;
  for (std::size_t i = 0; i < labels.size(); ++i)
    labels[i] = (i == 0 ? "BASE" : labels.size() == 2 ? "NEW" : fmt::format("NEW{}", i));
  return labels;
}

void check_outputs(const CompareCommand& command) {
  core::FileRoles roles;
  add_reports(roles, command.reports);
  for (const auto& [name, file] : command.formats) {
    add_output(roles, "--" + name, file);
    expect_no_run_writes("--" + name, file);
  }
}

}  // namespace

double share_of(const std::string& option, const std::string& text) {
  const bool percent = text.ends_with('%');
  const auto value = core::parse_real(core::trim(percent ? text.substr(0, text.size() - 1) : text));
  const double share = percent ? value.value_or(-1) / 100 : value.value_or(-1);
  if (!(share >= 0 && share <= 10))
    throw core::UsageError(
        fmt::format("{}: found '{}'; expected a share from 0 to 10, or a percentage like 2%", option, text));
  return share;
}

int execute(const CompareCommand& command) {
  if (command.reports.size() < 2)
    throw core::UsageError(
        fmt::format("compare: found {} report; expected two or more, BASE and NEW", command.reports.size()));
  if (!command.formats.empty() && command.reports.size() != 2)
    throw core::UsageError(fmt::format("compare: found {} reports to write as --{}; expected two, BASE and NEW",
                                       command.reports.size(), command.formats.begin()->first));
  const join::CompareOptions options = options_of(command);
  const std::vector<std::string> labels = labels_of(command);
  check_outputs(command);
  std::vector<join::Recomputed> read;
  for (const std::string& path : command.reports) read.push_back(join::recomputed(load_report(path)));
  std::vector<join::Labelled> reports;
  for (std::size_t i = 0; i < read.size(); ++i) reports.push_back({labels[i], command.reports[i], &read[i].report});
  std::vector<join::Comparison> comparisons;
  int status = 0;
  for (std::size_t i = 1; i < reports.size(); ++i) {
    comparisons.push_back(join::compare(reports[0], reports[i], options));
    for (const std::size_t side : {std::size_t{0}, i})
      if (!read[side].difference.empty())
        comparisons.back().differences.push_back(
            {join::Fingerprint::tables, labels[side], "", "", read[side].difference});
    const int here = join::exit_status(comparisons.back());
    status = here == 1 || status == 1 ? 1 : std::max(status, here);
  }
  for (const auto& [name, file] : command.formats) {
    const auto format = report::ComparisonFormats::instance().make("format", name);
    replace_file(file, [&](std::ostream& out) { format->write(out, comparisons.front()); });
  }
  const bool shows_page = std::none_of(command.formats.begin(), command.formats.end(),
                                       [](const auto& format) { return format.second == "-"; });
  const report::ComparisonPage page{shows_color(STDOUT_FILENO), command.details, width_of_terminal(STDOUT_FILENO)};
  if (shows_page && comparisons.size() == 1)
    report::write_comparison(std::cout, comparisons.front(), page);
  else if (shows_page)
    report::write_machines(std::cout, join::by_machine(reports), comparisons, page);
  return status;
}

}  // namespace descent::app
