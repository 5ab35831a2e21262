#include "report/warnings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "report/format.hpp"
#include "report/phrases.hpp"
#include "report/rows.hpp"

namespace descent::report {
namespace {

using Warnings = std::vector<Warning>;

const record::Check* find_check(const record::Report& report, record::CheckKind kind, record::Verdict verdict,
                                const std::string& subject = "") {
  for (const record::Check& check : report.checks)
    if (check.kind == kind && check.verdict == verdict && (subject.empty() || check.subject == subject)) return &check;
  return nullptr;
}

void failed_checks(const record::Report& report, Warnings& warnings) {
  for (const record::Check& check : report.checks)
    if (check.verdict == record::Verdict::failed)
      warnings.push_back(
          {100, fmt::format("Check {} failed for {}{}{}: do not use these figures, and please report it.",
                            to_text(check.kind), check.subject, check.note.empty() ? "" : ", ", check.note)});
}

void missing_runs(const record::Report& report, Warnings& warnings) {
  if (report.status == record::ReportStatus::complete) return;
  const auto missing =
      std::count_if(report.trajectories.begin(), report.trajectories.end(),
                    [](const record::Trajectory& run) { return run.status == record::RunStatus::not_run; });
  const bool share = report.context.shards > 1;
  if (share && missing == 0) return;  // the head of the page says what it is
  const std::string resume = " Give the same command again with --resume, and a larger --budget where that ended it.";
  const std::string what = report.trajectories.empty() ? "It was stopped before the first run."
                           : missing == 0 ? "It was stopped early: all runs are there, but not all timings."
                                          : fmt::format("It was stopped early: {} of {} runs{} are missing.", missing,
                                                        report.trajectories.size(), share ? " of this share" : "");
  warnings.push_back({90, what + resume});
}

void debug_build(const record::Report& report, Warnings& warnings) {
  if (report.context.library_build_type == "debug" && !report.timings.empty())
    warnings.push_back({85, "This is a debug build, slower than a release build: build it with ./scripts/run."});
}

/// Whole runs against what they should have taken by steps and seconds per step.
void composition(const record::Report& report, Warnings& warnings) {
  const record::Check* const check = find_check(report, record::CheckKind::composition, record::Verdict::suspect);
  if (check == nullptr || !check->value || !(*check->value > 0)) return;
  const double off = std::abs(std::log(*check->value));
  warnings.push_back(
      {off > 0.2 ? 80 : 60,
       fmt::format("Whole runs took {:.2g} times what the table says: take its times as that inexact, or run it "
                   "again.",
                   *check->value)});
}

void disturbed(const record::Report& report, Warnings& warnings) {
  const auto count = std::count_if(report.timings.begin(), report.timings.end(),
                                   [](const record::Timing& timing) { return timing.suspect; });
  if (count == 0) return;
  const double share = static_cast<double>(count) / static_cast<double>(report.timings.size());
  warnings.push_back(
      {share > 0.5 ? 70 : 50,
       fmt::format("{} of {} timings were disturbed (none is left out): close other programs, or raise --invocations.",
                   count, report.timings.size())});
}

void unreached(const record::Report& report, Warnings& warnings) {
  std::set<std::string> losses;
  for (const record::Workload& workload : report.workloads) {
    const std::vector<Target> targets = targets_of(report, workload.id);
    if (targets.empty()) continue;
    const record::Summary* const summary = summary_of(report, workload.id, headline_of(targets));
    if (summary != nullptr && summary->status == record::SummaryStatus::not_reached)
      losses.insert(loss_phrase(report, workload));
  }
  if (losses.empty()) return;
  warnings.push_back(
      {75, fmt::format("No run of {} reached the target: raise --max-steps and --max-epochs, or --target.",
                       listed({losses.begin(), losses.end()}, 3))});
}

void uncertified(const record::Report& report, Warnings& warnings) {
  std::set<std::string> losses;
  for (const record::Summary& summary : report.summary)
    if (summary.uncertified)
      if (const record::Workload* const workload = record::find_workload(report, summary.workload); workload != nullptr)
        losses.insert(loss_phrase(report, *workload));
  if (losses.empty()) return;
  warnings.push_back({65, fmt::format("The optimum of {} is not known well enough for times marked {}: raise "
                                      "--solver-seconds, or --target.",
                                      listed({losses.begin(), losses.end()}, 3), kUncertified)});
}

/// Fewest and most seeds of a series whose runs depend on them.
std::pair<int, int> seeds_of_series(const record::Report& report) {
  int fewest = 0, most = 0;
  for (const record::Convergence& row : report.convergence) {
    if (row.deterministic || row.runs == 0) continue;
    fewest = fewest == 0 ? row.runs : std::min(fewest, row.runs);
    most = std::max(most, row.runs);
  }
  return {fewest, most};
}

/// One warning where both are few, with one command.
void few_seeds_or_processes(const record::Report& report, Warnings& warnings) {
  const auto [seeds, most_seeds] = seeds_of_series(report);
  int processes = 0;
  for (const record::Throughput& row : report.throughput)
    if (row.seconds_per_step && (processes == 0 || row.invocations < processes)) processes = row.invocations;
  if (seeds == 1) warnings.push_back({55, "One seed tells nothing of chance between runs: take --seeds 10."});
  if (processes == 1)
    warnings.push_back({58, "One process tells nothing of what differs between processes: take --invocations 5."});
  const bool few_seeds = seeds > 1 && seeds<10, few_processes = processes> 1 && processes < 5;
  if (few_seeds && few_processes && most_seeds < 10)
    warnings.push_back(
        {30, fmt::format("With {} seeds and {} processes, intervals are wide: take --seeds 10 --invocations 5.", seeds,
                         processes)});
  else if (few_seeds)
    warnings.push_back(
        {30, fmt::format("{} {} seeds, so that their intervals are wide: take --seeds 10.",
                         most_seeds < 10 ? "Steps rest on" : "Steps of some batch sizes rest on", seeds)});
  if (few_processes && !(few_seeds && most_seeds < 10))
    warnings.push_back(
        {25, fmt::format("Times of a step rest on {} processes, so that intervals are wide: take --invocations 5.",
                         processes)});
}

void self_comparison(const record::Report& report, Warnings& warnings) {
  const record::Check* const check =
      find_check(report, record::CheckKind::aa, record::Verdict::suspect, "false positives");
  if (check == nullptr || !check->value) return;
  warnings.push_back(
      {45, fmt::format("{:.0f} % of the cells differ from themselves when timed twice (5 % is chance): close "
                       "other programs.",
                       100 * *check->value)});
}

/// Of an engine that trains in other numbers than floats: what they are, and how far they go.
void own_arithmetic(const record::Report& report, Warnings& warnings) {
  const auto& arithmetic = report.context.arithmetic;
  const auto engine = arithmetic.find("engine"), numbers = arithmetic.find("float");
  if (engine == arithmetic.end() || numbers == arithmetic.end() || numbers->second.starts_with("float")) return;
  warnings.push_back({50, fmt::format("Engine {} trained these runs, with {}.", engine->second, numbers->second)});
}

void rates_at_edge(const record::Report& report, Warnings& warnings) {
  std::vector<std::string> batches;
  for (const record::Series& series : report.series)
    if (series.lr_at_edge && series.status != record::SeriesStatus::not_run) batches.push_back(batch_text(series));
  if (batches.empty()) return;
  warnings.push_back(
      {40, fmt::format("The best rate of {} is at the edge of the search (marked *): try another --target.",
                       counted(static_cast<std::int64_t>(batches.size()), "batch size"))});
}

}  // namespace

std::vector<Warning> warnings_of(const record::Report& report) {
  Warnings warnings;
  for (const auto look : {failed_checks, missing_runs, debug_build, composition, disturbed, unreached, uncertified,
                          few_seeds_or_processes, self_comparison, own_arithmetic, rates_at_edge})
    look(report, warnings);
  std::stable_sort(warnings.begin(), warnings.end(),
                   [](const Warning& a, const Warning& b) { return a.severity > b.severity; });
  return warnings;
}

}  // namespace descent::report
