#include "report/page.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "descent/core/text.hpp"
#include "descent/record/find.hpp"
#include "report/accuracy_table.hpp"
#include "report/doubling_table.hpp"
#include "report/format.hpp"
#include "report/laws.hpp"
#include "report/noise_table.hpp"
#include "report/rows.hpp"
#include "report/workload_table.hpp"

namespace descent::report {
namespace {

std::string value_of(const std::map<std::string, std::string>& values, const char* key) {
  const auto found = values.find(key);
  return found == values.end() ? "" : found->second;
}

/// What comparing cells with themselves told of the machine.
std::string quiet_text(const record::Report& report) {
  const record::Check *rate = nullptr, *difference = nullptr;
  for (const record::Check& check : report.checks)
    if (check.kind == record::CheckKind::aa && check.value)
      (check.subject == "smallest difference" ? difference : rate) = &check;
  if (rate == nullptr) return "";
  std::string text = fmt::format(" · {} (A/A {:.2g} %", rate->verdict == record::Verdict::ok ? "quiet" : "not quiet",
                                 100 * *rate->value);
  if (difference != nullptr) text += fmt::format(", tells {:.2g} % apart", 100 * *difference->value);
  return text + ")";
}

void machine_fact(Page& page, const record::Report& report) {
  const record::Context& context = report.context;
  std::string text = value_of(context.machine, "model");
  if (text.empty()) text = context.host_name.empty() ? "unknown" : context.host_name;
  if (const std::string cores = value_of(context.machine, "cores"); !cores.empty())
    text += fmt::format(" · {} core{} {}", cores, cores == "1" ? "" : "s", value_of(context.machine, "simd"));
  if (!report.roofs.empty()) {
    const record::Roof& roof =
        *std::max_element(report.roofs.begin(), report.roofs.end(),
                          [](const record::Roof& a, const record::Roof& b) { return a.threads < b.threads; });
    text += fmt::format(" · ×{}: read {:.0f} GB/s, multiply-add {:.0f} GFLOP/s", roof.threads, roof.read_gb_per_s,
                        roof.fma_f32_gflop_per_s);
  }
  page.fact("machine", text + quiet_text(report));
  if (context.library_build_type == "debug")
    page.fact("build", "debug: its times are not those of a release build", Ink::warning);
}

void data_facts(Page& page, const record::Report& report) {
  for (const record::DatasetRecord& data : report.datasets) {
    std::string text = fmt::format("{} · {} × {}{}, {} classes", data.id, count_text(data.n),
                                   count_text(data.d - (data.bias ? 1 : 0)), data.bias ? " + bias" : "", data.classes);
    if (data.n == 0) text = data.id + " · no rows: a function of its weights alone";
    if (data.validation_n > 0) text += fmt::format(" · {} for validation", count_text(data.validation_n));
    if (!data.label_column.empty()) text += fmt::format(" · label {}", data.label_column);
    page.fact("data", text);
    for (const std::string& note : data.notes) page.fact("note", note);
  }
}

void status_fact(Page& page, const record::Report& report) {
  if (report.status == record::ReportStatus::complete) return;
  const auto missing = std::count_if(
      report.trajectories.begin(), report.trajectories.end(),
      [](const record::Trajectory& trajectory) { return trajectory.status == record::RunStatus::not_run; });
  page.fact("status",
            report.trajectories.empty()
                ? "partial: stopped before the first run"
                : fmt::format("partial: {} of {} runs not run", missing, report.trajectories.size()),
            Ink::warning);
}

std::string target_text(const Target& target) {
  if (target.kind == record::TargetKind::suboptimality)
    return fmt::format("{} of the starting gap", percent(target.value));
  return fmt::format("the optimum's validation accuracy less {} points", core::shortest(100 * target.value));
}

void optimum_fact(Page& page, const record::Workload& workload) {
  if (!workload.optimum_value || workload.optimum_kind == record::OptimumKind::none) {
    page.fact("optimum", workload.note.empty() ? "none known" : workload.note, Ink::warning);
    return;
  }
  std::string text = fmt::format("{:.5g}", *workload.optimum_value);
  text += workload.optimum_gap && workload.optimum_kind == record::OptimumKind::certified
              ? fmt::format(" (gap {:.1g}, {})", *workload.optimum_gap, workload.optimum_solver)
              : fmt::format(" ({}, not certified)", workload.optimum_solver);
  if (workload.optimum_validation_accuracy)
    text += fmt::format(" · validation accuracy there {:.2f} %", 100 * *workload.optimum_validation_accuracy);
  page.fact("optimum", text);
}

bool has_oversubscribed(const Row& row) {
  return std::any_of(row.cells.begin(), row.cells.end(),
                     [](const TimedCell& timed) { return timed.steps->oversubscribed; });
}

/// "batch 32 × 2 threads" and "batch 64 × 2 threads" as "batch 32, 64 × 2 threads", smaller batches first.
std::string grouped(const record::Report& report, const std::vector<std::string>& ids) {
  struct Group {
    std::string name;          // without a batch
    const record::Cell* cell;  // null: no cell of the report
    std::vector<const record::Cell*> cells;
  };
  std::vector<Group> groups;
  for (const std::string& id : ids) {
    const record::Cell* const cell = record::find_cell(report, id);
    const std::string name = cell == nullptr ? id : record::cell_name(report, *cell, "");
    auto group = std::find_if(groups.begin(), groups.end(), [&](const Group& g) { return g.name == name; });
    if (group == groups.end()) group = groups.insert(groups.end(), {name, cell, {}});
    if (cell != nullptr) group->cells.push_back(cell);
  }
  std::vector<std::string> texts;
  for (Group& group : groups) {
    std::sort(group.cells.begin(), group.cells.end(),
              [](const record::Cell* a, const record::Cell* b) { return a->batch < b->batch; });
    std::vector<std::string> batches;
    for (const record::Cell* cell : group.cells) batches.push_back(record::batch_name(report, *cell));
    texts.push_back(group.cell == nullptr
                        ? group.name
                        : record::cell_name(report, *group.cell, fmt::format("{}", fmt::join(batches, ", "))));
  }
  return fmt::format("{}", fmt::join(texts, "; "));
}

std::string cell_text(const record::Report& report, const record::Summary& summary) {
  return fmt::format("{}{}: {}", name_of_cell(report, summary.best_cell),
                     summary.best_oversubscribed ? kOversubscribed : "",
                     seconds_with_interval(summary.best_seconds, summary.low, summary.high));
}

/// The reference solver's own passage: what a second-order method on all rows would need, timed or not.
void baseline_fact(Page& page, const record::Workload& workload, const record::Summary& summary) {
  if (!summary.baseline_seconds) return;
  page.fact("baseline", fmt::format("{} gets there in {}{}",
                                    workload.optimum_solver.empty() ? "the reference solver" : workload.optimum_solver,
                                    seconds_with_interval(summary.baseline_seconds, {}, {}),
                                    summary.baseline_passes
                                        ? fmt::format(", {} passes over the data", steps_text(*summary.baseline_passes))
                                        : ""));
}

/// What the summary's figure lacks: "~" before it, and words after it.
std::string marked(const record::Summary& summary, const std::string& text) {
  return fmt::format("{}{}{}", summary.uncertified ? kUncertified : "", text,
                     summary.suspect ? "; suspect timings, not to be ranked by" : "");
}

/// How the best cell stands to the others.
std::string tied_text(const record::Report& report, const record::Summary& summary) {
  if (summary.interval_status == record::IntervalStatus::one_seed)
    return summary.untold.empty() ? "one seed: no interval" : "one seed: no interval, not told apart from others";
  std::string text = summary.tied.empty() ? "all others are slower by more than the noise"
                                          : "cannot be told apart: " + grouped(report, summary.tied);
  if (!summary.untold.empty()) text += fmt::format("; not compared, one seed: {}", grouped(report, summary.untold));
  return text;
}

void best_facts(Page& page, const record::Report& report, const record::Workload& workload, const Target& headline) {
  const record::Summary* const summary = summary_of(report, workload.id, headline);
  if (summary == nullptr) return;
  if (!summary->best_seconds) {
    page.fact("best here", summary->note.empty() ? "none: no cell reached the target" : summary->note, Ink::warning);
    baseline_fact(page, workload, *summary);
    return;
  }
  const bool sure =
      !summary->suspect && !summary->uncertified && summary->interval_status != record::IntervalStatus::one_seed;
  page.fact("best here",
            marked(*summary, fmt::format("{}; {}", cell_text(report, *summary), tied_text(report, *summary))),
            sure ? Ink::good : Ink::warning);
  if (summary->tuning_core_seconds)
    page.fact("tuning", fmt::format("{} core-seconds to find these learning rates, not counted above",
                                    three_digits(*summary->tuning_core_seconds)));
  if (!summary->others.empty()) page.fact("apart", fmt::format("{}", fmt::join(summary->others, "; ")));
  if (!summary->cheapest_cell.empty() && summary->cheapest_cell != summary->best_cell)
    page.fact("cheapest",
              fmt::format("{} is within 5 %{}", name_of_cell(report, summary->cheapest_cell),
                          summary->cheapest_core_seconds
                              ? fmt::format(": {} core-seconds", three_digits(*summary->cheapest_core_seconds))
                              : ""));
  baseline_fact(page, workload, *summary);
  if (!summary->note.empty()) page.fact("note", summary->note);
}

/// Batch sizes are whole: "310 [250, 400]".
std::string batches_with_interval(const record::Returns& returns) {
  const auto whole = [](double batch) { return steps_text(std::round(batch)); };
  const std::string text = whole(*returns.half_efficiency_batch);
  if (returns.half_interval_status == record::EndsStatus::one_seed) return text + " (one seed: no interval)";
  return text + ends_text(returns.half_low, returns.half_high, whole);
}

std::string doubling_text(const record::Doubling& doubling) {
  return fmt::format("{}→{} {}x", count_text(doubling.batch), count_text(2 * doubling.batch),
                     three_digits(*doubling.step_gain));
}

/// Where one optimizer's larger batches stop paying, and what the first and the last doubling save.
std::string returns_text(const record::Returns& returns, std::vector<const record::Doubling*> gains) {
  std::string text;
  if (returns.half_efficiency_batch)
    text = "near " + batches_with_interval(returns);
  else if (returns.half_status == record::HalfStatus::beyond_range)
    text = returns.half_low ? fmt::format("beyond {}", steps_text(std::round(*returns.half_low)))
                            : "beyond the largest tried";
  else if (returns.half_status == record::HalfStatus::below_range)
    text = returns.half_high ? fmt::format("below {}", steps_text(std::round(*returns.half_high)))
                             : "below the smallest tried";
  std::erase_if(gains, [&](const record::Doubling* doubling) {
    return !doubling->step_gain || doubling->optimizer != returns.optimizer;
  });
  std::string details;
  if (!gains.empty()) details = "steps saved " + doubling_text(*gains.front());
  if (gains.size() > 1) details += ", " + doubling_text(*gains.back());
  std::string whole = fmt::format("{}{}{}", text.empty() ? "" : "larger batches stop paying " + text,
                                  text.empty() || details.empty() ? "" : ": ", details);
  if (!returns.batches_left_out.empty())
    whole += fmt::format("{}without batch {}", whole.empty() ? "" : "; ", fmt::join(returns.batches_left_out, ", "));
  return whole;
}

void returns_fact(Page& page, const record::Report& report, const record::Workload& workload, const Target& headline) {
  const std::vector<const record::Returns*> rows = headline_returns(report, workload, headline);
  for (const record::Returns* returns : rows) {
    const std::string text = returns_text(*returns, doublings_of(report, workload, headline));
    if (!text.empty()) page.fact("returns", rows.size() > 1 ? fmt::format("{}: {}", returns->optimizer, text) : text);
  }
}

void other_targets(Page& page, const record::Report& report, const record::Workload& workload,
                   const std::vector<Target>& targets, const Target& headline) {
  for (const Target& target : targets) {
    if (target == headline) continue;
    const record::Summary* const summary = summary_of(report, workload.id, target);
    if (summary == nullptr) continue;
    const record::Series* const series = record::find_series(report, summary->best_series);
    const std::string elsewhere = series != nullptr && is_tuned_elsewhere(*series, target)
                                      ? fmt::format(" (rate tuned for {})", percent(*series->tuned_for))
                                      : "";
    page.fact("also", fmt::format("to {}: {}", target_text(target),
                                  summary->best_seconds   ? marked(*summary, cell_text(report, *summary) + elsewhere)
                                  : summary->note.empty() ? "no cell reached it"
                                                          : summary->note));
  }
}

void compare_losses(Page& page, const record::Report& report) {
  for (const record::DatasetRecord& data : report.datasets) {
    const TextTable table = accuracy_table(report, data.id);
    if (table.empty()) continue;
    const auto row = std::find_if(report.losses_at_accuracy.begin(), report.losses_at_accuracy.end(),
                                  [&](const record::LossAtAccuracy& found) { return found.dataset == data.id; });
    page.heading(
        fmt::format("{}: losses compared at {:.2f} % validation accuracy, the least of their optima's less 0.5 points",
                    data.id, 100 * row->target_accuracy));
    page.table(table);
  }
}

/// Intervals of steps from so few seeds that they are wide.
void seeds_fact(Page& page, const record::Report& report) {
  int fewest = 0, most = 0;
  for (const record::Convergence& row : report.convergence)
    if (row.few_seeds) {
      fewest = fewest == 0 ? row.runs : std::min(fewest, row.runs);
      most = std::max(most, row.runs);
    }
  if (fewest == 0) return;
  page.fact("seeds", fmt::format("{}{} a series, fewer than 20: intervals of steps are wide (few_seeds)", fewest,
                                 most == fewest ? "" : fmt::format(" to {}", most)));
}

/// Figures of one process tell nothing of another.
void invocation_facts(Page& page, const record::Report& report) {
  const bool one = std::any_of(report.throughput.begin(), report.throughput.end(), [](const record::Throughput& row) {
    return row.interval_kind == record::SamplesKind::one_process;
  });
  if (one)
    page.fact("timed", "in one process: what differs between processes is not in the intervals of times (one_process)",
              Ink::warning);
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
    else if (check.verdict != record::Verdict::ok && check.kind == record::CheckKind::composition)
      page.fact("beware", check.note, Ink::warning);
    else if (check.verdict != record::Verdict::ok && check.kind == record::CheckKind::disturbance)
      disturbances.push_back(check.note);
  }
  if (!disturbances.empty()) page.fact("beware", fmt::format("{}", fmt::join(disturbances, "; ")), Ink::warning);
  bool all_good = true;
  for (const auto& [kind, counts] : kinds) {
    parts.push_back(fmt::format("{} {} of {} ok", kind, counts.first - counts.second, counts.first));
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

void write_page(Page& page, const record::Report& report) {
  machine_fact(page, report);
  data_facts(page, report);
  status_fact(page, report);
  for (const record::Workload& workload : report.workloads) {
    const std::vector<Target> targets = targets_of(report, workload.id);
    const Target headline = headline_of(targets);
    std::string title = fmt::format("{}, l2 {:.3g}", workload.loss, workload.l2);
    if (report.datasets.size() > 1) title = workload.dataset + ": " + title;
    const bool no_target = workload.optimum_kind == record::OptimumKind::none;
    if (no_target)
      title += ", no minimiser: no target";
    else if (!targets.empty())
      title += ", target: " + target_text(headline);
    page.heading(title);
    optimum_fact(page, workload);
    const std::vector<Row> rows = rows_of(report, workload.id, headline);
    if (!rows.empty()) page.table(workload_table(rows, page.roomy()));
    if (std::any_of(rows.begin(), rows.end(),
                    [](const Row& row) {
                      return row.best.time != nullptr && row.best.time->status == record::PassageStatus::uncertified;
                    }) ||
        std::any_of(report.summary.begin(), report.summary.end(), [&](const record::Summary& summary) {
          return summary.workload == workload.id && summary.uncertified;
        }))
      page.fact(kUncertified, "uncertified: the optimum's gap is too wide for this target", Ink::warning);
    if (std::any_of(rows.begin(), rows.end(), has_oversubscribed))
      page.fact("!", "more threads than CPUs: how well the machine copes, not how fast it is", Ink::warning);
    if (!no_target) {
      best_facts(page, report, workload, headline);
      returns_fact(page, report, workload, headline);
      law_facts(page, report, workload, headline);
      other_targets(page, report, workload, targets, headline);
    }
    if (const TextTable noise = noise_table(report, workload, headline); !noise.empty()) page.table(noise);
    detail_tables(page, report, workload, headline);
  }
  compare_losses(page, report);
  page.heading("");
  seeds_fact(page, report);
  invocation_facts(page, report);
  check_facts(page, report);
  spent_fact(page, report);
}

}  // namespace descent::report
