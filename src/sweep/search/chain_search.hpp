#pragma once

#include <optional>
#include <span>
#include <vector>

#include "sweep/search/trainer.hpp"

namespace descent::sweep {

/// The series of one workload, rule, target and family of methods, by batch, all rows last. Their rates are searched
/// for one after the other, since each search starts at its neighbour's winner; the trials of one round run side by
/// side.
///
///   start ──► next_round ──► trial, trial, … ──► the last one of the round
///     ▲           ▲                                  │            │
///     │           └────────── another round ─────────┘            │ the search is over
///     └── the next series ◄── its trajectories go into the pool ◄─┘
///
/// A chain whose rates are given or come from theory has no rounds: every series goes into the pool at once. The chains
/// of the linear and square-root rules wait for the first winner of the headline's chain, which leads them.
///
/// Only one thread continues after the last trial of a round, so only the count of open trials needs the state's mutex.
class ChainSearch {
 public:
  explicit ChainSearch(Trainer& trainer) : trainer_(trainer) {}
  ChainSearch(const ChainSearch&) = delete;
  ChainSearch& operator=(const ChainSearch&) = delete;

  void add(SeriesState& series);
  const SeriesPlan& plan() const { return series_.front()->plan; }  ///< the plan of its first series
  bool waits() const;  ///< does it wait for another chain's winner? True for the linear and square-root rules
  /// `chain` takes its rates from this chain's first winner. That winner is searched for even if another shard trains
  /// it.
  void lead(ChainSearch& chain);

  /// Series that this shard has to search or train: all up to the last one that it owns.
  std::span<SeriesState* const> needed() const { return std::span(series_).first(needed_); }
  /// Puts its first work into the pool. Called once; the chain must not be moved afterwards.
  void start();

 private:
  /// The search of the series at position_.
  struct Searching {
    Searching(double from, const SeriesPlan& plan, const Instalments& units_in)
        : search(from, plan.tuning_seeds, plan.walking_seeds, plan.max_steps,
                 plan.has_plain_noise() && plan.schedule == record::RateSchedule::constant),
          units(units_in) {}
    LearningRateSearch search;
    std::vector<TrialRequest> round;
    std::vector<TrialPiece> results;  // results of the round, in the order of its requests
    std::size_t open = 0;             // unfinished trials of the round
    Instalments units;                // the search's work, which is counted off by trials
    bool any_fresh = false;           // some trial was not from the journal
  };

  void begin(std::optional<double> neighbour);
  void next_round();
  void finish_search();
  void trial(std::size_t index);
  void keep_round();
  void follow(const SeriesState& winner);

  Trainer& trainer_;
  std::vector<SeriesState*> series_;
  std::size_t needed_ = 0, position_ = 0;
  std::optional<Searching> searching_;
  std::vector<ChainSearch*> led_;
};

}  // namespace descent::sweep
