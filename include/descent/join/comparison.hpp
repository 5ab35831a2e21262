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

// What a comparison of two reports, BASE and NEW, finds. Flat records, as those of a report are; comparison_fields.hpp
// lists their members and results/comparison.schema.json describes them as JSON. Every ratio says how many times as
// fast NEW is: BASE's seconds over NEW's, so that 2 is twice as fast.

using record::Real;

/// inconclusive: the data tell neither that there is a difference nor that there is none worth speaking of.
DESCENT_WORDS(CellVerdict, inconclusive, faster, slower, same)
/// Why a cell is inconclusive. within_runs: by less than two runs of one build may differ; sentinels: the machine
/// itself was that much slower or faster; suspect: its timings are doubtful in both reports; too_few: no result of so
/// few processes could tell; not_shown: the scatter of the processes hides it.
DESCENT_WORDS(Reason, none, within_runs, sentinels, suspect, too_few, not_shown)
/// ranks: Hodges and Lehmann's interval; t: Welch's, where there are too few processes for ranks; none: of one process.
DESCENT_WORDS(RatioInterval, none, ranks, t)
/// What steps tell. equal: to the bit; within: other arithmetic, but the same within their intervals; changed: neither.
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

/// A way in which the two reports are not the same; `place` within the fingerprint, what each has there.
struct Difference {
  Fingerprint kind = {};
  std::string place, base, found;
  std::string note;  ///< what it means for the comparison; "" where that is plain
};

/// A cell that both reports timed. What each process took is one value.
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
  Real p;                 ///< that the two are equal: exact rank test, two-sided
  Real q;                 ///< p by Benjamini and Hochberg over the cells: for screening
  Real margin;            ///< by so much two runs of one build may differ: relative
  Real p_beyond, p_holm;  ///< two-sided p of a difference beyond that margin; the same by Holm over the cells
  Real p_slower_holm;     ///< one-sided, that NEW is slower by more than the margin, by Holm: for the gate
  Real detectable;        ///< the smallest difference, relative, that these data could have shown
  bool base_suspect = false, new_suspect = false;
  Real base_share_of_roof, new_share_of_roof;
  GateVerdict gate = {};  ///< what the gate on times says of it
  Real ratio_over_roofs;  ///< what is left of the ratio when each side is measured against its machine's roof
};

/// A series at a target, in a cell: ln of the ratio of times = ln of that of steps + ln of that of seconds per step.
struct TargetRatio {
  std::string series, cell, workload, loss;
  std::string name;
  record::TargetKind target_kind = {};
  double target_value = 0;
  Real base_seconds, new_seconds;
  Real ratio, low, high;    ///< of seconds to the target
  Real steps_ratio;         ///< BASE's steps over NEW's
  Real step_seconds_ratio;  ///< BASE's seconds per step over NEW's, weighted by these steps
  StepsVerdict steps = {};
};

/// The fastest cell of each report at a target, whichever that is.
struct BestRatio {
  std::string workload, loss;
  record::TargetKind target_kind = {};
  double target_value = 0;
  std::string base_cell, new_cell;  ///< names for people
  Real base_seconds, base_low, base_high, new_seconds, new_low, new_high;
  Real ratio, low, high;
};

/// Cells taken together: the geometric mean of their ratios, whose interval rests on each process's own mean.
struct GroupRatio {
  GroupKind kind = {};
  std::string name;  ///< "hinge", "batch 32 to 128", "2 threads"; "" of all
  int cells = 0, faster = 0, slower = 0, same = 0, inconclusive = 0;
  Real ratio, low, high;
};

/// The kernels that a run times between its cells: what the machine itself did.
struct SentinelRatio {
  SentinelKind kind = {};
  Real ratio, low, high;
};

struct Gate {
  GateKind kind = {};
  GateVerdict verdict = {};
  double fail_if_slower = 0;
  bool strict = false;
  std::vector<std::string> failures;  ///< what fails, a sentence each
  std::vector<std::string> warnings;  ///< what could not be decided
};

struct Comparison {
  Side base, found;
  bool same_machine = false, same_build = false, same_arithmetic = false;
  bool alternating = false;  ///< the processes of the two reports took turns, so that no time of day is in the ratios
  double same_within = 0;
  StepsVerdict steps = {};  ///< of all series: the worst
  std::vector<Difference> differences;
  std::vector<SentinelRatio> sentinels;
  std::vector<BestRatio> best;
  std::vector<CellRatio> cells;
  std::vector<TargetRatio> targets;
  std::vector<GroupRatio> groups;
  int base_only = 0, new_only = 0;  ///< cells that one report alone timed
  int processes_needed = 0;         ///< on each side, for any cell to be called different; 0 where there are enough
  Gate gate;
};

/// A machine, or build, among several.
struct MachineRow {
  std::string label, workload, loss;
  record::TargetKind target_kind = {};
  double target_value = 0;
  std::string best_cell;  ///< for people
  Real seconds, low, high;
  Real share_of_roof;  ///< of that cell's steps
  Real speed_up;       ///< of that cell over one thread
  Real ratio;          ///< times as fast as the first report's best cell
};

struct CompareOptions {
  double same_within = 0.02;  ///< NEW is the same where the interval lies within so much of 1
  /// By how much two runs of one build may differ for no other reason than that they are two, relative. Absent: what
  /// the scatter of the processes suggests (docs/comparing.md); 0 where processes took turns.
  std::optional<double> runs_differ;
  GateKind gate = GateKind::none;
  double fail_if_slower = 0.1;
  bool strict = false;
};

/// A report with what it is called and where it came from.
struct Labelled {
  std::string label, path;
  const record::Report* report = nullptr;
};

/// Reports that cannot be compared: exit status 3.
class NotComparable : public core::InputError {
 public:
  using core::InputError::InputError;
};

/// Compares two reports; their derived tables have to be those of their raw ones (see recomputed()). Pure. Throws
/// NotComparable, naming the first reason: other data, or nothing in common.
Comparison compare(const Labelled& base, const Labelled& found, const CompareOptions& options);

/// One row per report, workload and headline target, in the reports' order.
std::vector<MachineRow> by_machine(std::span<const Labelled> reports);

/// The report with its derived tables computed again, and the first place where they differ from those that it had by
/// more than rounding: "" where nowhere.
struct Recomputed {
  record::Report report;
  std::string difference;
};
Recomputed recomputed(const record::Report& report);

/// 1 where a gate, or equal arithmetic without equal weights, says that something got worse; 3 where a strict gate is
/// undecided; else 0.
int exit_status(const Comparison& comparison) noexcept;

}  // namespace descent::join
