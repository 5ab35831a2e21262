#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "descent/core/error.hpp"
#include "descent/record/report.hpp"
#include "descent/record/word_sets.hpp"

namespace descent::join {

// What a comparison of two reports, BASE and NEW, finds. Flat records, like those of a report; comparison_fields.hpp
// lists their members and results/comparison.schema.json describes them as JSON. Every ratio says how many times as
// fast NEW is: BASE's seconds over NEW's, so that 2 is twice as fast.

using record::Real;

/// inconclusive: the data show neither a difference nor that any difference is negligible.
DESCENT_WORDS(CellVerdict, inconclusive, faster, slower, same)
/// Why a cell is inconclusive. within_runs: two runs of the same build may differ by as much; sentinels: the machine
/// itself was slower or faster by as much; suspect: its timings are doubtful in both reports; too_few: with so few
/// processes no result could be conclusive; not_shown: the scatter of the processes is too large.
DESCENT_WORDS(Reason, none, within_runs, sentinels, suspect, too_few, not_shown)
/// ranks: Hodges and Lehmann's interval; t: Welch's, where there are too few processes for ranks; none: there is only
/// one process.
DESCENT_WORDS(RatioInterval, none, ranks, t)
/// How steps compare. equal: to the bit; within: with other arithmetic, the same within their intervals; changed:
/// neither.
DESCENT_WORDS(StepsVerdict, not_compared, equal, within, changed)
/// The fingerprints that reports are told apart by. clock: what depends on how fast a solver was; no change by itself.
DESCENT_WORDS(Fingerprint, machine, build, arithmetic, data, options, steps, tables, processes, clock)
DESCENT_WORDS(GateKind, none, steps, times, both)
DESCENT_WORDS(GateVerdict, none, passed, failed, undecided)
DESCENT_WORDS(GroupKind, all, loss, batch_range, threads)
DESCENT_WORDS(SentinelKind, arithmetic, cache, memory)

/// One of the two reports.
struct Side {
  std::string label, path;
  std::string date, machine, commit, compiler;
  int cores = 0;
  int processes = 0;  ///< that took timings
  int cells = 0;      ///< timed
};

/// One difference between the two reports: the `place` within the fingerprint, and what each has there.
struct Difference {
  Fingerprint kind = {};
  std::string place, base, found;
  std::string note;  ///< what it means for the comparison; "" if that is obvious
};

/// A cell that both reports timed. Each process gives one value.
struct CellRatio {
  std::string cell;  ///< the id that both reports have
  std::string workload, loss, optimizer;
  std::int64_t batch = 0;
  bool full_batch = false;
  std::string engine;
  int threads = 0;
  std::string name;  ///< for people: "softmax_cross_entropy, batch 64 × 2 threads"
  CellVerdict verdict = {};
  Reason reason = {};
  Real ratio, low, high;  ///< Hodges and Lehmann's estimate with its 95 % interval
  RatioInterval interval_kind = {};
  Real base_seconds, new_seconds;  ///< per step
  int base_processes = 0, new_processes = 0;
  Real p;                 ///< p-value of "both are equal": exact rank test, two-sided
  Real q;                 ///< p by Benjamini and Hochberg over the cells: for screening
  Real margin;            ///< relative: how much two runs of the same build may differ
  Real p_beyond, p_holm;  ///< two-sided p of a difference beyond that margin; the same by Holm over the cells
  Real p_slower_holm;     ///< one-sided, that NEW is slower by more than the margin, by Holm: for the gate
  Real detectable;        ///< the smallest relative difference that these data could have shown
  bool base_suspect = false, new_suspect = false;
  Real base_share_of_roof, new_share_of_roof;
  GateVerdict gate = {};  ///< verdict of the gate on times
  Real ratio_over_roofs;  ///< the ratio after each side's time is divided by what its machine's roofs allow
};

/// A series at a target, in a cell: ln of the ratio of times = ln of that of steps + ln of that of seconds per step.
struct TargetRatio {
  std::string series, cell, workload, loss;
  std::string name;
  record::TargetKind target_kind = {};
  double target_value = 0;
  Real base_seconds, new_seconds;
  Real ratio, low, high;    ///< ratio of the seconds to the target
  Real steps_ratio;         ///< BASE's steps over NEW's
  Real step_seconds_ratio;  ///< BASE's seconds per step over NEW's, weighted by these steps
  StepsVerdict steps = {};
};

/// The fastest cells of both reports at a target; they may be different cells.
struct BestRatio {
  std::string workload, loss;
  record::TargetKind target_kind = {};
  double target_value = 0;
  std::string base_cell, new_cell;  ///< names for people
  Real base_seconds, base_low, base_high, new_seconds, new_low, new_high;
  Real ratio, low, high;
};

/// A group of cells: the geometric mean of their ratios; its interval is computed from each process's own mean.
struct GroupRatio {
  GroupKind kind = {};
  std::string name;  ///< "hinge", "batch 32 to 128", "2 threads"; "" for all cells
  int cells = 0, faster = 0, slower = 0, same = 0, inconclusive = 0;
  Real ratio, low, high;
};

/// The sentinel kernels, which a run times between its cells: they show how fast the machine itself was.
struct SentinelRatio {
  SentinelKind kind = {};
  Real ratio, low, high;
};

struct Gate {
  GateKind kind = {};
  GateVerdict verdict = {};
  double fail_if_slower = 0;
  bool strict = false;
  std::vector<std::string> failures;  ///< what fails, one sentence each
  std::vector<std::string> warnings;  ///< what could not be decided
};

struct Comparison {
  Side base, found;
  bool same_machine = false, same_build = false, same_arithmetic = false;
  /// the processes of the two reports took turns, so that the time of day does not affect the ratios
  bool alternating = false;
  double same_within = 0;
  StepsVerdict steps = {};  ///< the worst over all series
  std::vector<Difference> differences;
  std::vector<SentinelRatio> sentinels;
  std::vector<BestRatio> best;
  std::vector<CellRatio> cells;
  std::vector<TargetRatio> targets;
  std::vector<GroupRatio> groups;
  int base_only = 0, new_only = 0;  ///< number of cells that only one report timed
  int processes_needed = 0;         ///< on each side, before any cell can be called different; 0 if there are enough
  Gate gate;
};

/// A machine, or build, among several.
struct MachineRow {
  std::string label, workload, loss;
  record::TargetKind target_kind = {};
  double target_value = 0;
  std::string best_cell;  ///< for people
  Real seconds, low, high;
  Real share_of_roof;  ///< share of the roof of that cell's steps
  Real speed_up;       ///< of that cell over one thread
  Real ratio;          ///< times as fast as the first report's best cell
};

struct CompareOptions {
  double same_within = 0.02;  ///< NEW is the same if the interval lies within this distance of 1
  /// Relative: how much two runs of the same build may differ. Absent: estimated from the scatter of the processes
  /// (docs/comparing.md), or 0 if processes took turns.
  std::optional<double> runs_differ;
  GateKind gate = GateKind::none;
  double fail_if_slower = 0.1;
  bool strict = false;
};

/// A report with its label and its origin.
struct Labelled {
  std::string label, path;
  const record::Report* report = nullptr;
};

/// Reports that cannot be compared: exit status 3.
class NotComparable : public core::InputError {
 public:
  using core::InputError::InputError;
};

/// Compares two reports, whose derived tables must belong to their raw ones (see recomputed()). Pure. Throws
/// NotComparable with the first reason: different data, or nothing in common.
Comparison compare(const Labelled& base, const Labelled& found, const CompareOptions& options);

/// One row per report, workload and headline target, in the reports' order.
std::vector<MachineRow> by_machine(std::span<const Labelled> reports);

/// The report with its derived tables computed again, and the first place where these differ from the stored ones by
/// more than rounding; "" if they do not differ.
struct Recomputed {
  record::Report report;
  std::string difference;
};
Recomputed recomputed(const record::Report& report);

/// 1 if a gate fails, or if weights differ although the arithmetic is equal; 3 if a strict gate is undecided; else 0.
int exit_status(const Comparison& comparison) noexcept;

}  // namespace descent::join
