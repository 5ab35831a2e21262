// Feeds arbitrary text to the reader of reports, and the reports that it accepts to all code that uses them: analysis,
// merge, every export. A report from a stranger may be refused, but must never crash or hang the program.
#include <sstream>

#include "descent/analysis/analyse.hpp"
#include "descent/core/error.hpp"
#include "descent/join/merge.hpp"
#include "descent/report/exporters.hpp"
#include "json_mutator.hpp"

namespace {

/// The text must have no byte that a terminal takes as a command.
void check_printable(const std::string& text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < ' ' && c != '\n') std::abort();
}

void use(const descent::record::Report& report) {
  std::ostringstream table, details, others;
  descent::report::write_table(table, report, {});
  descent::report::write_table(details, report, {.explain = true, .details = true, .width = 80});
  check_printable(table.str());
  check_printable(details.str());
  descent::report::write_markdown(others, report);
  descent::report::write_csv(others, report);
  descent::report::write_noise_csv(others, report);
  descent::report::write_google_benchmark(others, report);
  try {
    descent::report::write_ci_metrics(others, report);
  } catch (const descent::core::UsageError&) {
  } catch (const descent::core::InputError&) {
  }
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
  return descent::fuzz::mutate_document(data, size, most, seed);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::istringstream text(std::string(reinterpret_cast<const char*>(bytes), size));
  try {
    const descent::record::Report report = descent::record::read_report(text, "report");
    use(report);
    const descent::record::Report again = descent::analysis::analyse(report);
    use(again);
    std::ostringstream written;
    descent::record::write_report(written, again);
    std::istringstream back(written.str());
    descent::record::read_report(back, "written");  // what was written can be read again
    descent::join::merge_reports(std::vector{report, report});
  } catch (const descent::core::InputError&) {
  }
  return 0;
}
