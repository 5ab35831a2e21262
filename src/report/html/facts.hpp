#pragma once

#include <nlohmann/json_fwd.hpp>

#include "descent/record/report.hpp"
#include "report/html/view.hpp"

namespace descent::report {

/// The labelled lines of a view's details, as [label, text, note]: what the terminal prints with --details, without
/// its tables.
nlohmann::ordered_json view_facts(const View& view);
/// Those of the run itself: machine, data, checks, where its time went.
nlohmann::ordered_json run_facts(const record::Report& report);
/// Machine, build, libraries, arithmetic and options of a report, as [heading, [[name, value], …]].
nlohmann::ordered_json context_facts(const record::Report& report);
/// The command that repeats the run, as a shell takes it; "" where the report has none.
std::string command_text(const record::Report& report);

}  // namespace descent::report
