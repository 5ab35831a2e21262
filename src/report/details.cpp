#include "report/details.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "descent/core/text.hpp"
#include "descent/record/find.hpp"
#include "report/batch_sizes.hpp"
#include "report/doubling_table.hpp"
#include "report/format.hpp"
#include "report/laws.hpp"
#include "report/noise_table.hpp"
#include "report/phrases.hpp"
#include "report/rows.hpp"
#include "report/workload_table.hpp"

namespace descent::report {
namespace {

std::string value_of(const std::map<std::string, std::string>& values, const char* key) {
  const auto found = values.find(key);
  return found == values.end() ? "" : found->second;
}

/// What comparing cells with themselves told of the machine.
std::string comparison_text(const record::Report& report) {
  std::string text;
  for (const record::Check& check : report.checks) {
    if (check.kind != record::CheckKind::aa || !check.value) continue;
    if (check.subject == "smallest difference")
      text += fmt::format("; differences of less than {:.2g} % between two cells cannot be told", 100 * *check.value);
    else
      text += fmt::format("; {:.2g} % of the cells differ from themselves when timed twice, where 5 % is chance",
                          100 * *check.value);
  }
  return text;
}

void machine_fact(Page& page, const record::Report& report) {
  const record::Context& context = report.context;
  std::string text = value_of(context.machine, "model");
  if (text.empty()) text = context.host_name.empty() ? "unknown" : context.host_name;
  if (const std::string cores = value_of(context.machine, "cores"); !cores.empty())
    text += fmt::format(", {} core{}, {}", cores, cores == "1" ? "" : "s", value_of(context.machine, "simd"));
  if (!report.roofs.empty()) {
    const record::Roof& roof =
        *std::max_element(report.roofs.begin(), report.roofs.end(),
                          [](const record::Roof& a, const record::Roof& b) { return a.threads < b.threads; });
    text += fmt::format("; {} read {:.0f} GB/s and do {:.0f} GFLOP/s", counted(roof.threads, "thread"),
                        roof.read_gb_per_s, roof.fma_f32_gflop_per_s);
  }
  page.fact("machine", text + comparison_text(report));
}

void data_facts(Page& page, const record::Report& report) {
  for (const record::DatasetRecord& data : report.datasets) {
    std::string text = fmt::format("{}, {} rows × {} features{}, {} classes", data.id, count_text(data.n),
                                   count_text(data.d - (data.bias ? 1 : 0)), data.bias ? " + bias" : "", data.classes);
    if (data.n == 0) text = data.id + ", without rows: a function of its weights alone";
    if (data.validation_n > 0) text += fmt::format("; {} rows for validation", count_text(data.validation_n));
    if (!data.label_column.empty()) text += fmt::format("; label {}", data.label_column);
    page.fact("data", text);
    for (const std::string& note : data.notes) page.fact("note", note);
  }
}

void optimum_fact(Page& page, const record::Workload& workload) {
  if (!workload.optimum_value || workload.optimum_kind == record::OptimumKind::none) {
    page.fact("optimum", workload.note.empty() ? "none known" : workload.note, Ink::warning);
    return;
  }
  std::string text = fmt::format("{:.5g}", *workload.optimum_value);
  text += workload.optimum_gap && workload.optimum_kind == record::OptimumKind::certified
              ? fmt::format(", off by at most {:.1g}, found by {}", *workload.optimum_gap, workload.optimum_solver)
              : fmt::format(", found by {}, without a bound on how far it is off", workload.optimum_solver);
  if (workload.optimum_validation_accuracy)
    text += fmt::format("; validation accuracy there {:.2f} %", 100 * *workload.optimum_validation_accuracy);
  page.fact("optimum", text);
}

bool has_oversubscribed(const Row& row) {
  return std::any_of(row.cells.begin(), row.cells.end(),
                     [](const TimedCell& timed) { return timed.steps->oversubscribed; });
}

/// When the reference solver came there: what a second-order method on all rows would need, timed or not.
void baseline_fact(Page& page, const record::Workload& workload, const record::Summary& summary) {
  if (!summary.baseline_seconds) return;
  page.fact("baseline", fmt::format("{} comes to the target in {}{}, timed once",
                                    workload.optimum_solver.empty() ? "the reference solver" : workload.optimum_solver,
                                    seconds_with_interval(summary.baseline_seconds, {}, {}),
                                    summary.baseline_passes ? fmt::format(" and {} passes over the data",
                                                                          steps_text(*summary.baseline_passes))
                                                            : ""));
}

void best_facts(Page& page, const record::Report& report, const record::Workload& workload, const Target& headline) {
  const record::Summary* const summary = summary_of(report, workload.id, headline);
  if (summary == nullptr) return;
  if (!summary->best_seconds) return baseline_fact(page, workload, *summary);
  if (!summary->tied.empty())
    page.fact("tied", "perhaps as fast as the fastest: " + cells_phrase(report, summary->tied, summary->tied.size()));
  if (!summary->untold.empty())
    page.fact("untold",
              "not compared with the fastest: " + cells_phrase(report, summary->untold, summary->untold.size()));
  if (summary->tuning_core_seconds)
    page.fact("tuning", fmt::format("{} core-seconds went into finding these learning rates; no time has a part of it",
                                    three_digits(*summary->tuning_core_seconds)));
  if (!summary->others.empty()) page.fact("apart", fmt::format("{}", fmt::join(summary->others, "; ")));
  if (!summary->cheapest_cell.empty() && summary->cheapest_cell != summary->best_cell)
    page.fact("cheapest",
              fmt::format("{} takes at most 5 % longer{}", cell_phrase(report, summary->cheapest_cell),
                          summary->cheapest_core_seconds
                              ? fmt::format(" and {} core-seconds", three_digits(*summary->cheapest_core_seconds))
                              : ""));
  baseline_fact(page, workload, *summary);
}

std::string doubling_text(const record::Doubling& doubling) {
  return fmt::format("{}→{} {}x", count_text(doubling.batch), count_text(2 * doubling.batch),
                     three_digits(*doubling.step_gain));
}

/// What the first and the last doubling of one optimizer save, and which batches have no part in it.
std::string returns_text(const record::Returns& returns, std::vector<const record::Doubling*> gains) {
  std::vector<std::string> parts;
  if (const std::string half = half_efficiency_text(returns); !half.empty())
    parts.push_back("doubling the batch saves a factor of √2 or more in steps " + half);
  std::erase_if(gains, [&](const record::Doubling* doubling) {
    return !doubling->step_gain || doubling->optimizer != returns.optimizer;
  });
  if (!gains.empty())
    parts.push_back("steps saved: " + doubling_text(*gains.front()) +
                    (gains.size() > 1 ? ", " + doubling_text(*gains.back()) : ""));
  if (!returns.batches_left_out.empty())
    parts.push_back(fmt::format("without batch {}", fmt::join(returns.batches_left_out, ", ")));
  return fmt::format("{}", fmt::join(parts, "; "));
}

void returns_fact(Page& page, const record::Report& report, const record::Workload& workload, const Target& headline) {
  const std::vector<const record::Returns*> rows = headline_returns(report, workload, headline);
  for (const record::Returns* returns : rows) {
    const std::string text = returns_text(*returns, doublings_of(report, workload, headline));
    if (!text.empty()) page.fact("returns", rows.size() > 1 ? fmt::format("{}: {}", returns->optimizer, text) : text);
  }
}

/// Where f bends down on the way of a run, and how noisy the way out is.
void curvature_facts(Page& page, const record::Report& report, const record::Workload& workload) {
  for (const record::Curvature& curvature : report.curvatures) {
    if (curvature.workload != workload.id) continue;
    const std::string noise = curvature.noise_along
                                  ? fmt::format("; variance of a row's gradient along the least one's direction {:.3g}",
                                                *curvature.noise_along)
                                  : "";
    page.fact("curvature", fmt::format("at {}, step {}: eigenvalues of the Hessian from {:.3g} (±{:.1g}) to {:.3g}{}",
                                       curvature.checkpoint, count_text(curvature.step), curvature.least,
                                       curvature.least_residual, curvature.most, noise));
  }
}

void check_facts(Page& page, const record::Report& report) {
  std::map<std::string, std::pair<int, int>> kinds;  // all, not ok
  std::vector<std::string> disturbances;
  std::vector<std::string> parts;
  for (const record::Check& check : report.checks) {
    if (check.verdict == record::Verdict::not_measured) {
      parts.push_back(fmt::format("{} not measured ({})", to_text(check.kind), check.note));
      continue;
    }
    auto& [all, bad] = kinds[to_text(check.kind)];
    ++all;
    if (check.verdict != record::Verdict::ok) ++bad;
    if (check.verdict == record::Verdict::failed)
      page.fact("FAILED", fmt::format("{}: {} {}", to_text(check.kind), check.subject, check.note), Ink::warning);
    else if (check.verdict != record::Verdict::ok && check.kind == record::CheckKind::disturbance)
      disturbances.push_back(check.note);
  }
  if (!disturbances.empty()) page.fact("disturbed", fmt::format("{}", fmt::join(disturbances, "; ")), Ink::warning);
  bool all_good = true;
  for (const auto& [kind, counts] : kinds) {
    parts.push_back(fmt::format("{} {} of {} good", kind, counts.first - counts.second, counts.first));
    all_good = all_good && counts.second == 0;
  }
  if (!parts.empty())
    page.fact("checks", fmt::format("{}", fmt::join(parts, ", ")), all_good ? Ink::plain : Ink::warning);
}

void spent_fact(Page& page, const record::Report& report) {
  double sum = 0;
  for (const record::Spent& spent : report.spent) sum += spent.seconds;
  if (!(sum > 0)) return;
  std::vector<std::string> parts;
  for (const record::Spent& spent : report.spent)
    parts.push_back(fmt::format("{} {:.0f} %", spent.what, 100 * spent.seconds / sum));
  page.fact("spent", fmt::format("{}", fmt::join(parts, ", ")));
}

}  // namespace

void workload_details(Page& page, const record::Report& report, const record::Workload& workload,
                      const std::vector<Target>& targets) {
  const Target headline = headline_of(targets);
  const std::vector<Row> rows = rows_of(report, workload.id, headline);
  optimum_fact(page, workload);
  curvature_facts(page, report, workload);
  if (!rows.empty()) page.table(workload_table(rows, page.roomy()));
  if (std::any_of(rows.begin(), rows.end(),
                  [](const Row& row) {
                    return row.best.time != nullptr && row.best.time->status == record::PassageStatus::uncertified;
                  }) ||
      std::any_of(report.summary.begin(), report.summary.end(), [&](const record::Summary& summary) {
        return summary.workload == workload.id && summary.uncertified;
      }))
    page.fact(kUncertified, "the optimum is not known well enough to say when this target is reached", Ink::warning);
  if (std::any_of(rows.begin(), rows.end(), has_oversubscribed))
    page.fact("!", "more threads than CPUs: how well the machine copes, not how fast it is", Ink::warning);
  if (workload.optimum_kind != record::OptimumKind::none) {
    best_facts(page, report, workload, headline);
    returns_fact(page, report, workload, headline);
    law_facts(page, report, workload, headline);
  }
  if (const TextTable noise = noise_table(report, workload, headline); !noise.empty()) page.table(noise);
  detail_tables(page, report, workload, headline);
}

void run_details(Page& page, const record::Report& report) {
  page.heading("Machine, data and checks");
  machine_fact(page, report);
  data_facts(page, report);
  check_facts(page, report);
  spent_fact(page, report);
}

}  // namespace descent::report
