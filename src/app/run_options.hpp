#pragma once

#include <map>
#include <span>
#include <string>

#include "descent/sweep/options.hpp"

namespace descent::app {

/// What a configuration file may hold for an option. Lists are given with commas on the command line.
enum class OptionKind { flag, on_off, text, texts, number, numbers };

/// One option of `descent run`: the command line, --config files and stored configurations all come through `set`.
struct RunOption {
  const char* name;  ///< without dashes
  OptionKind kind;
  const char* value;  ///< what help calls the value; "" for a flag
  const char* group;  ///< heading in the help
  const char* help;
  /// Sets the option from its text. `place` is where the text stands ("--threads", "run.toml:3: threads"). Throws
  /// UsageError.
  void (*set)(sweep::SweepOptions& options, const std::string& place, const std::string& text);
};
std::span<const RunOption> run_options();

/// An option's text and where it was given.
struct Setting {
  std::string text, place;
};
using Settings = std::map<std::string, Setting>;  ///< by option name

/// The preset that the settings name (standard otherwise), with everything else that they set. Throws UsageError.
sweep::SweepOptions options_of(const Settings& settings);

/// Flags of the command itself, which a configuration file may hold as well: dry-run, explain, list, quiet.
std::span<const char* const> command_flags();

/// --config: a TOML file of option names. Throws InputError naming file, line and the nearest option.
Settings read_config_file(const std::string& path);
/// --config-from: the effective configuration that a report holds. Throws InputError.
Settings read_config_of_report(const std::string& path);

/// "'thread' is no option; did you mean 'threads'?"
std::string unknown_option(const std::string& name, std::span<const std::string> known);
/// The option of that name; throws UsageError at `place` with the nearest one.
const RunOption& find_run_option(const std::string& name, const std::string& place);

}  // namespace descent::app
