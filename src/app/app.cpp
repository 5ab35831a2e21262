#include "descent/app/app.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>

#include "app/command_line.hpp"
#include "app/commands.hpp"
#include "descent/core/failure.hpp"
#include "descent/core/file_roles.hpp"
#include "descent/core/process.hpp"
#include "descent/core/text.hpp"
#include "descent/join/comparison.hpp"
#include "descent/join/merge.hpp"
#include "descent/sweep/sweep.hpp"

namespace descent::app {
namespace {

int dispatch(const Command& command, const std::vector<std::string>& words) {
  if (const auto* const run = std::get_if<RunCommand>(&command)) return execute(*run, words);
  if (const auto* const time = std::get_if<TimeCommand>(&command)) return execute(*time, words);
  if (const auto* const report = std::get_if<ReportCommand>(&command)) return execute(*report);
  if (const auto* const merge = std::get_if<MergeCommand>(&command)) return execute(*merge);
  if (const auto* const compare = std::get_if<CompareCommand>(&command)) return execute(*compare);
  if (const auto* const history = std::get_if<HistoryCommand>(&command)) return execute(*history);
  if (const auto* const ab = std::get_if<AbCommand>(&command)) return execute(*ab);
  if (const auto* const machine = std::get_if<MachineCommand>(&command)) return execute(*machine, words);
  if (const auto* const explain = std::get_if<ExplainCommand>(&command)) return execute(*explain);
  if (const auto* const list = std::get_if<ListCommand>(&command)) return execute(*list);
  if (const auto* const data = std::get_if<DataCommand>(&command)) return execute(*data);
  if (const auto* const timing = std::get_if<TimingCommand>(&command))
    return sweep::run_timing_invocation(timing->order);
  std::cout << std::get<HelpCommand>(command).text;
  return 0;
}

/// One line on `to`, whatever a message holds.
int fail(std::string text, int status = 2, std::ostream& to = std::cerr) {
  for (char& c : text)
    if (std::isspace(static_cast<unsigned char>(c)) != 0) c = ' ';
  to << "descent: " << core::printable(text) << std::endl;
  return status;
}

void write_error(std::initializer_list<const char*> parts) {
  for (const char* part : parts)
    if (write(STDERR_FILENO, part, std::strlen(part)) < 0) break;
}

/// Memory or threads that run out inside a library's own thread are no mistake of the program: one line, no abort.
[[noreturn]] void end_without_abort() {
  const char* const text = core::uncaught_failure_text(std::current_exception());
  if (text == nullptr) std::abort();
  write_error({"descent: ", text, "\n"});
  _exit(2);
}

/// In place of the end by a signal, which says nothing; a sweep has a handler of its own, which keeps what there is.
void end_at_processor_limit(int) {
  write_error({"descent: ", core::kProcessorTimeUsedUp});
  _exit(2);
}

/// A descriptor that is closed at the start would be given to the next file that is opened, and what goes to the
/// standard output would go into the journal. Nothing can be written to what is put in its place.
void occupy_standard_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(descriptor, F_GETFD) < 0) open("/dev/null", O_RDONLY);  // takes the lowest one that is free
}

}  // namespace

std::size_t width_of_terminal(int file_descriptor) {
  constexpr std::size_t kLeast = 60, kMost = 200, kElsewhere = 100;
  winsize size{};
  const bool known = ioctl(file_descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? std::clamp<std::size_t>(size.ws_col, kLeast, kMost) : kElsewhere;
}

bool moves_cursor(int file_descriptor) {
  // terminfo's names of terminals that understand nothing but text
  constexpr std::string_view kPlain[] = {"", "dumb", "unknown", "network", "dialup", "plugboard", "emacs"};
  const char* const term = std::getenv("TERM");
  return isatty(file_descriptor) != 0 && term != nullptr &&
         std::find(std::begin(kPlain), std::end(kPlain), std::string_view(term)) == std::end(kPlain);
}

bool shows_color(int file_descriptor) {
  const char* const no_color = std::getenv("NO_COLOR");
  return moves_cursor(file_descriptor) && (no_color == nullptr || *no_color == '\0');
}

int run_app(int argc, char** argv) {
  occupy_standard_descriptors();
  std::ios::sync_with_stdio(false);
  std::set_terminate(end_without_abort);
  try {
    core::prepare_process(end_at_processor_limit);
    const int status = dispatch(parse_command_line(argc, argv), {argv, argv + argc});
    if (!std::cout.flush()) return fail("standard output: cannot be written; expected room for the result");
    return status;
  } catch (const core::StandardErrorIsUsed& error) {
    return error.output_too() ? 2 : fail(error.what(), 2, std::cout);
  } catch (const join::MergeConflict& error) {
    return fail(error.what(), 3);
  } catch (const join::NotComparable& error) {
    return fail(error.what(), 3);
  } catch (...) {
    return fail(core::failure_text(std::current_exception()));
  }
}

}  // namespace descent::app
