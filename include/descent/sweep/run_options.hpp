#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>

#include "descent/sweep/options.hpp"

namespace descent::sweep {

/// What a configuration file may hold for an option. Lists are given with commas on the command line.
enum class OptionKind { flag, on_off, text, texts, number, numbers };

/// One option of `descent run`. The command line, --config files, the configurations that reports hold and
/// check_options() all read the one list of these: an option that is added there is known to all of them.
struct RunOption {
  std::string name;  ///< without dashes
  OptionKind kind;
  std::string value;  ///< what help calls the value; "" for a flag
  std::string group;  ///< heading in the help
  std::string help;
  /// Sets the option from its text, and checks it. `place` is where the text stands ("--threads", "run.toml:3:
  /// threads"). Throws UsageError.
  void (*set)(SweepOptions& options, const std::string& place, const std::string& text);
  /// The text that `set` would read back; nothing where the option was not given and has no default to write down.
  std::optional<std::string> (*get)(const SweepOptions& options);
  /// False: says where the report goes, not what is run, so that a stored configuration does not hold it.
  bool stored = true;
};
std::span<const RunOption> run_options();
/// The option that sets all others; what else is given counts on top of it.
inline constexpr const char* kPresetOption = "preset";
/// The option of that name; throws UsageError at `place` with the nearest one.
const RunOption& find_run_option(const std::string& name, const std::string& place);

/// An option's text and where it was given.
struct Setting {
  std::string text, place;
};
using Settings = std::map<std::string, Setting>;  ///< by option name

/// The preset that the settings name (standard otherwise), with everything else that they set. Throws UsageError.
SweepOptions options_of(const Settings& settings);

/// "found 'thread'; expected 'threads'"
std::string unknown_option(const std::string& name, std::span<const std::string> known);

}  // namespace descent::sweep
