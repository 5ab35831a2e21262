#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "descent/analysis/process_seconds.hpp"
#include "descent/record/find.hpp"
#include "descent/stats/summary.hpp"
#include "descent/stats/two_samples.hpp"
#include "join/comparing.hpp"

namespace descent::join {
namespace {

constexpr double kLevel = 0.05;  // for all claims together

// How much two runs of the same build may differ: kRunsOverScatter times the scatter of their processes, and at least
// kLeastRunsDiffer. Both were measured: docs/decisions/0030-two-runs-of-one-build.md.
constexpr double kRunsOverScatter = 8, kLeastRunsDiffer = 0.02;

const record::Series* series_of(const record::Report& report, const record::Cell& cell) {
  for (const record::Series& series : report.series)
    if (record::times(cell, series)) return &series;
  return nullptr;
}

std::vector<double> logs_of(const std::vector<analysis::ProcessSeconds>& processes) {
  std::vector<double> logs;
  for (const analysis::ProcessSeconds& process : processes) logs.push_back(std::log(process.seconds));
  return logs;
}

/// The scatter of ln seconds of a report's processes about their median: 1.4826 times the median distance. For normal
/// values this is the standard deviation, and a few slow processes do not change it.
double scatter_of(const LogSeconds& seconds) {
  std::vector<double> away;
  for (const std::vector<double>* side : {&seconds.base, &seconds.found}) {
    const double centre = stats::median(*side);
    for (const double value : *side) away.push_back(std::abs(value - centre));
  }
  return 1.4826 * stats::median(away);
}

/// For each cell, how much two runs may differ, in ln: from its own scatter, or that of the median cell if that is
/// larger, since a few processes may be close together by chance.
std::vector<double> margins_of(const std::vector<TimedCell>& timed, bool alternating, const CompareOptions& options) {
  const double fixed = options.runs_differ ? std::log1p(*options.runs_differ) : 0;
  std::vector<double> margins(timed.size(), fixed);
  if (options.runs_differ || alternating || timed.empty()) return margins;
  std::vector<double> scatter;
  for (const TimedCell& cell : timed) scatter.push_back(scatter_of(cell.seconds));
  const double middle = stats::median(scatter);
  for (std::size_t i = 0; i < margins.size(); ++i)
    margins[i] = std::max(std::log1p(kLeastRunsDiffer), kRunsOverScatter * std::max(scatter[i], middle));
  return margins;
}

std::vector<double> moved(std::vector<double> values, double by) {
  for (double& value : values) value += by;
  return values;
}

/// p-values for a difference of more than the margin, in each direction. "Faster" tests whether NEW's seconds, made
/// longer by the margin, are still below BASE's.
struct Beyond {
  double faster = 1, slower = 1;
};
Beyond beyond(const LogSeconds& seconds, double margin) {
  return {stats::rank_test(moved(seconds.found, margin), seconds.base).p_less,
          stats::rank_test(moved(seconds.found, -margin), seconds.base).p_greater};
}

/// The smallest difference that a report with this scatter could have shown among so many cells: the difference at
/// which the interval, at the level that Holm's method requires of the first cell, just excludes the margin. Empty if
/// no p-value can be that small.
Real detectable(const LogSeconds& seconds, double margin, std::size_t cells) {
  const double level = kLevel / static_cast<double>(cells);
  const stats::Shift shift = stats::shift_between(seconds.found, seconds.base, 1 - level);
  if (!shift.interval) return {};
  const double half = std::max(shift.centre - shift.interval->low, shift.interval->high - shift.centre);
  return std::expm1(margin + half);
}

const record::Throughput* throughput_of(const record::Report& report, const std::string& cell) {
  for (const record::Throughput& row : report.throughput)
    if (row.cell == cell) return &row;
  return nullptr;
}

void add_rooflines(const record::Throughput* base, const record::Throughput* found, CellRatio& row) {
  if (base == nullptr || found == nullptr) return;
  row.base_suspect = base->suspect, row.new_suspect = found->suspect;
  row.base_share_of_roof = base->fraction_of_roof, row.new_share_of_roof = found->fraction_of_roof;
  if (base->fraction_of_roof && found->fraction_of_roof && *base->fraction_of_roof > 0)
    row.ratio_over_roofs = *found->fraction_of_roof / *base->fraction_of_roof;
}

CellRatio describe(const record::Report& base, const record::Report& found, const TimedCell& timed, double margin,
                   std::size_t cells) {
  const record::Cell& cell = *timed.cell;
  CellRatio row;
  row.cell = cell.id, row.workload = cell.workload, row.optimizer = cell.optimizer;
  row.batch = cell.batch, row.engine = cell.engine, row.threads = cell.threads;
  row.full_batch = timed.series != nullptr && timed.series->full_batch;
  if (const record::Workload* const workload = record::find_workload(base, cell.workload)) row.loss = workload->loss;
  row.name = record::cell_name(base, cell);
  const LogRatio ratio = log_ratio(timed.seconds);
  row.ratio = std::exp(ratio.centre), row.interval_kind = ratio.kind;
  if (ratio.interval) row.low = std::exp(ratio.interval->low), row.high = std::exp(ratio.interval->high);
  row.base_processes = static_cast<int>(timed.seconds.base.size());
  row.new_processes = static_cast<int>(timed.seconds.found.size());
  row.base_seconds = std::exp(stats::median(timed.seconds.base));
  row.new_seconds = std::exp(stats::median(timed.seconds.found));
  row.p = stats::rank_test(timed.seconds.found, timed.seconds.base).p;
  row.margin = std::expm1(margin);
  row.detectable = detectable(timed.seconds, margin, cells);
  add_rooflines(throughput_of(base, cell.id), throughput_of(found, cell.id), row);
  return row;
}

bool within(const CellRatio& row, double band) {
  return row.low && row.high && *row.low >= 1 / (1 + band) && *row.high <= 1 + band;
}

}  // namespace

LogRatio log_ratio(const LogSeconds& seconds) {
  LogRatio ratio;
  const stats::Shift shift = stats::shift_between(seconds.found, seconds.base);
  ratio.centre = shift.centre, ratio.interval = shift.interval;
  if (ratio.interval) {
    ratio.kind = RatioInterval::ranks;
  } else if ((ratio.interval = stats::welch_interval(seconds.found, seconds.base))) {
    ratio.kind = RatioInterval::t;
  }
  return ratio;
}

std::vector<TimedCell> timed_in_both(const record::Report& base, const record::Report& found) {
  std::vector<TimedCell> timed;
  for (const record::Cell& cell : base.cells) {
    const record::Series* const series = series_of(base, cell);
    if (series == nullptr || record::find_cell(found, cell.id) == nullptr) continue;
    const analysis::SecondsOfBoth seconds = analysis::process_seconds(base, found, *series, cell, headline_of(base));
    if (!seconds.base.empty() && !seconds.found.empty())
      timed.push_back({&cell, series, {logs_of(seconds.base), logs_of(seconds.found)}});
  }
  return timed;
}

double move_of_sentinels(const std::vector<SentinelRatio>& sentinels, double log_ratio) {
  double most = 0;
  for (const SentinelRatio& sentinel : sentinels) {
    if (!sentinel.ratio || !sentinel.low || !sentinel.high) continue;
    const bool shown = log_ratio < 0 ? *sentinel.high < 1 : *sentinel.low > 1;
    if (shown) most = std::max(most, std::abs(std::log(*sentinel.ratio)));
  }
  return most;
}

std::vector<CellRatio> compare_cells(const record::Report& base, const record::Report& found,
                                     const std::vector<TimedCell>& timed, const Comparison& comparison,
                                     const CompareOptions& options) {
  std::vector<CellRatio> cells;
  const std::vector<double> margins = margins_of(timed, comparison.alternating, options);
  std::vector<double> plain, either, slower;
  std::vector<Beyond> sides;
  for (std::size_t i = 0; i < timed.size(); ++i) {
    cells.push_back(describe(base, found, timed[i], margins[i], timed.size()));
    sides.push_back(beyond(timed[i].seconds, margins[i]));
    plain.push_back(*cells.back().p);
    either.push_back(std::min(1.0, 2 * std::min(sides.back().faster, sides.back().slower)));
    slower.push_back(sides.back().slower);
  }
  const std::vector<double> q = stats::benjamini_hochberg(plain), different = stats::holm(plain),
                            claims = stats::holm(either), gate = stats::holm(slower);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    CellRatio& row = cells[i];
    row.q = q[i], row.p_beyond = either[i], row.p_holm = claims[i], row.p_slower_holm = gate[i];
    const double log_ratio = std::log(*row.ratio);
    const double least = 2 * stats::least_rank_p(timed[i].seconds.base.size(), timed[i].seconds.found.size());
    if (claims[i] < kLevel) {
      row.verdict = sides[i].faster < sides[i].slower ? CellVerdict::faster : CellVerdict::slower;
      const double moved_by = move_of_sentinels(comparison.sentinels, log_ratio);
      if (row.base_suspect && row.new_suspect)
        row.verdict = CellVerdict::inconclusive, row.reason = Reason::suspect;
      else if (comparison.same_machine && moved_by > 0 &&
               std::abs(log_ratio) - moved_by <= std::max(margins[i], std::log1p(options.same_within)))
        row.verdict = CellVerdict::inconclusive, row.reason = Reason::sentinels;
    } else if (within(row, options.same_within)) {
      row.verdict = CellVerdict::same;
    } else if (least * static_cast<double>(cells.size()) >= kLevel) {
      row.reason = Reason::too_few;
    } else {
      row.reason = different[i] < kLevel ? Reason::within_runs : Reason::not_shown;
    }
  }
  return cells;
}

}  // namespace descent::join
