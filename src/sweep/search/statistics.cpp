#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "descent/core/text.hpp"
#include "sweep/journal/piece.hpp"
#include "sweep/plan/estimate.hpp"
#include "sweep/pool.hpp"
#include "sweep/search/training.hpp"

namespace descent::sweep {
namespace {

constexpr std::size_t kFewRows = 2000;

/// Series of one workload, rule, target and family, by batch: each search starts at its neighbour's winner.
struct Chain {
  std::vector<std::size_t> series;  // indices into SweepState::series
  std::size_t last = 0;             // how far this shard has to search: one past its last own series
};

/// The search of one series under way.
struct Searching {
  Searching(double start, const SeriesPlan& plan, const Instalments& units_in)
      : search(start, plan.tuning_seeds, plan.walking_seeds, plan.max_steps), units(units_in) {}
  LearningRateSearch search;
  std::vector<TrialRequest> round;
  std::vector<TrialPiece> results;  // of the round, in its order
  std::size_t open = 0;
  Instalments units;   // of work: trials are of them
  bool fresh = false;  // some trial was not from the journal
};

/// Where weights are kept: at every target, and in the middle, from where steps are timed.
std::vector<double> marked_targets(const SweepOptions& options) {
  std::vector<double> targets = options.targets;
  if (std::find(targets.begin(), targets.end(), record::kMiddleDelta) == targets.end())
    targets.push_back(record::kMiddleDelta);
  std::sort(targets.begin(), targets.end(), std::greater<>());
  return targets;
}

/// Learning rates and trajectories: one pool of pieces, the smallest batches first, so that under a budget the largest
/// are left out.
class Statistics {
 public:
  explicit Statistics(SweepState& state)
      : state_(state),
        team_({std::min(machine::available_cpus(),
                        *std::max_element(state.options.threads.begin(), state.options.threads.end())),
               state.options.pin, state.options.placement}),
        pool_(team_) {}

  void run() {
    make_chains();
    double units = 0;
    std::size_t runs = 0;  // trials come on top; how many is not known before
    for (const Chain& chain : chains_)
      for (std::size_t position = 0; position < chain.last; ++position) {
        const SeriesState& series = state_.series[chain.series[position]];
        units += train_units(series) + search_units(series);
        if (series.plan.owned) runs += series.plan.seeds.size();
      }
    state_.enter("train", runs, units, 0.7);
    for (std::size_t c = 0; c < chains_.size(); ++c) start(c, 0, std::nullopt);
    pool_.run();
    for (SeriesState& series : state_.series)
      if (series.plan.owned && series.trajectories.size() == series.plan.seeds.size())
        series.record.status = "completed";
  }

 private:
  SeriesState& at(std::size_t chain, std::size_t position) { return state_.series[chains_[chain].series[position]]; }

  void make_chains() {
    std::string previous;
    for (std::size_t i = 0; i < state_.series.size(); ++i) {
      const SeriesPlan& plan = state_.series[i].plan;
      const std::string key = fmt::format("{} {} {} {}", plan.workload, plan.lr_rule, plan.target, plan.family);
      if (key != previous) chains_.emplace_back();
      previous = key;
      chains_.back().series.push_back(i);
      if (plan.owned) chains_.back().last = chains_.back().series.size();
    }
    // The linear and square-root rules start from the smallest batch's winner, wherever that is trained.
    for (Chain& chain : chains_) {
      const SeriesPlan& plan = state_.series[chain.series.front()].plan;
      if (plan.lr_rule != "linear" && plan.lr_rule != "sqrt") continue;
      Chain& headline = chains_[headline_chain(plan)];
      if (chain.last > 0) headline.last = std::max<std::size_t>(headline.last, 1);
    }
  }

  std::size_t headline_chain(const SeriesPlan& follower) const {
    for (std::size_t c = 0; c < chains_.size(); ++c) {
      const SeriesPlan& plan = state_.series[chains_[c].series.front()].plan;
      if (plan.workload == follower.workload && plan.family == follower.family && plan.lr_rule == "tuned" &&
          plan.headline)
        return c;
    }
    return 0;
  }

  double search_units(const SeriesState& series) const {
    return series.plan.lr_rule == "tuned" ? expected_search_units(state_, series.plan) : 0;
  }
  double train_units(const SeriesState& series) const {
    return series.plan.owned ? expected_run_units(state_, series.plan) * static_cast<double>(series.plan.seeds.size())
                             : 0;
  }

  /// Smaller batches first; of one batch, its search before its trajectories.
  double priority(const SeriesState& series, bool training) const {
    return static_cast<double>(series.plan.batch) + (series.plan.full_batch ? 0.5 : 0) + (training ? 0.25 : 0);
  }

  /// Begins series `position` of a chain, whose neighbour's winner is `neighbour`.
  void start(std::size_t chain, std::size_t position, std::optional<double> neighbour) {
    if (position >= chains_[chain].last) return;
    SeriesState& series = at(chain, position);
    const SeriesPlan& plan = series.plan;
    const WorkloadState& workload = state_.workloads[plan.workload];
    const double theory = state_.first_rate(workload, plan);
    if (plan.lr_rule == "tuned") {
      auto searching =
          std::make_shared<Searching>(neighbour.value_or(theory), plan, expected_instalments(state_, plan));
      pool_.submit(priority(series, false),
                   [this, chain, position, searching] { next_round(chain, position, searching); });
      return;
    }
    if (plan.lr_rule == "linear" || plan.lr_rule == "sqrt") return;  // follow the headline chain's first winner
    settle(chain, position, plan.lr_rule == "fixed" ? plan.fixed_rate : theory);
    start(chain, position + 1, std::nullopt);
  }

  void next_round(std::size_t chain, std::size_t position, const std::shared_ptr<Searching>& searching) {
    searching->round = searching->search.next_round();
    searching->results.assign(searching->round.size(), {});
    searching->open = searching->round.size();
    SeriesState& series = at(chain, position);
    if (searching->round.empty()) {
      series.record.lr_at_edge = searching->search.at_edge();
      state_.counted(searching->units.rest(), !searching->fresh);
      series.expected_steps = searching->search.best_score();
      settle(chain, position, searching->search.best_rate());
      if (position == 0 && series.plan.headline) follow_rules(series);
      start(chain, position + 1, searching->search.best_rate());
      return;
    }
    // The last of them may end, and begin another round, before submit() returns.
    const std::size_t count = searching->round.size();
    const double before = priority(series, false);
    for (std::size_t i = 0; i < count; ++i)
      pool_.submit(before, [this, chain, position, searching, i] { trial(chain, position, searching, i); });
  }

  void trial(std::size_t chain, std::size_t position, const std::shared_ptr<Searching>& searching, std::size_t index) {
    SeriesState& series = at(chain, position);
    const TrialRequest& request = searching->round[index];
    try {
      searching->results[index] = run(series, request, *searching);
    } catch (const Stopped&) {
      return;  // the round never ends, and with it the chain
    }
    {
      const std::lock_guard lock(state_.mutex);
      if (--searching->open > 0) return;
    }
    for (std::size_t i = 0; i < searching->round.size(); ++i) {
      const TrialResult& result = searching->results[i].result;
      searching->search.record(searching->round[i], result);
      record::Tuning tuning;
      tuning.series = series.record.id;
      tuning.lr = searching->round[i].lr;
      tuning.seed = searching->round[i].seed;
      tuning.steps = result.steps;
      tuning.steps_to_target = result.steps_to_target;
      tuning.status = result.status;
      tuning.seconds = searching->results[i].train_seconds + searching->results[i].evaluate_seconds;
      series.tunings.push_back(tuning);
    }
    next_round(chain, position, searching);
  }

  TrialPiece run(SeriesState& series, TrialRequest request, Searching& searching) {
    // Small data are noisier, and looking at all of a run costs nothing there.
    if (state_.data.training.rows() <= kFewRows) request.look_from = 0;
    const std::string key =
        fmt::format("{} lr {} seed {} within {}", series.record.id, core::shortest(request.lr), request.seed,
                    request.abandon_after ? core::shortest(*request.abandon_after) : "budget");
    const double units = told(searching, state_.journal.find("trial", key) == nullptr);
    const TrialPiece result = piece<TrialPiece>(state_, "", "trial", key, units, [&] {
      TeamStock::Loan loan(stock_);
      return run_trial(state_, series, request, loan.team());
    });
    book(series, "search", result.train_seconds, result.evaluate_seconds);
    return result;
  }

  /// Work that a trial counts for.
  double told(Searching& searching, bool fresh) {
    const std::lock_guard lock(state_.mutex);
    searching.fresh = searching.fresh || fresh;
    return searching.units.next();
  }

  /// The rate of a series is known: its trajectories can be trained.
  void settle(std::size_t chain, std::size_t position, double rate) {
    SeriesState& series = at(chain, position);
    series.record.chosen_lr = rate;
    if (!series.plan.owned) return;
    for (const std::uint64_t seed : series.plan.seeds)
      pool_.submit(priority(series, true), [this, &series, seed] { trajectory(series, seed); });
  }

  void follow_rules(const SeriesState& first) {
    for (std::size_t c = 0; c < chains_.size(); ++c)
      for (std::size_t position = 0; position < chains_[c].last; ++position) {
        const SeriesPlan& plan = at(c, position).plan;
        if (plan.workload != first.plan.workload || plan.family != first.plan.family ||
            (plan.lr_rule != "linear" && plan.lr_rule != "sqrt"))
          continue;
        const double ratio = static_cast<double>(plan.batch) / static_cast<double>(first.plan.batch);
        settle(c, position, first.record.chosen_lr * (plan.lr_rule == "linear" ? ratio : std::sqrt(ratio)));
      }
  }

  void trajectory(SeriesState& series, std::uint64_t seed) {
    const WorkloadState& workload = state_.workloads[series.plan.workload];
    RunRequest run = reported_run(state_, series, seed);
    if (seed == series.plan.seeds.front())
      for (const double target : marked_targets(state_.options))
        if (const std::optional<double> value = workload.value_at(target))
          run.marks.emplace_back(core::shortest(target), *value);
    const std::string key = fmt::format("{}/{} lr {}", series.record.id, seed, core::shortest(run.lr));
    TrainedPiece trained;
    try {
      trained = piece<TrainedPiece>(state_, "", "trajectory", key, expected_run_units(state_, series.plan), [&] {
        TeamStock::Loan loan(stock_);
        RunOutcome outcome = run_training(state_, series, run, loan.team());
        if (seed == series.plan.seeds.front()) outcome.snapshots.push_back({"end", outcome.done_step, outcome.weights});
        return TrainedPiece{describe(workload, series, run, outcome), std::move(outcome.snapshots)};
      });
    } catch (const Stopped&) {
      return;
    }
    book(series, "train", trained.record.train_seconds, trained.record.evaluate_seconds);
    const std::lock_guard lock(state_.mutex);
    if (!trained.snapshots.empty()) series.snapshots = std::move(trained.snapshots);
    if (trained.record.stop == "target" && (!fastest_ || trained.record.train_seconds < *fastest_)) {
      fastest_ = trained.record.train_seconds;
      state_.best = fmt::format("batch {}: {:.2g} s of steps", series.plan.batch, *fastest_);
    }
    series.trajectories.emplace(seed, std::move(trained.record));
  }

  static record::Trajectory describe(const WorkloadState& workload, const SeriesState& series, const RunRequest& run,
                                     const RunOutcome& outcome) {
    const train::Trace& trace = outcome.trace;
    record::Trajectory record;
    record.id = fmt::format("{}/{}", series.record.id, run.seed);
    record.series = series.record.id;
    record.workload = series.record.workload;
    record.optimizer = series.plan.optimizer;
    record.batch = series.plan.batch;
    record.seed = run.seed;
    record.lr = run.lr;
    record.f0 = workload.record.f0;
    if (!workload.one_start && !trace.curve.loss.empty()) record.f0 = trace.curve.loss.front();
    record.status = trace.status;
    record.stop = trace.stop;
    record.steps = trace.steps;
    record.done_step = outcome.done_step;
    record.weights_hash = trace.weights_hash;
    record.curve = trace.curve;
    record.batch_uphill_fraction = trace.batch_uphill_fraction;
    record.train_seconds = trace.train_seconds;
    record.evaluate_seconds = trace.evaluate_seconds;
    return record;
  }

  /// Pieces run side by side: each worker's seconds are its share of the command's.
  void book(SeriesState& series, const char* account, double train_seconds, double evaluate_seconds) {
    const std::lock_guard lock(state_.mutex);
    series.step_seconds += train_seconds;
    state_.spend(account, train_seconds / team_.threads());
    state_.spend("evaluate", evaluate_seconds / team_.threads());
  }

  SweepState& state_;
  machine::Team team_;
  Pool pool_;
  TeamStock stock_;
  std::vector<Chain> chains_;
  std::optional<double> fastest_;  // for the progress report: one core's seconds, not a timing
};

}  // namespace

void run_statistics(SweepState& state) {
  if (state.cancel || state.options.shard_what == "timings") return;
  Statistics(state).run();
}

}  // namespace descent::sweep
