// How often are the intervals and statements of the analysis right? Prints a table in Markdown: procedure, sample
// sizes, promised and measured share of trials in which it is right, median width of its intervals, and how often it
// says nothing.
//
//     build/release/bin/coverage                      made-up reports whose truth is known
//     build/release/bin/coverage --report FILE        runs drawn with replacement from those of a report
//
// Every figure comes from analysis::analyse: the procedures are the library's own. The same options give the same
// table.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <sstream>

#include "command.hpp"
#include "descent/core/input_file.hpp"
#include "descent/record/json.hpp"
#include "settings.hpp"

namespace descent::bench {
namespace {

int run(int argc, char** argv) {
  Settings settings;
  CLI::App app("How often do the intervals and tied sets of the analysis hold what they promise?");
  app.add_option("--trials", settings.trials, "reports a setting")->check(CLI::Range(10, 1000000));
  app.add_option("--only", settings.only, "procedures whose name begins so");
  app.add_option("--report", settings.report, "report of a sweep of many seeds, to draw its runs from");
  app.add_option("--seeds", settings.seeds, "runs drawn of each series")->delimiter(',')->check(CLI::Range(2, 100000));
  parse_or_end(app, "coverage: ", argc, argv);
  const auto print = [](const Tally& tally) {
    std::fputs(tally.line().c_str(), stdout);
    std::fflush(stdout);
  };
  std::fputs(Tally::heading().c_str(), stdout);
  if (settings.report.empty()) {
    simulate(settings, print);
    return status_of_output("coverage: ");
  }
  std::istringstream file(core::read_whole_file(settings.report, "a report"));
  resample(settings, record::read_report(file, settings.report), print);
  return status_of_output("coverage: ");
}

}  // namespace
}  // namespace descent::bench

int main(int argc, char** argv) { return descent::bench::run_program("coverage", descent::bench::run, argc, argv); }
