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

/// The data of a URI; of a landscape no rows, but its name, source and a hash of both. Throws InputError.
data::Split load_inputs(const std::string& uri, const data::LoadOptions& load);

/// The files that load_inputs() would read, whether or not they are there; none for a landscape.
std::vector<std::string> input_files(const std::string& uri);

/// Throws UsageError where options and data do not fit together (batch larger than n, …), InputError where the memory
/// would not do.
Plan make_plan(const SweepOptions& options, const data::Split& data);

/// Runs the sweep and returns the raw report, analysed. Every finished piece goes to the journal beside `options.out`.
/// When `cancel` becomes true it stops at the next piece and returns what there is with status "partial".
record::Report run_sweep(const SweepOptions& options, const std::vector<std::string>& command, SweepObserver& observer,
                         const std::atomic<bool>& cancel);

/// The cells of `base`, a report that a sweep wrote anywhere, timed on this machine: a whole report, analysed. Its
/// statistics are those of `base`; the first run of each series is trained again, up to the weights that samples run
/// from, whose hashes have to be those of `base`. `base_place` names it in messages. `options` are those of `base` with
/// this machine's threads and the like. Journal, `cancel` and status as of run_sweep(). Throws join::MergeConflict
/// where `base` is of other arithmetic, other data or another program, or gives other weights here.
record::Report time_report(const record::Report& base, const std::string& base_place, const SweepOptions& options,
                           const std::vector<std::string>& command, SweepObserver& observer,
                           const std::atomic<bool>& cancel);

/// The hidden command of this program that run_sweep starts for its timings: `PROGRAM kTimingArgument ORDER_PATH`,
/// which has to call run_timing_invocation(ORDER_PATH) and exit with what it returns.
inline constexpr const char* kTimingArgument = "timing-invocation";

/// The hidden entry of a timing process that run_sweep starts: reads its order from `order_path`, appends samples to
/// it. Returns the exit status; throws InputError.
int run_timing_invocation(const std::string& order_path);

}  // namespace descent::sweep
