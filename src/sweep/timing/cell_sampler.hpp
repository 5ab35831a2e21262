#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "descent/engine/placed_rows.hpp"
#include "descent/machine/counters.hpp"
#include "descent/train/model.hpp"
#include "descent/train/optimizer.hpp"
#include "descent/train/sampler.hpp"
#include "sweep/timing/timing.hpp"

namespace descent::sweep {

/// Some steps of a cell under the clock.
struct Sample {
  double seconds_per_step = 0;
  std::int64_t steps = 0;
  machine::Participation participation;
  std::int64_t involuntary_switches = 0;           // of all threads, including those of libraries
  double cpu_share = 1;                            // smallest share of the sample's time in which a worker had a CPU
  std::vector<machine::ThreadCounts> counts = {};  // by worker; empty if nothing was to be counted
};

/// Runs steps of the cells of an order. Cells with the same loss, engine and thread count share an objective; a cell's
/// second name has memory of its own, as another cell would have.
class CellSampler {
 public:
  /// All must outlive it. `source` counts if the order asks for counters.
  CellSampler(const TimingOrder& order, const data::Split& data, machine::CounterSource& source);

  /// Makes the objective of a cell, and finds how many steps a sample takes: the first run warms up memory, the next
  /// ones are timed. Call it for the cells in order, since a second name takes as many steps as the first. Ends early
  /// when `cancel` is set. Returns the declared cost of a step.
  engine::Cost warm_up(std::size_t cell, const std::atomic<bool>& cancel);
  /// Takes the next sample of a cell after its warm-up, starting from the weights of an origin. Only steps are timed.
  Sample measure(std::size_t cell, std::size_t origin);
  /// Was the sample too short? If so, the cell's next sample takes more steps.
  bool lengthen(std::size_t cell, const Sample& sample);

  const engine::Objective& objective(std::size_t cell) const { return *cells_[cell].objective; }
  /// step of the shuffled epoch at which its warm-up began
  std::uint64_t first_step(std::size_t cell) const { return cells_[cell].first_step; }
  std::uint64_t next_step(std::size_t cell) const { return cells_[cell].next_step; }

 private:
  /// Where a cell's next sample starts, and how many steps it takes.
  struct Progress {
    engine::Objective* objective = nullptr;
    const train::Optimizer* optimizer = nullptr;
    std::unique_ptr<train::Sampler> sampler;  // null if every step takes all rows
    std::uint64_t first_step = 0, next_step = 0;
    std::int64_t steps = 1, most_steps = 1;
  };

  machine::Team& team_of(int threads);
  engine::Objective& objective_of(const TimingCell& cell);

  const TimingOrder& order_;
  const data::Split& data_;
  engine::PlacedRows placed_;
  std::unique_ptr<train::Model> model_;
  std::map<std::string, std::unique_ptr<train::Optimizer>> optimizers_;
  std::map<int, std::unique_ptr<machine::Team>> teams_;
  std::map<std::string, std::unique_ptr<loss::Loss>> losses_;
  std::map<std::pair<std::string, int>, std::unique_ptr<engine::Engine>> engines_;  // by name and threads
  std::map<std::tuple<std::string, std::string, int, bool>, std::unique_ptr<engine::Objective>> objectives_;
  std::vector<Progress> cells_;
  std::optional<machine::ProcessCounters> counters_;
  std::vector<float> weights_, memory_;
  std::vector<double> rates_;
  std::vector<std::uint32_t> rows_;
};

}  // namespace descent::sweep
