#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <span>

#include "descent/analysis/timing_checks.hpp"
#include "descent/machine/environment.hpp"
#include "sweep/journal/piece.hpp"
#include "sweep/timing/timing.hpp"

namespace descent::sweep {
namespace {

std::string order_path(const SweepOptions& options) {
  if (!options.out.empty()) return output_files(options).timing;
  return (std::filesystem::temp_directory_path() / fmt::format("descent-{}.timing", getpid())).string();
}

/// Warns if there are more threads than the CPU quota allows: they are stopped for a part of each period, so their
/// timings do not show the machine's speed.
void warn_of_quota(SweepState& state) {
  const std::optional<double> quota = machine::cpu_quota();
  const int most = *std::max_element(state.options.threads.begin(), state.options.threads.end());
  if (quota && *quota < most)
    state.warn(fmt::format(
        "the control group allows {:.4g} CPUs: found timings on {} threads, expected at most as many", *quota, most));
}

/// The result of one timing process, or the one from the journal.
TimingResult take(SweepState& state, const TimingOrder& order) {
  return piece<TimingResult>(state, "timing", "invocation", std::to_string(order.invocation), 1, [&] {
    TimingResult result = state.options.invocations == 0
                              ? take_timings(order, state.data, state.cancel)
                              : run_in_process(order, order_path(state.options), [&] { return state.out_of_time(); });
    if (state.cancel) throw Stopped{};
    return result;
  });
}

/// Times suspect cells in further processes, which time only these cells.
void measure_again(SweepState& state, const TimingOrder& order, std::vector<TimingResult>& results) {
  const int done = static_cast<int>(results.size());
  if (done < 2 || done < state.options.invocations) return;
  const std::vector<TimingResult> first = results;  // only these decide which cells are suspect
  for (int extra = 0; extra < further_processes(done) && !state.stopping(); ++extra) {
    TimingOrder rest = order;
    rest.invocation = done + 1 + extra;
    rest.cells = suspect_cells(order, first);
    if (rest.cells.empty()) break;
    continue_epochs(results, rest);
    try {
      results.push_back(take(state, rest));
    } catch (const Stopped&) {
      break;
    }
  }
}

}  // namespace

void run_timings(SweepState& state) {
  if (state.cancel || state.options.shard_what == "statistics") return;
  TimingOrder order = make_timing_order(state);
  if (order.cells.empty()) return;
  warn_of_quota(state);
  const int invocations = std::max(1, state.options.invocations);
  state.enter("time", static_cast<std::size_t>(invocations), invocations, 0.9);
  std::vector<TimingResult> results;
  for (int i = 0; i < invocations && !state.cancel; ++i) {
    if (state.out_of_time() || (i > 0 && state.stopping())) break;
    order.invocation = state.options.invocations == 0 ? 0 : i + 1;
    order.rounds = i < 2 ? analysis::kFirstTimingRounds
                         : blocks_for(std::span(results).first(2), state.options.precision, invocations);
    continue_epochs(results, order);
    try {
      results.push_back(take(state, order));
    } catch (const Stopped&) {
      break;
    }
  }
  measure_again(state, order, results);
  record::Report& report = state.report;
  for (const TimingCell& timed : order.cells)
    if (timed.twin != record::Twin::b) report.cells.push_back(timed.cell);
  for (TimingResult& result : results) {
    result.invocation.precision = state.options.precision;
    report.invocations.push_back(result.invocation);
    report.sentinels.insert(report.sentinels.end(), result.sentinels.begin(), result.sentinels.end());
    report.timings.insert(report.timings.end(), result.timings.begin(), result.timings.end());
  }
  for (const record::Check& check : analysis::check_timings(report)) report.checks.push_back(check);
}

}  // namespace descent::sweep
