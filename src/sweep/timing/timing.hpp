#pragma once

#include <atomic>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "descent/data/dataset.hpp"
#include "descent/data/source.hpp"
#include "descent/machine/counters.hpp"
#include "descent/machine/team.hpp"
#include "descent/record/tables.hpp"
#include "sweep/state.hpp"

namespace descent::sweep {

/// Stored weights that samples run from.
struct TimingOrigin {
  record::TimedFrom label = {};
  std::int64_t step = 0;    // step of the trajectory with these weights
  std::size_t weights = 0;  // index into TimingOrder::weights
};

/// A cell to be timed, and how.
struct TimingCell {
  record::Cell cell;
  std::string loss;
  record::RateSchedule schedule = {};
  record::Twin twin = {};
  std::uint64_t next_step = 0;  // step of the shuffled epoch where its last sample ended; 0: none yet
  double lr = 0;
  std::uint64_t seed = 1;
  std::vector<TimingOrigin> origins;
};

/// What one process has to measure; complete, so that a fresh process can do it.
struct TimingOrder {
  std::string data, content_hash;
  data::LoadOptions load;
  std::string model = "linear";
  double l2 = 0;
  machine::TeamOptions team;  // options for teams of every thread count
  int invocation = 0, rounds = 2;
  std::string sharing = "auto";  // `fused` chooses its sharing by this and by the roofs
  std::size_t l2_bytes = 0;
  std::vector<record::Roof> roofs;
  double min_seconds = 0.01;  // of a sample
  bool counters = false;      // count what the workers' processors do
  std::vector<std::vector<float>> weights;
  std::vector<TimingCell> cells;  // sorted, whatever the order of the options
};

struct TimingResult {
  record::Invocation invocation;
  std::vector<record::Sentinel> sentinels;
  std::vector<record::Timing> timings;  // in the order of the cells
  // For each cell, in the same order: the step of its epochs at which the process began, and the next step.
  std::vector<std::uint64_t> first_steps, next_steps;
};

/// The weights of a series from which samples start; no snapshot: the series' starting weights.
struct OriginWeights {
  record::TimedFrom label = {};
  const Snapshot* snapshot = nullptr;
};

/// Start, middle and end if the loss's active fraction changes, since then the cost of a step changes too; else only
/// one of them.
std::vector<OriginWeights> origins_of(const SeriesState& series);

/// The series whose steps are timed. Series that differ only in their rates have their cells in common; the first of
/// them is timed.
std::vector<std::size_t> timed_series(const SweepState& state);

/// The cells of a sweep in sorted order, some of them (with --aa-cells all, all of them) under two names.
TimingOrder make_timing_order(const SweepState& state);

/// Is this the timing of that cell?
bool is_of(const record::Timing& timing, const TimingCell& cell);

/// Sets for each cell the step of its shuffled epoch at which it begins: the step where the last process that timed it
/// ended.
void continue_epochs(const std::vector<TimingResult>& results, TimingOrder& order);

/// The number of rounds per process with which four in five cells have a half-width of at most `precision`, or one
/// within a tenth of what unlimited rounds would reach. It is computed from the spread between and within the first
/// processes, for a result from `invocations` processes, and lies between kFirstTimingRounds and kMostTimingRounds.
int blocks_for(std::span<const TimingResult> first, double precision, int invocations);

/// The cells that were disturbed in some process, drift over the processes, or show two speeds.
std::vector<TimingCell> suspect_cells(const TimingOrder& order, const std::vector<TimingResult>& results);

/// The number of further processes for suspect cells after `done` processes: a quarter, at least one.
int further_processes(int done);

/// The order of `samples` turns in a round: random for every round of every process, but a function of their numbers.
std::vector<std::uint32_t> turns_of_round(int invocation, int round, std::size_t samples);

/// Takes the samples: a warm-up of every cell, then rounds that contain every cell and origin once, each in a new
/// random order (a function of the invocation's number). Only steps are timed. A sample continues the shuffled epoch
/// where its cell's last sample ended. Stops early, between samples, when `cancel` is set.
/// If the order asks for counters, `source` counts.
TimingResult take_timings(const TimingOrder& order, const data::Split& data, const std::atomic<bool>& cancel,
                          machine::CounterSource& source = machine::processor_counters());

/// Runs an order in a fresh process of this program. If `has_to_stop` returns true, ends that process and throws
/// Stopped. Throws InputError if the process fails.
TimingResult run_in_process(const TimingOrder& order, const std::string& order_path,
                            const std::function<bool()>& has_to_stop);
inline TimingResult run_in_process(const TimingOrder& order, const std::string& order_path,
                                   const std::atomic<bool>& cancel) {
  return run_in_process(order, order_path, [&cancel] { return cancel.load(); });
}

}  // namespace descent::sweep
