#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "descent/engine/placed_rows.hpp"
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
  std::int64_t involuntary_switches = 0;  // of all threads, those of libraries among them
  double cpu_share = 1;                   // least share of its seconds that a worker had a CPU
};

/// Runs steps of the cells of an order. Cells of one loss, engine and thread count share an objective; the second name
/// of a cell has memory of its own, as another cell would.
class CellSampler {
 public:
  /// Both must outlive it.
  CellSampler(const TimingOrder& order, const data::Split& data);

  /// Makes the objective of a cell, and finds how many steps make a sample: the first run meets cold memory, the next
  /// tell their seconds. Cells in their order, since a second name takes as many steps as the first. Ends early where
  /// `cancel` is set. Returns what a step is counted to cost.
  engine::Cost warm_up(std::size_t cell, const std::atomic<bool>& cancel);
  /// The next sample of a warm cell, from the weights of an origin. The clock runs over steps only.
  Sample measure(std::size_t cell, std::size_t origin);
  /// Was it too short? Then the cell's next one takes more steps.
  bool lengthen(std::size_t cell, const Sample& sample);

  const engine::Objective& objective(std::size_t cell) const { return *cells_[cell].objective; }
  std::uint64_t first_step(std::size_t cell) const { return cells_[cell].first_step; }  ///< of its epochs: warm-up's
  std::uint64_t next_step(std::size_t cell) const { return cells_[cell].next_step; }

 private:
  /// Where a cell's next sample starts, and how long it has to be.
  struct Progress {
    engine::Objective* objective = nullptr;
    const train::Optimizer* optimizer = nullptr;
    std::unique_ptr<train::Sampler> sampler;  // none where every step takes all rows
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
  std::vector<float> weights_, memory_;
  std::vector<double> rates_;
  std::vector<std::uint32_t> rows_;
};

}  // namespace descent::sweep
