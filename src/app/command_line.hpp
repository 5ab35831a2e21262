#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "app/run_options.hpp"

namespace descent::app {

// What each subcommand was told.

struct RunCommand {
  Settings settings;  // what was given on the command line
  std::string config, config_from;
  std::string page;  // on, off; empty: not said, so on
  bool list = false, dry_run = false, quiet = false, explain = false, details = false;
};
struct TimeCommand {
  std::string report;  // whose statistics are taken
  Settings settings;   // of `run`, what of it has to do with timings
  std::string page = "on";
  bool quiet = false, explain = false, details = false;
};
struct ReportCommand {
  std::vector<std::string> reports;
  std::string markdown, html, csv, noise_csv, google_benchmark, ci_metrics, json;
  bool reanalyse = false, explain = false, details = false;
};
struct MergeCommand {
  std::string out, page = "on";
  std::vector<std::string> reports;
};
struct CompareCommand {
  std::vector<std::string> reports;  // BASE, then each NEW
  std::string labels, same_within, runs_differ, gate, fail_if_slower;
  bool strict = false, details = false;
  std::map<std::string, std::string> formats;  // name of a format to the file to write
};
struct HistoryCommand {
  std::string folder, fail_if_slower;
  bool gate = false, details = false;
};
struct AbCommand {
  std::vector<std::string> builds;                 // folders whose bench_step is run
  std::vector<std::vector<std::string>> commands;  // what stood behind each "--"
  std::string budget, same_within, fail_if_slower;
  bool strict = false, quiet = false;
};
struct MachineCommand {
  bool json = false, check_noise = false;
  std::string out;  // of the noise check
};
struct ExplainCommand {
  std::string loss, scores, label;  // of the loss "words" no more is asked
};
struct ListCommand {
  std::string what;  // empty: everything
};
struct DataCommand {
  std::string uri;
  Settings settings;  // preprocess, bias, validation-fraction
};
struct TimingCommand {
  std::string order;
};
struct HelpCommand {
  std::string text;
};

using Command =
    std::variant<RunCommand, TimeCommand, ReportCommand, MergeCommand, CompareCommand, HistoryCommand, AbCommand,
                 MachineCommand, ExplainCommand, ListCommand, DataCommand, TimingCommand, HelpCommand>;

/// Throws UsageError: one line with the nearest name.
Command parse_command_line(int argc, const char* const* argv);

}  // namespace descent::app
