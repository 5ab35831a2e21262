#include "sweep/search/chain_search.hpp"

#include <cmath>

#include "descent/record/find.hpp"
#include "sweep/plan/estimate.hpp"

namespace descent::sweep {

void ChainSearch::add(SeriesState& series) {
  series_.push_back(&series);
  if (series.plan.owned) needed_ = series_.size();
}

bool ChainSearch::waits() const { return record::is_scaled(plan().lr_rule); }

void ChainSearch::lead(ChainSearch& chain) {
  led_.push_back(&chain);
  if (chain.needed_ > 0 && needed_ == 0) needed_ = 1;
}

void ChainSearch::start() {
  if (!waits()) begin(std::nullopt);
}

/// Begins the search of the series at position_; `neighbour` is the winner of the series before it.
void ChainSearch::begin(std::optional<double> neighbour) {
  const SweepState& state = trainer_.state();
  for (; position_ < needed_; ++position_) {
    SeriesState& series = *series_[position_];
    const SeriesPlan& plan = series.plan;
    const WorkloadState& workload = state.workloads[plan.workload];
    const double theory = state.first_rate(workload, plan);
    if (plan.lr_rule == record::RateRule::tuned) {
      searching_.emplace(neighbour.value_or(theory), plan, expected_instalments(state, plan));
      trainer_.submit_search(series, [this] { next_round(); });
      return;
    }
    trainer_.settle(series, plan.lr_rule == record::RateRule::fixed ? plan.fixed_rate : theory);
  }
}

void ChainSearch::next_round() {
  Searching& searching = *searching_;
  searching.round = searching.search.next_round();
  if (searching.round.empty()) {
    finish_search();
    return;
  }
  searching.results.assign(searching.round.size(), {});
  searching.open = searching.round.size();
  // The round's last trial may end, and begin another round, before submit_search() returns.
  const SeriesState& series = *series_[position_];
  const std::size_t count = searching.round.size();
  for (std::size_t i = 0; i < count; ++i) trainer_.submit_search(series, [this, i] { trial(i); });
}

void ChainSearch::finish_search() {
  SeriesState& series = *series_[position_];
  const LearningRateSearch& search = searching_->search;
  const double winner = search.best_rate();
  series.record.lr_at_edge = search.at_edge();
  series.expected_steps = search.best_score();
  trainer_.state().counted(searching_->units.rest(), !searching_->any_fresh);
  trainer_.settle(series, winner);
  if (position_ == 0)
    for (ChainSearch* const chain : led_) chain->follow(series);
  ++position_;
  begin(winner);
}

void ChainSearch::trial(std::size_t index) {
  Searching& searching = *searching_;
  try {
    searching.results[index] =
        trainer_.run_trial(*series_[position_], searching.round[index], searching.units, searching.any_fresh);
  } catch (const Stopped&) {
    return;  // the round, and with it the chain, is left unfinished
  }
  {
    const std::lock_guard lock(trainer_.state().mutex);
    if (--searching.open > 0) return;
  }
  keep_round();
  next_round();
}

/// Passes the round's results to the search, and keeps the trials for the report.
void ChainSearch::keep_round() {
  Searching& searching = *searching_;
  SeriesState& series = *series_[position_];
  for (std::size_t i = 0; i < searching.round.size(); ++i) {
    const TrialPiece& found = searching.results[i];
    searching.search.record(searching.round[i], found.result);
    record::Tuning tuning;
    tuning.series = series.record.id;
    tuning.lr = searching.round[i].lr;
    tuning.seed = searching.round[i].seed;
    tuning.steps = found.result.steps;
    tuning.steps_to_target = found.result.steps_to_target;
    tuning.status = found.result.status;
    tuning.seconds = found.train_seconds + found.evaluate_seconds;
    series.tunings.push_back(tuning);
  }
}

/// Sets the rates of the linear and square-root rules, scaled from the smallest batch's winner.
void ChainSearch::follow(const SeriesState& winner) {
  for (SeriesState* const series : needed()) {
    const SeriesPlan& plan = series->plan;
    const double ratio = static_cast<double>(plan.batch) / static_cast<double>(winner.plan.batch);
    trainer_.settle(*series,
                    winner.record.chosen_lr * (plan.lr_rule == record::RateRule::linear ? ratio : std::sqrt(ratio)));
  }
}

}  // namespace descent::sweep
