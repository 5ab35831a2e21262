#include "report/answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "descent/core/text.hpp"
#include "report/batch_sizes.hpp"
#include "report/format.hpp"
#include "report/methods.hpp"
#include "report/phrases.hpp"

namespace descent::report {
namespace {

/// What cannot be answered, and why.
Sentence why_none(const record::Report& report, const record::Workload& workload, const record::Summary& summary,
                  const std::vector<Row>& rows) {
  switch (summary.status) {
    case record::SummaryStatus::no_optimum:
      return {"There is no target to reach: " + (workload.note.empty() ? "the loss has no minimum" : workload.note) +
                  ". Only the seconds per step were measured.",
              Ink::warning};
    case record::SummaryStatus::at_start:
      return {"The target holds before the first step: there is nothing to compare.", Ink::warning};
    case record::SummaryStatus::not_timed: {
      const Row* fewest = nullptr;
      int reached = 0;
      for (const Row& row : rows) {
        if (row.convergence == nullptr || !row.convergence->ert_steps) continue;
        ++reached;
        if (fewest == nullptr || *row.convergence->ert_steps < *fewest->convergence->ert_steps) fewest = &row;
      }
      std::string text =
          "No steps were timed, so that nothing is known of seconds: `descent time` times these runs on this machine.";
      if (fewest != nullptr)
        text += fmt::format(" {} reaches the target in {}{}{}.", capital(batch_phrase(report, *fewest->series)),
                            reached > 1 ? "the fewest steps, " : "", steps_text(*fewest->convergence->ert_steps),
                            ends_text(fewest->convergence->mean_low, fewest->convergence->mean_high, steps_text) +
                                (reached > 1 ? "" : " steps"));
      return {text, Ink::warning};
    }
    case record::SummaryStatus::not_reached: {
      const auto diverged = std::count_if(rows.begin(), rows.end(), [](const Row& row) {
        return row.convergence != nullptr && row.convergence->diverged > 0;
      });
      return {"No batch size reached the target within the steps that its runs were allowed." +
                  (diverged > 0 ? fmt::format(" Runs of {} diverged.", counted(diverged, "batch size")) : ""),
              Ink::warning};
    }
    default:
      return {"No run of it has ended yet.", Ink::warning};
  }
}

/// Cells that came to the target and have a CPU for each thread.
std::size_t cells_compared(const std::vector<Row>& rows) {
  std::size_t count = 0;
  for (const Row& row : rows)
    count += static_cast<std::size_t>(std::count_if(row.cells.begin(), row.cells.end(), [](const TimedCell& timed) {
      return timed.time != nullptr && timed.time->seconds && !timed.time->oversubscribed;
    }));
  return count;
}

/// Those cells, or how many of `all` they are where there are too many to read.
std::string some_cells(const record::Report& report, const std::vector<std::string>& cells, std::size_t all) {
  constexpr std::size_t kMostNamed = 6;
  if (cells.size() <= kMostNamed) return cells_phrase(report, cells);
  return fmt::format("{} of the {} cells (batch size and threads)", cells.size(), all);
}

/// Of which there is one alone, so that nothing is known of chance.
std::string lone_source(const record::Report& report, const record::Summary& summary) {
  if (summary.interval_status == record::IntervalStatus::one_seed) return "one seed";
  return report.invocations.size() == 1 ? "one process" : "a single seed or process";
}

/// "With 3 seeds and 3 processes, its lead": so few that a tie may hide a large difference; else "Its lead".
std::string lead_of(const record::Report& report, const record::Summary& summary) {
  constexpr std::size_t kEnoughProcesses = 5, kEnoughSeeds = 10;
  const auto seeds = static_cast<std::size_t>(
      std::count_if(report.trajectories.begin(), report.trajectories.end(), [&](const record::Trajectory& run) {
        return run.series == summary.best_series && run.status != record::RunStatus::not_run;
      }));
  std::size_t processes = 0;
  for (const record::Throughput& row : report.throughput)
    if (row.series == summary.best_series && row.cell == summary.best_cell)
      processes = static_cast<std::size_t>(row.invocations);
  if (seeds < 2 || processes < 2 || (seeds >= kEnoughSeeds && processes >= kEnoughProcesses)) return "Its lead";
  return fmt::format("With {} and {} only, its lead", counted(static_cast<std::int64_t>(seeds), "seed"),
                     counted(static_cast<std::int64_t>(processes), "process"));
}

/// How sure it is that the fastest is the fastest.
std::string how_sure(const record::Report& report, const record::Summary& summary, std::size_t compared) {
  if (compared < 2) return "Nothing else reached the target, so that there is nothing to compare it with.";
  std::string text;
  if (!summary.tied.empty())
    text = fmt::format("{} over {} may be chance.", lead_of(report, summary),
                       some_cells(report, summary.tied, compared - 1));
  else if (compared > summary.untold.size() + 1)
    text = summary.untold.empty() ? "All others are slower by more than chance explains."
                                  : "All others that were compared are slower by more than chance explains.";
  if (!summary.untold.empty())
    text +=
        fmt::format("{}Whether it really beats {} is not known: {}.", text.empty() ? "" : " ",
                    some_cells(report, summary.untold, compared - 1), "one of the two has a single seed or process");
  // Where the gap is far larger, nobody asks.
  if (summary.disturbance && summary.gap && *summary.gap < 3 * *summary.disturbance)
    text += fmt::format(" The next takes {:.3g} times as long, more than disturbances explain (±{:.2g} %).",
                        1 + *summary.gap, 100 * *summary.disturbance);
  return text;
}

/// Is the summary's interval wider than that of its cell, for the luck of the fastest of those tied with it?
bool is_lucky(const record::Summary& summary, const std::vector<Row>& rows) {
  return std::any_of(rows.begin(), rows.end(), [&](const Row& row) {
    const record::TimeToTarget* const own = row.is_best ? row.best.time : nullptr;
    // As printed: a reader sees two numbers that differ, however little.
    return own != nullptr && own->high && (!summary.high || *summary.high > *own->high) &&
           seconds_with_interval(summary.high, {}, {}) != seconds_with_interval(own->high, {}, {});
  });
}

Sentence fastest(const record::Report& report, const record::Summary& summary, const std::vector<Row>& rows) {
  const std::string best =
      cell_phrase(report, summary.best_cell) + (summary.best_oversubscribed ? " (more threads than CPUs)" : "");
  const std::string seconds =
      (summary.uncertified ? kUncertified : "") + seconds_with_interval(summary.best_seconds, {}, {});
  if (summary.suspect) {
    const std::vector<std::string> cells = may_be_fastest(summary, rows);
    const std::string why =
        summary.withheld == record::Withheld::composition
            ? "Not ranked: whole runs did not take the time that the table says."
            : fmt::format("Not ranked: timings were too disturbed{}.",
                          summary.disturbance ? fmt::format(" (±{:.2g} %)", 100 * *summary.disturbance) : "");
    std::string others;
    if (cells.size() > 1)
      others = fmt::format(" {} may be the fastest.", capital(some_cells(report, cells, cells_compared(rows))));
    else if (!summary.untold.empty())
      others = fmt::format(" Whether others are slower was not tested: there is {}.", lone_source(report, summary));
    return {fmt::format("{} As measured, {} took the least time: {}{}.{}", why, best, seconds,
                        interval_phrase(summary.low, summary.high, is_lucky(summary, rows)), others),
            Ink::warning};
  }
  const std::size_t compared = cells_compared(rows);
  const bool one_seed = summary.interval_status == record::IntervalStatus::one_seed;
  if (one_seed || (compared > 1 && summary.untold.size() + 1 >= compared))
    return {fmt::format("{} was the fastest: {}{}. {}, so that how much of its lead is chance is not known.",
                        capital(best), seconds, interval_phrase(summary.low, summary.high, is_lucky(summary, rows)),
                        one_seed ? "It ran with one seed" : "It or the others had a single seed or process"),
            Ink::warning};
  return {fmt::format("{} is the fastest: {}{}. {}", capital(best), seconds,
                      interval_phrase(summary.low, summary.high, is_lucky(summary, rows)),
                      how_sure(report, summary, compared)),
          summary.uncertified ? Ink::warning : Ink::good};
}

const Row* full_batch_descent(const std::vector<Row>& rows) {
  for (const Row& row : rows)
    if (row.series->full_batch && row.series->plain_step) return &row;
  for (const Row& row : rows)
    if (row.series->full_batch) return &row;
  return nullptr;
}

/// Batch 32 on one thread, of plain steps where there are such.
TimedCell small_batch(const std::vector<Row>& rows) {
  TimedCell found;
  for (const Row& row : rows)
    if (!row.series->full_batch && row.series->batch == 32)
      for (const TimedCell& timed : row.cells)
        if (timed.cell->threads == 1 && timed.time != nullptr && timed.time->seconds && found.time == nullptr)
          found = timed;
  return found;
}

/// How the two that everybody knows compare with the fastest.
std::string compared_with(const record::Report& report, const record::Summary& summary, const std::vector<Row>& rows) {
  std::string text;
  if (const Row* const full = full_batch_descent(rows); full != nullptr && !full->is_best) {
    const std::string name = capital(batch_phrase(report, *full->series));
    if (full->best.time != nullptr) {
      const double seconds = *full->best.time->seconds;
      text = fmt::format("{} takes {} ({})", name, times_as_long(seconds / *summary.best_seconds),
                         seconds_with_interval(seconds, {}, {}));
    } else if (full->convergence != nullptr && full->convergence->runs > 0 && full->convergence->reached == 0) {
      text = name + " did not reach the target";
    }
  }
  if (const TimedCell small = small_batch(rows); small.time != nullptr && small.cell->id != summary.best_cell) {
    const std::string ratio = times_as_long(*small.time->seconds / *summary.best_seconds);
    const std::string name = cell_phrase(report, small.cell->id);
    const std::size_t as_long = ratio.rfind(" as long");
    if (text.find(" times as long (") != std::string::npos && ratio.ends_with(" times as long"))
      text += fmt::format(", and {} {}", name, ratio.substr(0, as_long));
    else
      text += fmt::format("{}{} takes {}", text.empty() ? "" : ". ", capital(name), ratio);
  }
  return text.empty() ? "" : text + ".";
}

/// The fastest cell of another target.
std::string other_target(const record::Report& report, const Target& target, const record::Summary& summary) {
  const std::string where = target.kind == record::TargetKind::accuracy ? "To come to within " + target_text(target)
                            : target.kind == record::TargetKind::loss
                                ? "To come to " + target_text(target)
                                : fmt::format("Until {} is left", target_text(target));
  if (!summary.best_seconds) {
    std::string why = summary.note.empty() ? "no cell came there." : summary.note;
    why[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(why[0])));
    return fmt::format("{}: {}", where, why);
  }
  const record::Series* const series = record::find_series(report, summary.best_series);
  const bool elsewhere = series != nullptr && is_tuned_elsewhere(*series, target);
  return fmt::format(
      "{}, {} {}: {}{}{}.", where, cell_phrase(report, summary.best_cell),
      summary.suspect ? "was the fastest in disturbed timings" : "is the fastest",
      (summary.uncertified ? kUncertified : "") + seconds_with_interval(summary.best_seconds, {}, {}),
      interval_phrase(summary.low, summary.high),
      elsewhere ? fmt::format(", at a learning rate that was searched for {}", percent(*series->tuned_for)) : "");
}

}  // namespace

std::string target_text(const Target& target) {
  if (target.kind == record::TargetKind::suboptimality)
    return fmt::format("{} of the starting gap", percent(target.value));
  if (target.kind == record::TargetKind::loss) return fmt::format("a loss of {}", core::shortest(target.value));
  if (target.kind == record::TargetKind::escape)
    return fmt::format("{} away from the saddle", core::shortest(target.value));
  return fmt::format("{} points of the optimum's validation accuracy", core::shortest(100 * target.value));
}

std::vector<Sentence> answer_of(const record::Report& report, const record::Workload& workload,
                                const std::vector<Target>& targets, bool details) {
  const Target headline = headline_of(targets);
  const std::vector<Row> rows = rows_of(report, workload.id, headline);
  const record::Summary* const summary = summary_of(report, workload.id, headline);
  if (summary == nullptr) return {{"No run of it has ended yet.", Ink::warning}};
  const bool timed = summary->best_seconds.has_value();
  std::vector<Sentence> sentences{timed ? fastest(report, *summary, rows) : why_none(report, workload, *summary, rows)};
  if (const std::string text = timed ? compared_with(report, *summary, rows) : ""; !text.empty())
    sentences.push_back({text});
  if (const std::string text = batch_sizes_text(report, workload, headline, *summary, rows); !text.empty())
    sentences.push_back({text});
  if (!timed) return sentences;
  for (std::string& text : methods_text(report, workload, headline, rows)) sentences.push_back({std::move(text)});
  const bool losses = std::any_of(report.losses_at_accuracy.begin(), report.losses_at_accuracy.end(),
                                  [&](const record::LossAtAccuracy& row) { return row.workload == workload.id; });
  for (const Target& target : targets) {
    if (target.kind == record::TargetKind::escape) continue;  // write_escapes() says more
    if (target == headline || (losses && !details && target.kind == record::TargetKind::accuracy)) continue;
    if (const record::Summary* const other = summary_of(report, workload.id, target); other != nullptr)
      sentences.push_back({other_target(report, target, *other)});
  }
  return sentences;
}

}  // namespace descent::report
