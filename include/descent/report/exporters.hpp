#pragma once

#include <iosfwd>
#include <span>
#include <string>
#include <vector>

#include "descent/record/report.hpp"

namespace descent::report {

// What is made of a report. Each writes one text, from the derived tables alone.

struct TableOptions {
  bool color = false;
  bool explain = false;        ///< a footnote for each column, row and line
  std::string report_path;     ///< named at the end where it is not empty
  bool details = false;        ///< everything that the report has to say, not the answers and the worst warnings alone
  std::size_t width = 100;     ///< columns that a line may take; 40 or more
  std::string page_path = {};  ///< of the HTML page, named beside the report where it is not empty
};
/// The report for a terminal: per workload a few sentences and one table, then at most three warnings.
void write_table(std::ostream& out, const record::Report& report, const TableOptions& options);

/// With all details, for a page that renders Markdown.
void write_markdown(std::ostream& out, const record::Report& report);

/// One HTML file of one report or several, with pictures and tables, that asks for nothing from any network. A pure
/// function of the reports. Texts of the reports stand in it as JSON, never as markup.
void write_html(std::ostream& out, std::span<const record::Report> reports);

/// The JSON that such a page draws from, for tests.
void write_page_data(std::ostream& out, std::span<const record::Report> reports);

/// One row per series × target × threads × engine, with a head line; numbers in full. Empty where there is none. RFC
/// 4180.
void write_csv(std::ostream& out, const record::Report& report);

/// The table `batch_noise` in the same way: one row per workload, checkpoint, sampling and batch.
void write_noise_csv(std::ostream& out, const record::Report& report);

/// Context and benchmark rows as Google Benchmark's --benchmark_out writes them, for its tools/compare.py.
void write_google_benchmark(std::ostream& out, const record::Report& report);

/// A JSON array of {name, unit, value, range, extra}, smaller is better, as github-action-benchmark reads it
/// ("customSmallerIsBetter"): seconds to target of each workload's best cell, and of every cell.
void write_ci_metrics(std::ostream& out, const record::Report& report);

/// The machine for programs: {"context": …, "roofs": […], "checks": […]}.
void write_machine_json(std::ostream& out, const record::Context& context, const std::vector<record::Roof>& roofs,
                        const std::vector<record::Check>& checks);

}  // namespace descent::report
