#pragma once

#include <span>
#include <string>

#include "descent/record/report.hpp"
#include "descent/sweep/run_options.hpp"

namespace descent::app {

using sweep::find_run_option;
using sweep::OptionKind;
using sweep::options_of;
using sweep::run_options;
using sweep::RunOption;
using sweep::Setting;
using sweep::Settings;
using sweep::unknown_option;

/// Flags of the command itself, which a configuration file may hold as well: details, dry-run, explain, list, quiet. So
/// it may hold `page`, on or off.
std::span<const char* const> command_flags();

/// --config: a TOML file of option names. Throws InputError naming file, line and the nearest option.
Settings read_config_file(const std::string& path);
/// --config-from: the effective configuration that a report holds. Throws InputError.
Settings read_config_of_report(const std::string& path);
/// The same of a report that was read from `path`.
Settings config_of_report(const record::Report& report, const std::string& path);

}  // namespace descent::app
