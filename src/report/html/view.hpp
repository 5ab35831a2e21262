#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "descent/join/comparison.hpp"
#include "descent/record/report.hpp"
#include "report/rows.hpp"

namespace descent::report {

/// A report beside the first of a page, compared with it; or why it cannot be.
struct ComparedReport {
  std::string name;  ///< of the report, for people
  std::optional<join::Comparison> comparison;
  std::string reason;
};

/// What the page shows at one time: a loss, a target of it and an engine. Pointers are into `report`.
struct View {
  const record::Report* report = nullptr;      ///< with the records of this workload alone
  const record::Workload* workload = nullptr;  ///< its only one
  std::vector<Target> targets;
  Target target;
  std::string engine;                                        ///< "" where nothing was timed
  const std::vector<ComparedReport>* comparisons = nullptr;  ///< of the later reports of the page with the first
  std::span<const record::Report> all;                       ///< of the page
  std::vector<std::string> names;                            ///< theirs, for people
  std::vector<Row> rows;                                     ///< of the engine: whole batches last, else by batch
};

/// A report with the records of one workload alone, so that looking something up does not pass over all the others.
record::Report only_workload(const record::Report& report, const record::Workload& workload);

/// The views of a report that only_workload() made, the default one first: each target on each engine. One without
/// target or engine where it has none.
std::vector<View> views_of(const record::Report& report);

/// The series in few words, as axes and legends have room for: "128", "momentum 128". No two series of a view
/// have the same.
std::string short_name(const View& view, const record::Series& series);

/// "until 1 % of the starting gap is left", "until a run is 0.5 away from the saddle": of the view's target.
std::string until_text(const View& view);

/// Is it a function of its weights alone, without rows of data?
bool is_landscape(const View& view);

/// Rows of training data that a step reads: where a series stands on an axis of batch sizes. At least 1.
double rows_of_step(const record::Series& series);

}  // namespace descent::report
