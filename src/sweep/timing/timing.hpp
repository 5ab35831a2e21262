#pragma once

#include <atomic>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "descent/data/dataset.hpp"
#include "descent/data/source.hpp"
#include "descent/machine/team.hpp"
#include "descent/record/tables.hpp"
#include "sweep/state.hpp"

namespace descent::sweep {

/// Stored weights that samples run from.
struct TimingOrigin {
  record::TimedFrom label = {};
  std::int64_t step = 0;    // where the trajectory had them
  std::size_t weights = 0;  // index into TimingOrder::weights
};

/// A cell to be timed, and how.
struct TimingCell {
  record::Cell cell;
  std::string loss;
  record::RateSchedule schedule = {};
  record::Twin twin = {};
  std::uint64_t next_step = 0;  // of the shuffled epoch: where its last sample ended; 0: none yet
  double lr = 0;
  std::uint64_t seed = 1;
  std::vector<TimingOrigin> origins;
};

/// What one process is to measure: complete in itself, so that a fresh process can do it.
struct TimingOrder {
  std::string data, content_hash;
  data::LoadOptions load;
  std::string model = "linear";
  double l2 = 0;
  machine::TeamOptions team;  // of every thread count
  int invocation = 0, rounds = 2;
  std::string sharing = "auto";  // with the roofs: what fused chooses its sharing by
  std::size_t l2_bytes = 0;
  std::vector<record::Roof> roofs;
  double min_seconds = 0.01;  // of a sample
  std::vector<std::vector<float>> weights;
  std::vector<TimingCell> cells;  // sorted, whatever the order of the options
};

struct TimingResult {
  record::Invocation invocation;
  std::vector<record::Sentinel> sentinels;
  std::vector<record::Timing> timings;  // in the order of the cells
  // Of each cell, in the same order: steps of its epochs that the process began at, and that come next.
  std::vector<std::uint64_t> first_steps, next_steps;
};

/// From which weights of a series samples run; no snapshot: from where it started.
struct OriginWeights {
  record::TimedFrom label = {};
  const Snapshot* snapshot = nullptr;
};

/// Start, middle and end for losses whose active fraction changes, and the cost of a step with it; one of them where it
/// does not.
std::vector<OriginWeights> origins_of(const SeriesState& series);

/// The series whose steps are timed: of those that differ in their rates alone, and so have their cells in common, the
/// first.
std::vector<std::size_t> timed_series(const SweepState& state);

/// The cells of a sweep, sorted by what they are, and some of them (all, with --aa-cells all) under two names.
TimingOrder make_timing_order(const SweepState& state);

/// Is this the timing of that cell?
bool is_of(const record::Timing& timing, const TimingCell& cell);

/// Sets the step of its shuffled epoch at which each cell begins: where the last process that timed it ended.
void continue_epochs(const std::vector<TimingResult>& results, TimingOrder& order);

/// Blocks that bring the half-width of four in five cells down to `precision`, within kFirstTimingRounds and
/// kMostTimingRounds, or to within a tenth of what no number of rounds can better: from the spread between the first
/// two processes and within them, for a figure from `invocations` processes.
int blocks_for(std::span<const TimingResult> first, double precision, int invocations);

/// The cells that were disturbed in some process, drift over them, or show two speeds.
std::vector<TimingCell> suspect_cells(const TimingOrder& order, const std::vector<TimingResult>& results);

/// Processes that suspect cells meet after `done` ones: one to every four, at least one.
int further_processes(int done);

/// The order of `samples` turns in a round: fresh for every round of every process, and always the same for it.
std::vector<std::uint32_t> turns_of_round(int invocation, int round, std::size_t samples);

/// Takes the samples: a warm-up of every cell, then rounds that hold every cell and origin once, each in fresh random
/// order (a function of the invocation's number). The clock runs over steps only. A sample continues the shuffled epoch
/// where its cell's last one ended. Stops early, between samples, when `cancel` is set.
TimingResult take_timings(const TimingOrder& order, const data::Split& data, const std::atomic<bool>& cancel);

/// Runs an order in a fresh process of this program, which is ended when `has_to_stop`: throws Stopped then, InputError
/// when that process fails.
TimingResult run_in_process(const TimingOrder& order, const std::string& order_path,
                            const std::function<bool()>& has_to_stop);
inline TimingResult run_in_process(const TimingOrder& order, const std::string& order_path,
                                   const std::atomic<bool>& cancel) {
  return run_in_process(order, order_path, [&cancel] { return cancel.load(); });
}

}  // namespace descent::sweep
