#include "report/page.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "report/accuracy_table.hpp"
#include "report/answer.hpp"
#include "report/answer_table.hpp"
#include "report/details.hpp"
#include "report/escapes.hpp"
#include "report/format.hpp"
#include "report/phrases.hpp"
#include "report/rows.hpp"
#include "report/title.hpp"
#include "report/warnings.hpp"

namespace descent::report {
namespace {

constexpr std::size_t kMostWarnings = 3;

/// What the report is of, and what its times are.
void head(Page& page, const record::Report& report) {
  for (const std::string& line : head_lines(report)) page.say(line);
  if (const std::string share = share_text(report); !share.empty()) page.say(share, Ink::strong);
  if (!report.workloads.empty())
    page.say("Time = steps × seconds per step; starting gap = loss at the start minus the least possible loss.",
             Ink::faint);
}

std::string title_of(const record::Report& report, const record::Workload& workload,
                     const std::vector<Target>& targets) {
  std::string title = loss_phrase(report, workload);
  if (title == workload.loss) title += fmt::format(", l2 {:.3g}", workload.l2);
  if (report.datasets.size() > 1) title = workload.dataset + ": " + title;
  const bool shares = std::any_of(targets.begin(), targets.end(), [](const Target& target) {
    return target.kind == record::TargetKind::loss || target.kind == record::TargetKind::escape;
  });
  if (workload.optimum_kind == record::OptimumKind::none && !shares)
    return title + ": no target, since the loss has no minimum";
  if (targets.empty()) return title;
  const Target headline = headline_of(targets);
  if (headline.kind == record::TargetKind::suboptimality)  // of its own: such times do not compare losses
    title += fmt::format(", target: {} of its starting gap left", percent(headline.value));
  else
    title += fmt::format(", target: {}{}", headline.kind == record::TargetKind::accuracy ? "within " : "",
                         target_text(headline));
  if (workload.optimum_kind == record::OptimumKind::best_known && headline.kind == record::TargetKind::suboptimality)
    title += "; the smallest loss is the best that was found";
  return title;
}

void compare_losses(Page& page, const record::Report& report, bool details) {
  for (const record::DatasetRecord& data : report.datasets) {
    const TextTable table = accuracy_table(report, data.id);
    const bool some = std::any_of(
        report.losses_at_accuracy.begin(), report.losses_at_accuracy.end(),
        [&](const record::LossAtAccuracy& row) { return row.dataset == data.id && row.seconds.has_value(); });
    if (table.empty() || (!some && !details)) continue;
    page.heading(accuracy_heading(report, data));
    const std::vector<std::string> sentences = losses_text(report, data.id);
    if (!sentences.empty()) page.say(fmt::format("{}", fmt::join(sentences, " ")));
    if (details || sentences.empty()) page.table(table);
  }
}

void write_warnings(Page& page, const record::Report& report, bool details) {
  const std::vector<Warning> warnings = warnings_of(report);
  if (warnings.empty()) return;
  const bool all = details || warnings.size() <= kMostWarnings;
  page.heading(all ? "Warnings"
                   : fmt::format("Warnings, the worst {} of {} (--details has all)", kMostWarnings, warnings.size()));
  for (std::size_t i = 0; i < warnings.size() && (all || i < kMostWarnings); ++i)
    page.item(static_cast<int>(i + 1), warnings[i].text, Ink::warning);
}

}  // namespace

void write_page(Page& page, const record::Report& report, bool details) {
  head(page, report);
  for (const record::Workload& workload : report.workloads) {
    const std::vector<Target> targets = targets_of(report, workload.id);
    page.heading(title_of(report, workload, targets));
    for (const Sentence& sentence : answer_of(report, workload, targets, details))
      page.say(sentence.text, sentence.ink);
    write_escapes(page, report, workload);
    const Target headline = headline_of(targets);
    const std::vector<Row> rows = rows_of(report, workload.id, headline);
    if (!rows.empty() && !page.roomy()) page.table(answer_table(rows, summary_of(report, workload.id, headline)));
    if (details) workload_details(page, report, workload, targets);
  }
  compare_losses(page, report, details);
  write_warnings(page, report, details);
  if (details) run_details(page, report);
}

}  // namespace descent::report
