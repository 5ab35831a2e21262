#include "sweep/command.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "descent/analysis/analyse.hpp"
#include "descent/join/merge.hpp"

namespace descent::sweep {
namespace {

/// Books the part of the command's time that is in no account: drawing rows, starting processes, writing the journal,
/// waiting for the last run of a stage. Not done for a resumed sweep, whose accounts include earlier commands.
void book_the_rest(SweepState& state) {
  if (state.journal.resumed_pieces() > 0) return;
  double booked = 0;
  for (const record::Spent& spent : state.report.spent) booked += spent.seconds;
  state.spend("other", std::max(0.0, state.elapsed() - booked));
}

/// Checks that evaluating runs took at most a third of the command's time.
void judge_evaluation(record::Report& report) {
  double all = 0, evaluate = 0;
  for (const record::Spent& spent : report.spent) {
    all += spent.seconds;
    if (spent.what == "evaluate") evaluate = spent.seconds;
  }
  if (!(all > 0) || evaluate == 0) return;
  const double share = evaluate / all;
  record::Check check{record::CheckKind::evaluation_share,
                      "seconds of evaluation over all",
                      share <= 1.0 / 3 ? record::Verdict::ok : record::Verdict::suspect,
                      share,
                      {},
                      {},
                      ""};
  check.note = fmt::format("{:.0f} % of the seconds went to evaluation", 100 * share);
  check.seconds = evaluate;
  report.checks.push_back(check);
}

}  // namespace

std::unique_ptr<Journal> open_journal(const SweepOptions& options, const Identity& identity, SweepObserver& observer) {
  if (options.out.empty()) return std::make_unique<Journal>();
  auto journal = std::make_unique<Journal>(output_files(options).journal, identity, options.resume);
  if (!journal->kept_aside().empty())
    observer.warn(fmt::format("found the journal of an earlier run: it is kept as {}; --resume would have continued it",
                              journal->kept_aside()));
  return journal;
}

record::Report finish(SweepState& state) {
  for (const std::string& text : state.late_warnings) state.observer.warn(text);
  book_the_rest(state);
  judge_evaluation(state.report);
  const std::ptrdiff_t left_out =
      std::count_if(state.report.trajectories.begin(), state.report.trajectories.end(),
                    [](const record::Trajectory& run) { return run.status == record::RunStatus::not_run; });
  if (left_out > 0 && !state.cancel && !state.retraces)
    state.observer.warn(
        fmt::format("{} of {} runs did not fit into the budget", left_out, state.report.trajectories.size()));
  const std::optional<std::pair<int, int>>& shard = state.options.shard;
  const bool whole = !state.cancel && !state.gave_up && left_out == 0 && !join::has_failed_check(state.report) &&
                     (!shard || shard->second == 1);
  state.report.status = whole ? record::ReportStatus::complete : record::ReportStatus::partial;
  return analysis::analyse(std::move(state.report));
}

}  // namespace descent::sweep
