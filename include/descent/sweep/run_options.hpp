#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>

#include "descent/sweep/options.hpp"

namespace descent::sweep {

/// What a configuration file may hold for an option. Lists are given with commas on the command line.
enum class OptionKind { flag, on_off, text, texts, number, numbers };

/// One option of `descent run`. The command line, --config files, the configurations in reports and check_options() all
/// read the same list of options, so that a new option is known to all of them.
struct RunOption {
  std::string name;  ///< without dashes
  OptionKind kind;
  std::string value;  ///< what help calls the value; "" for a flag
  std::string group;  ///< heading in the help
  std::string help;
  /// Sets the option from its text, and checks it. `place` says where the text is from ("--threads", "run.toml:3:
  /// threads"). Throws UsageError.
  void (*set)(SweepOptions& options, const std::string& place, const std::string& text);
  /// The text that `set` would read back; empty if the option was not given and has no default that can be written
  /// down.
  std::optional<std::string> (*get)(const SweepOptions& options);
  /// False if the option says where the report goes, not what is run; then stored configurations do not hold it.
  bool stored = true;
};
std::span<const RunOption> run_options();
/// The option that sets all others; other given options override its values.
inline constexpr const char* kPresetOption = "preset";
/// The option of that name; throws UsageError at `place` with the nearest one.
const RunOption& find_run_option(const std::string& name, const std::string& place);

/// An option's text and where it was given.
struct Setting {
  std::string text, place;
};
using Settings = std::map<std::string, Setting>;  ///< by option name

/// The options of the preset that the settings name (default: standard), changed by all other settings. Throws
/// UsageError.
SweepOptions options_of(const Settings& settings);

/// "found 'thread'; expected 'threads'"
std::string unknown_option(const std::string& name, std::span<const std::string> known);

}  // namespace descent::sweep
