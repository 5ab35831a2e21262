#pragma once

#include <atomic>
#include <span>
#include <string>
#include <vector>

#include "descent/core/error.hpp"
#include "descent/data/dataset.hpp"
#include "descent/record/report.hpp"
#include "descent/sweep/load_options.hpp"
#include "descent/sweep/observer.hpp"
#include "descent/sweep/options.hpp"

namespace descent::sweep {

/// One planned cell, for --list and --dry-run.
struct PlannedCell {
  std::string loss, optimizer;
  record::Sampling sampling = {};
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

/// The data of a URI. For a landscape there are no rows, only its name, its source and a hash of both. Throws
/// InputError.
data::Split load_inputs(const std::string& uri, const data::LoadOptions& load);

/// The files that load_inputs() would read, whether or not they exist; none for a landscape.
std::vector<std::string> input_files(const std::string& uri);

/// Plans the sweep without running it. Throws UsageError if options and data do not fit together (batch larger than n,
/// …), InputError if there is not enough memory.
Plan make_plan(const SweepOptions& options, const data::Split& data);

/// Runs the sweep and returns the raw report, analysed. Every finished piece goes to the journal beside `options.out`.
/// When `cancel` becomes true it stops at the next piece of work and returns what is finished, with status "partial".
record::Report run_sweep(const SweepOptions& options, const std::vector<std::string>& command, SweepObserver& observer,
                         const std::atomic<bool>& cancel);

/// Times the cells of `base`, a report from a sweep on any machine, on this machine, and returns a whole report,
/// analysed. Its statistics are those of `base`. The first run of each series is trained again, up to the weights that
/// timing samples start from; their hashes must be equal to those in `base`. `base_place` names `base` in messages.
/// `options` are those of `base`, with this machine's threads and the like. Journal, `cancel` and status as in
/// run_sweep(). Throws join::MergeConflict if arithmetic, data or program of `base` differ, or if the weights differ
/// here.
record::Report time_report(const record::Report& base, const std::string& base_place, const SweepOptions& options,
                           const std::vector<std::string>& command, SweepObserver& observer,
                           const std::atomic<bool>& cancel);

/// The hidden command that run_sweep starts for its timings: `PROGRAM kTimingArgument ORDER_PATH`. The program has to
/// call run_timing_invocation(ORDER_PATH) then, and exit with the status that it returns.
inline constexpr const char* kTimingArgument = "timing-invocation";

/// Runs in a timing process that run_sweep has started: reads its order from the file `order_path` and appends its
/// result to the same file. Returns the exit status; throws InputError.
int run_timing_invocation(const std::string& order_path);

}  // namespace descent::sweep
