#pragma once

#include <atomic>
#include <span>
#include <string>
#include <vector>

#include "descent/core/error.hpp"
#include "descent/data/dataset.hpp"
#include "descent/record/report.hpp"
#include "descent/sweep/options.hpp"

namespace descent {

/// Reports that cannot be put together: exit status 3.
class MergeConflict : public InputError {
 public:
  using InputError::InputError;
};

/// What a sweep tells while it runs. Calls come from one thread at a time.
class SweepObserver {
 public:
  virtual ~SweepObserver() = default;
  /// calibrate, optimum, train, moments, time, check; pieces: how many, trials of a search not among them.
  virtual void stage(const std::string& /*name*/, std::size_t /*pieces*/) {}
  virtual void piece(const std::string& /*what*/, double /*seconds*/, bool /*from_journal*/) {
  }  ///< one finished piece of work
  virtual void progress(double /*done_share*/, double /*remaining_seconds*/, const std::string& /*best*/) {}
  virtual void warn(const std::string& /*text*/) {}
};

/// One planned cell, for --list and --dry-run.
struct PlannedCell {
  std::string loss, optimizer, sampling;
  std::int64_t batch = 0;
  int seeds = 0;
  std::vector<int> threads;
  std::int64_t max_steps = 0;
};
struct Plan {
  std::vector<PlannedCell> cells;
  double estimated_seconds = 0;
  std::vector<std::pair<std::string, double>> estimate_by_stage;
  std::vector<std::string> notes;  ///< what was left out
};

/// Throws UsageError where options and data do not fit together (batch larger than n, …).
Plan make_plan(const SweepOptions& options, const Split& data);

/// Runs the sweep and returns the raw report, analysed. Every finished piece goes to the journal beside `options.out`.
/// When `cancel` becomes true it stops at the next piece and returns what there is with status "partial".
Report run_sweep(const SweepOptions& options, const std::vector<std::string>& command, SweepObserver& observer,
                 const std::atomic<bool>& cancel);

/// The hidden command of this program that run_sweep starts for its timings: `PROGRAM kTimingArgument ORDER_PATH`,
/// which has to call run_timing_invocation(ORDER_PATH) and exit with what it returns.
inline constexpr const char* kTimingArgument = "timing-invocation";

/// The hidden entry of a timing process that run_sweep starts: reads its order from `order_path`, appends samples to
/// it. Returns the exit status; throws InputError.
int run_timing_invocation(const std::string& order_path);

/// Weights that were not equal where they have to be (a check with verdict "failed"): the program exits with status 2.
bool has_failed_check(const Report& report);

/// Joins partial reports of shards, or of the same sweep on several machines: tunings, trajectories and moments may
/// come from any machine with equal arithmetic fingerprint, data and options, and where they overlap must be equal in
/// all but the seconds they took; timings and roofs come from one boot of one machine and one build. What timings tell
/// of themselves is made anew. The result is analysed; complete when all shards are there. Throws MergeConflict naming
/// the first difference.
Report merge_reports(std::span<const Report> reports);

}  // namespace descent
