#pragma once

#include <optional>
#include <string>
#include <vector>

#include "descent/join/comparison.hpp"
#include "descent/stats/interval.hpp"

namespace descent::join {

// The steps of compare(), in their order. BASE is `base`, NEW is `found`.

/// Compares the fingerprints: machine, build, arithmetic, data, options and steps. Throws NotComparable.
void compare_fingerprints(const record::Report& base, const record::Report& found, Comparison& comparison);
/// Compares weights and steps: to the bit if the arithmetic is equal, else within their intervals.
void compare_steps(const record::Report& base, const record::Report& found, Comparison& comparison);

/// ln seconds of each process of both reports; the ratio is exp of BASE's minus NEW's.
struct LogSeconds {
  std::vector<double> base, found;
};
struct LogRatio {
  double centre = 0;
  std::optional<stats::Interval> interval;
  RatioInterval kind = RatioInterval::none;
};
LogRatio log_ratio(const LogSeconds& seconds);

/// A cell that both reports timed, with what each process took.
struct TimedCell {
  const record::Cell* cell = nullptr;  ///< BASE's
  const record::Series* series = nullptr;
  LogSeconds seconds;
};
/// The cells that have a process on each side, in BASE's order.
std::vector<TimedCell> timed_in_both(const record::Report& base, const record::Report& found);

/// Compares the sentinel kernels, which are timed between the cells. Empty if they were not timed.
std::vector<SentinelRatio> compare_sentinels(const record::Report& base, const record::Report& found);
/// Did the processes of both reports take turns? Decided by their dates: at least three processes each, and never more
/// than two of the same report in a row.
bool take_turns(const record::Report& base, const record::Report& found);

/// Cells with their ratios and verdicts, in the order of `timed`.
std::vector<CellRatio> compare_cells(const record::Report& base, const record::Report& found,
                                     const std::vector<TimedCell>& timed, const Comparison& comparison,
                                     const CompareOptions& options);
/// ln of the slow-down (positive) or speed-up of the machine that the sentinels show in the direction of `log_ratio`; 0
/// if they show none.
double move_of_sentinels(const std::vector<SentinelRatio>& sentinels, double log_ratio);

std::vector<GroupRatio> compare_groups(const std::vector<TimedCell>& timed, const std::vector<CellRatio>& cells);
std::vector<TargetRatio> compare_targets(const record::Report& base, const record::Report& found,
                                         const std::vector<TimedCell>& timed, const Comparison& comparison);
std::vector<BestRatio> compare_best(const record::Report& base, const record::Report& found,
                                    const std::vector<TargetRatio>& targets);

/// Sets the gate's verdict, and its verdict on each cell.
void judge(Comparison& comparison, const CompareOptions& options);

/// The summary of a report in a comparison.
Side side_of(const Labelled& labelled);

/// The headline target of a report; empty if it has none.
std::optional<record::Target> headline_of(const record::Report& report);

}  // namespace descent::join
