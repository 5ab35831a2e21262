#include <unistd.h>

#include <iostream>
#include <utility>

#include "app/commands.hpp"
#include "app/page_file.hpp"
#include "app/report_file.hpp"
#include "descent/analysis/analyse.hpp"
#include "descent/core/error.hpp"
#include "descent/join/merge.hpp"
#include "descent/report/exporters.hpp"
#include "descent/sweep/sweep.hpp"

namespace descent::app {

int execute(const ReportCommand& command) {
  const bool of_one = !(command.markdown + command.csv + command.noise_csv + command.google_benchmark +
                        command.ci_metrics + command.json)
                           .empty();
  const bool exports = of_one || !command.html.empty();
  if (of_one && command.reports.size() != 1)
    throw core::UsageError("report: found " + std::to_string(command.reports.size()) +
                           " reports to export; expected one");
  core::FileRoles roles;
  add_reports(roles, command.reports);
  for (const auto& [option, file] : {std::pair("--markdown", command.markdown),
                                     {"--html", command.html},
                                     {"--csv", command.csv},
                                     {"--noise-csv", command.noise_csv},
                                     {"--google-benchmark", command.google_benchmark},
                                     {"--ci-metrics", command.ci_metrics},
                                     {"--json", command.json}}) {
    add_output(roles, option, file);
    expect_no_run_writes(option, file);
  }
  std::vector<record::Report> all;
  for (const std::string& path : command.reports) {
    record::Report report = load_report(path);
    if (command.reanalyse) report = analysis::analyse(std::move(report));
    const auto write = [&](const std::string& file, auto&& writer) {
      if (!file.empty()) replace_file(file, [&](std::ostream& out) { writer(out, report); });
    };
    write(command.markdown, report::write_markdown);
    write(command.csv, report::write_csv);
    write(command.noise_csv, report::write_noise_csv);
    write(command.google_benchmark, report::write_google_benchmark);
    write(command.ci_metrics, report::write_ci_metrics);
    write(command.json, record::write_report);
    if (!command.html.empty()) all.push_back(report);
    if (exports) continue;
    if (&path != &command.reports.front()) std::cout << '\n';
    report::write_table(std::cout, report,
                        {shows_color(STDOUT_FILENO), command.explain, path, command.details,
                         width_of_terminal(STDOUT_FILENO), existing_page(path)});
  }
  write_page(command.html, all);
  return 0;
}

int execute(const MergeCommand& command) {
  core::FileRoles roles;
  add_reports(roles, command.reports);
  add_output(roles, "merge", command.out);
  expect_no_run_writes("merge", command.out);
  const std::string page = wants_page(command.page) ? page_beside(command.out) : "";
  add_page(roles, "the page of merge", page);
  std::vector<record::Report> reports;
  for (const std::string& path : command.reports) reports.push_back(load_report(path));
  const record::Report merged = join::merge_reports(reports);
  replace_file(command.out, [&](std::ostream& out) { record::write_report(out, merged); });
  write_page(page, {&merged, 1});
  if (command.out != "-")
    report::write_table(
        std::cout, merged,
        {shows_color(STDOUT_FILENO), false, command.out, false, width_of_terminal(STDOUT_FILENO), page});
  return 0;
}

}  // namespace descent::app
