#include "app/sweep_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

#include "app/commands.hpp"
#include "app/page_file.hpp"
#include "app/report_file.hpp"
#include "app/watched_sweep.hpp"
#include "descent/core/text.hpp"
#include "descent/join/merge.hpp"
#include "descent/report/exporters.hpp"
#include "descent/sweep/sweep.hpp"

namespace descent::app {

void add_sweep_files(core::FileRoles& roles, const sweep::SweepOptions& options) {
  for (const std::string& file : sweep::input_files(options.data)) roles.reads("--data", file);
  if (options.out.empty()) return;
  const sweep::OutputFiles files = sweep::output_files(options);
  add_output(roles, "--out", files.report);
  roles.writes("the journal of --out", files.journal);
  roles.writes("the earlier journal of --out", files.old_journal);
  roles.writes("the timings of --out", files.timing);
}

int end_sweep(const record::Report& report, const std::string& out, bool explain, bool details,
              const std::string& page) {
  replace_file(out, [&](std::ostream& file) { record::write_report(file, report); });
  write_page(page, {&report, 1});
  report::write_table(std::cout, report,
                      {shows_color(STDOUT_FILENO), explain, out, details, width_of_terminal(STDOUT_FILENO), page});
  std::cout.flush();
  if (join::has_failed_check(report)) {
    std::cerr << fmt::format(
        "descent: {}: found weights that are not equal where they have to be; expected equal "
        "hashes, see its checks\n",
        core::printable(out));
    return 2;
  }
  if (!interrupted()) return 0;
  std::cerr << fmt::format("descent: interrupted; {} is a partial report, --resume continues\n", core::printable(out));
  return 130;
}

}  // namespace descent::app
