#include <fmt/format.h>

#include <deque>

#include "sweep/plan/estimate.hpp"
#include "sweep/search/chain_search.hpp"

namespace descent::sweep {
namespace {

/// Puts the series into chains. Chains are not moved once they are made.
std::deque<ChainSearch> chains_of(SweepState& state, Trainer& trainer) {
  std::deque<ChainSearch> chains;
  std::string previous;
  for (SeriesState& series : state.series) {
    const std::string key = fmt::format("{} {} {} {}", series.plan.workload, record::to_text(series.plan.lr_rule),
                                        series.plan.target, series.plan.family);
    if (key != previous) chains.emplace_back(trainer);
    previous = key;
    chains.back().add(series);
  }
  for (ChainSearch& headline : chains) {
    if (headline.plan().lr_rule != record::RateRule::tuned || !headline.plan().headline) continue;
    for (ChainSearch& chain : chains)
      if (chain.waits() && chain.plan().workload == headline.plan().workload &&
          chain.plan().family == headline.plan().family)
        headline.lead(chain);
  }
  return chains;
}

/// The work that the plan expects for searching and training a series.
double units_of(const SweepState& state, const SeriesPlan& plan) {
  double units = plan.lr_rule == record::RateRule::tuned ? expected_search_units(state, plan) : 0;
  if (plan.owned) units += expected_run_units(state, plan) * static_cast<double>(plan.seeds.size());
  return units;
}

}  // namespace

void run_statistics(SweepState& state) {
  if (state.cancel) return;
  Trainer trainer(state);
  std::deque<ChainSearch> chains = chains_of(state, trainer);
  double units = 0;
  std::size_t runs = 0;  // without trials, whose number is not known in advance
  for (const ChainSearch& chain : chains)
    for (const SeriesState* const series : chain.needed()) {
      units += units_of(state, series->plan);
      if (series->plan.owned) runs += series->plan.seeds.size();
    }
  state.enter("train", runs, units, 0.7);
  for (ChainSearch& chain : chains) chain.start();
  trainer.run();
  for (SeriesState& series : state.series)
    if (series.plan.owned && series.trajectories.size() == series.plan.seeds.size())
      series.record.status = record::SeriesStatus::completed;
}

}  // namespace descent::sweep
