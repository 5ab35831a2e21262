#include "descent/app/app.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>

#include "app/command_line.hpp"
#include "app/commands.hpp"
#include "descent/core/error.hpp"
#include "descent/join/merge.hpp"
#include "descent/sweep/sweep.hpp"

namespace descent::app {
namespace {

int dispatch(const Command& command, const std::vector<std::string>& words) {
  if (const auto* const run = std::get_if<RunCommand>(&command)) return execute(*run, words);
  if (const auto* const report = std::get_if<ReportCommand>(&command)) return execute(*report);
  if (const auto* const merge = std::get_if<MergeCommand>(&command)) return execute(*merge);
  if (const auto* const machine = std::get_if<MachineCommand>(&command)) return execute(*machine, words);
  if (const auto* const explain = std::get_if<ExplainCommand>(&command)) return execute(*explain);
  if (const auto* const list = std::get_if<ListCommand>(&command)) return execute(*list);
  if (const auto* const data = std::get_if<DataCommand>(&command)) return execute(*data);
  if (const auto* const timing = std::get_if<TimingCommand>(&command))
    return sweep::run_timing_invocation(timing->order);
  std::cout << std::get<HelpCommand>(command).text;
  return 0;
}

/// One line on the standard error, whatever a message holds.
int fail(std::string text, int status = 2) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  std::cerr << "descent: " << text << std::endl;
  return status;
}

}  // namespace

bool shows_color(int file_descriptor) {
  const char* const no_color = std::getenv("NO_COLOR");
  const char* const term = std::getenv("TERM");
  return isatty(file_descriptor) != 0 && (no_color == nullptr || *no_color == '\0') &&
         (term == nullptr || std::string_view(term) != "dumb");
}

int run_app(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  try {
    const int status = dispatch(parse_command_line(argc, argv), {argv, argv + argc});
    if (!std::cout.flush()) return fail("standard output: cannot be written; expected room for the result");
    return status;
  } catch (const core::UsageError& error) {
    return fail(error.what());
  } catch (const join::MergeConflict& error) {
    return fail(error.what(), 3);
  } catch (const core::InputError& error) {
    return fail(error.what());
  } catch (const std::bad_alloc&) {
    return fail("memory: found too little for this data and these threads; expected more memory or smaller data");
  } catch (const std::filesystem::filesystem_error& error) {
    return fail(
        fmt::format("{}: {}; expected a path that can be used", error.path1().string(), error.code().message()));
  } catch (const std::exception& error) {
    return fail(fmt::format("found an error that no check foresaw: {}; expected none, please report it", error.what()));
  }
}

}  // namespace descent::app
