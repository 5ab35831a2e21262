#include "app/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <set>

#include "descent/core/error.hpp"
#include "descent/core/text.hpp"
#include "descent/report/comparison.hpp"
#include "descent/sweep/sweep.hpp"
#include "version.hpp"

namespace descent::app {
namespace {

constexpr const char* kVersion = "descent " DESCENT_VERSION;

/// The option's text as given; given twice is an error.
CLI::Option* add(CLI::App& app, const std::string& name, std::string& text, const char* value, const char* help) {
  return app.add_option(name, text, help)->type_name(value)->multi_option_policy(CLI::MultiOptionPolicy::Throw);
}

/// Options of `descent run` whose names `wanted` accepts, into settings.
template <class F>
void add_run_options(CLI::App& app, Settings& settings, F&& wanted) {
  for (const RunOption& option : run_options()) {
    if (!wanted(option)) continue;
    const std::string place = fmt::format("--{}", option.name);
    const auto keep = [&settings, place, name = std::string(option.name)](const std::string& text) {
      settings[name] = {text, place};
    };
    CLI::Option* added = option.kind == OptionKind::flag
                             ? app.add_flag_callback(
                                   place, [keep] { keep("true"); }, option.help)
                             : app.add_option_function<std::string>(place, keep, option.help)->type_name(option.value);
    added->group(option.group)->multi_option_policy(CLI::MultiOptionPolicy::Throw);
  }
}

/// Of a command that runs a sweep.
template <class SweepCommand>
void add_output_flags(CLI::App& app, SweepCommand& command) {
  app.add_flag("--quiet", command.quiet, "no progress on the standard error")->group("Output");
  app.add_flag("--details", command.details, "print everything, not the answers and the worst warnings alone")
      ->group("Output");
  app.add_flag("--explain", command.explain, "a note on each column of the tables")->group("Output");
}

bool has_to_do_with_timings(const RunOption& option) {
  static const std::set<std::string_view> names{"data",      "threads",     "oversubscribe", "pin",    "placement",
                                                "engine",    "sharing",     "counters",      "budget", "roof-seconds",
                                                "precision", "invocations", "aa-cells",      "out",    "resume"};
  return names.contains(option.name);
}

/// The options that take a value and the value after it in one word, so that values may begin with a dash ("-inf").
std::vector<std::string> join_values(const CLI::App& app, int argc, const char* const* argv) {
  std::vector<std::string> words;
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    const bool joins = word.starts_with("--") && i + 1 < argc && argv[i + 1][0] == '-' && argv[i + 1][1] != '-';
    if (joins)
      for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
        const CLI::Option* const option = sub->get_option_no_throw(word);
        if (option == nullptr || option->get_items_expected_max() == 0) continue;
        word += fmt::format("={}", argv[++i]);
        break;
      }
    words.push_back(std::move(word));
  }
  return words;
}

/// What stands behind each "--", which is taken off the words.
std::vector<std::vector<std::string>> take_commands(int& argc, const char* const* argv) {
  std::vector<std::vector<std::string>> commands;
  int kept = argc;
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--") {
      kept = std::min(kept, i);
      commands.emplace_back();
    } else if (!commands.empty()) {
      commands.back().emplace_back(argv[i]);
    }
  }
  argc = kept;
  return commands;
}

/// The first word that no option took.
void refuse_extras(const CLI::App& app, const CLI::App* chosen) {
  std::vector<std::string> known;
  const CLI::App& asked = chosen == nullptr ? app : *chosen;
  for (const CLI::Option* option : asked.get_options())
    for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  for (const std::string& word : asked.remaining()) {
    if (word == "--") continue;
    if (word.starts_with('-'))
      throw core::UsageError(fmt::format("{}: {}", chosen == nullptr ? "command line" : chosen->get_name(),
                                         unknown_option(word.substr(0, word.find('=')), known)));
    if (chosen != nullptr)
      throw core::UsageError(fmt::format(
          "{}: found '{}', which belongs to no option; expected options only, see --help", chosen->get_name(), word));
  }
}

/// An empty word is what a shell makes of a variable that is not set: taken as an option that was not given, it would
/// change what is done. Options of runs tell themselves.
void refuse_empty_words(const CLI::App& chosen) {
  for (const CLI::Option* option : chosen.get_options()) {
    const bool empty = std::any_of(option->results().begin(), option->results().end(),
                                   [](const std::string& word) { return word.empty(); });
    const std::string name = option->get_name();
    const auto runs = run_options();
    if (!empty || std::any_of(runs.begin(), runs.end(),
                              [&](const RunOption& run) { return name == "--" + std::string(run.name); }))
      continue;
    throw core::UsageError(
        name.starts_with('-')
            ? fmt::format("{}: found nothing; expected {}, see --help", name, option->get_type_name())
            : fmt::format("{}: found nothing for {}; expected it, see --help", chosen.get_name(), name));
  }
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
    if (!sub->get_group().empty()) names.push_back(sub->get_name());
  return names;
}

/// CLI11's own errors in one line, as ours are.
std::string one_line(const CLI::Error& error, const CLI::App* chosen) {
  std::string text = error.what();
  for (char& c : text)
    if (c == '\n') c = ' ';
  const std::string place = chosen == nullptr ? "command line" : chosen->get_name();
  if (const std::size_t end = text.find(" is required"); end != std::string::npos)
    return fmt::format("{}: found no {}; expected one, see --help", place, text.substr(0, end));
  if (const std::size_t end = text.find(':'); text.starts_with("--") && end != std::string::npos) {
    const bool missing = text.find("missing") != std::string::npos;
    return fmt::format("{}: found {}; expected {}, see --help", text.substr(0, end),
                       missing ? "no value" : "it more than once", missing ? "one" : "it once, with commas in lists");
  }
  return fmt::format("{}: found a wrong command line: {}; expected what --help says", place, text);
}

}  // namespace

Command parse_command_line(int argc, const char* const* argv) {
  CLI::App app(
      "Measures which batch size and thread count train a linear classifier fastest on this CPU:\n"
      "steps to a target, seconds per step, and their product, each with an interval.",
      "descent");
  app.set_version_flag("--version", kVersion);
  app.allow_extras();
  app.fallthrough(false);
  app.get_formatter()->column_width(34);

  RunCommand run;
  CLI::App& run_app = *app.add_subcommand("run", "measure losses, batch sizes and threads; write a report");
  add(run_app, "--config", run.config, "FILE", "options from a TOML file")->group("Options from");
  add(run_app, "--config-from", run.config_from, "REPORT", "the options of an earlier report")->group("Options from");
  add_run_options(run_app, run.settings, [](const RunOption&) { return true; });
  add(run_app, "--page", run.page, "on|off", "write an HTML page beside the report; on by default")->group("Output");
  run_app.add_flag("--list", run.list, "list the planned cells, run nothing")->group("Output");
  run_app.add_flag("--dry-run", run.dry_run, "say how long it would take, run nothing")->group("Output");
  add_output_flags(run_app, run);

  TimeCommand time;
  CLI::App& time_app =
      *app.add_subcommand("time", "time the cells of a report on this machine, without its searches and training");
  time_app.add_option("REPORT", time.report, "a report of descent run, from any machine")->required()->type_name("");
  add_run_options(time_app, time.settings, has_to_do_with_timings);
  add(time_app, "--page", time.page, "on|off", "write an HTML page beside the report; on by default")->group("Output");
  add_output_flags(time_app, time);

  ReportCommand report;
  CLI::App& report_app = *app.add_subcommand("report", "print a report, or export it ('-': to the standard output)");
  report_app.add_option("REPORT", report.reports, "reports of descent run")->required()->type_name("");
  add(report_app, "--markdown", report.markdown, "FILE", "tables for a page that renders Markdown");
  add(report_app, "--html", report.html, "FILE", "one page of all REPORTs, with pictures, for a browser");
  add(report_app, "--csv", report.csv, "FILE", "one row per series, target, threads and engine");
  add(report_app, "--noise-csv", report.noise_csv, "FILE",
      "gradient noise: one row per checkpoint, sampling and batch");
  add(report_app, "--google-benchmark", report.google_benchmark, "FILE", "for Google Benchmark's compare.py");
  add(report_app, "--ci-metrics", report.ci_metrics, "FILE", "for github-action-benchmark (customSmallerIsBetter)");
  add(report_app, "--json", report.json, "FILE", "the report itself, after --reanalyse");
  report_app.add_flag("--reanalyse", report.reanalyse, "compute the derived tables again from the raw ones");
  report_app.add_flag("--details", report.details, "print everything, not the answers and the worst warnings alone");
  report_app.add_flag("--explain", report.explain, "a note on each column of the tables");

  MergeCommand merge;
  CLI::App& merge_app = *app.add_subcommand("merge", "join the reports of shares of one sweep");
  merge_app.add_option("OUT", merge.out, "the report to write")->required()->type_name("");
  merge_app.add_option("IN", merge.reports, "the reports to join")->required()->type_name("");
  add(merge_app, "--page", merge.page, "on|off", "write an HTML page beside OUT; on by default");

  CompareCommand compare;
  CLI::App& compare_app =
      *app.add_subcommand("compare", "say whether NEW is faster than BASE, and whether its weights are the same");
  compare_app.add_option("BASE NEW", compare.reports, "two reports of descent run, or more to compare with the first")
      ->required()
      ->type_name("");
  add(compare_app, "--label", compare.labels, "A,B", "what to call the reports (default: their files' names)");
  add(compare_app, "--same-within", compare.same_within, "P", "where the interval has to lie for 'same' (default 2%)");
  add(compare_app, "--runs-differ", compare.runs_differ, "P",
      "what two runs of one build differ by (default: from the scatter of processes)");
  add(compare_app, "--gate", compare.gate, "steps|times|both", "exit status 1 where they got worse")->group("Gate");
  add(compare_app, "--fail-if-slower", compare.fail_if_slower, "P", "the slow-down that fails (default 10%)")
      ->group("Gate");
  compare_app.add_flag("--strict", compare.strict, "exit status 3 where the gate cannot decide")->group("Gate");
  compare_app.add_flag("--details", compare.details, "every cell and target, not what matters most alone");
  for (const auto& entry : report::ComparisonFormats::instance().entries()) {
    const std::string option = "--" + entry.name;
    const std::unique_ptr<report::ComparisonFormat> format = entry.make({});
    compare_app
        .add_option_function<std::string>(
            option, [&compare, name = entry.name](const std::string& file) { compare.formats[name] = file; },
            std::string(format->description()))
        ->type_name("FILE")
        ->group("Formats ('-': to the standard output)")
        ->multi_option_policy(CLI::MultiOptionPolicy::Throw);
  }

  HistoryCommand history;
  CLI::App& history_app =
      *app.add_subcommand("history", "show how the cells of a folder of reports went, and the steps in them");
  history_app.add_option("FOLDER", history.folder, "reports, .json or .json.gz")->required()->type_name("");
  history_app.add_flag("--gate", history.gate, "exit status 1 where the last step of a cell is a slow-down");
  add(history_app, "--fail-if-slower", history.fail_if_slower, "P", "the slow-down that fails (default 10%)");
  history_app.add_flag("--details", history.details, "every cell");

  AbCommand ab;
  CLI::App& ab_app = *app.add_subcommand(
      "ab", "which of two is faster: descent ab -- CMD_A -- CMD_B, or two build folders, by their bench_step");
  ab_app.add_option("BUILD", ab.builds, "two build folders; arguments of bench_step may follow after --")
      ->type_name("");
  add(ab_app, "--budget", ab.budget, "T", "most time that it takes, like 5m, which is the default");
  add(ab_app, "--same-within", ab.same_within, "P", "a difference that counts as none (default 2%)");
  add(ab_app, "--fail-if-slower", ab.fail_if_slower, "P", "exit status 1 where B is slower, and by P or more");
  ab_app.add_flag("--strict", ab.strict, "exit status 3 where it stays undecided");
  ab_app.add_flag("--quiet", ab.quiet, "no progress on the standard error");

  MachineCommand machine;
  CLI::App& machine_app = *app.add_subcommand("machine", "show topology, limits, versions and roofs of this machine");
  machine_app.add_flag("--json", machine.json, "for programs");
  machine_app.add_flag("--check-noise", machine.check_noise,
                       "also time cells twice: which differences this machine can tell (some minutes)");
  add(machine_app, "--out", machine.out, "FILE", "report of the noise check (default results/noise.json)");

  ExplainCommand explain;
  CLI::App& explain_app = *app.add_subcommand(
      "explain", "take a loss apart for one example; 'explain words': what the words of a report mean");
  explain_app.add_option("LOSS", explain.loss, "its name, see 'descent list losses'; or 'words'")
      ->required()
      ->type_name("");
  add(explain_app, "--scores", explain.scores, "S,S,S", "one score per class");
  add(explain_app, "--label", explain.label, "K", "the right class, from 0");

  ListCommand list;
  CLI::App& list_app =
      *app.add_subcommand("list", "losses, metrics, optimizers, models, landscapes, engines, readers, presets");
  list_app.add_option("WHAT", list.what, "one of them")->type_name("");

  DataCommand data;
  CLI::App& data_app = *app.add_subcommand("data", "look at a data set as a run would see it");
  data_app.add_option("URI", data.uri, "as for 'descent run --data'")->required()->type_name("");
  add_run_options(data_app, data.settings, [](const RunOption& option) {
    const std::string_view name = option.name;
    return name == "preprocess" || name == "bias" || name == "validation-fraction";
  });

  TimingCommand timing;
  CLI::App& timing_app = *app.add_subcommand(sweep::kTimingArgument, "")->group("");
  timing_app.add_option("ORDER", timing.order, "")->required();

  for (CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) sub->allow_extras();

  if (argc > 1 && std::string_view(argv[1]) == "ab") ab.commands = take_commands(argc, argv);
  std::vector<std::string> words = join_values(app, argc, argv);
  const auto chosen = [&]() -> const CLI::App* {
    return app.get_subcommands().empty() ? nullptr : app.get_subcommands().front();
  };
  try {
    std::reverse(words.begin(), words.end());
    app.parse(words);
  } catch (const CLI::CallForHelp&) {
    return HelpCommand{chosen() == nullptr ? app.help() : chosen()->help("descent")};
  } catch (const CLI::CallForVersion&) {
    return HelpCommand{std::string(kVersion) + "\n"};
  } catch (const CLI::Error& error) {
    refuse_extras(app, chosen());
    throw core::UsageError(one_line(error, chosen()));
  }
  refuse_extras(app, chosen());
  if (chosen() == nullptr) {
    const std::vector<std::string> names = command_names(app);
    if (!app.remaining().empty())
      throw core::UsageError("command line: " + core::unknown_name("command", app.remaining().front(), names));
    throw core::UsageError(fmt::format("command line: found no command; expected {}", fmt::join(names, ", ")));
  }
  refuse_empty_words(*chosen());
  if (chosen() == &run_app) return run;
  if (chosen() == &time_app) return time;
  if (chosen() == &report_app) return report;
  if (chosen() == &merge_app) return merge;
  if (chosen() == &compare_app) return compare;
  if (chosen() == &history_app) return history;
  if (chosen() == &ab_app) return ab;
  if (chosen() == &machine_app) return machine;
  if (chosen() == &explain_app) return explain;
  if (chosen() == &list_app) return list;
  if (chosen() == &data_app) return data;
  return timing;
}

}  // namespace descent::app
