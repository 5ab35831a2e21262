#pragma once

#include <vector>

#include "descent/machine/counters.hpp"
#include "descent/record/tables.hpp"
#include "sweep/timing/cell_sampler.hpp"

namespace descent::sweep {

/// What the workers' processors counted in the samples of a cell.
class CounterTotals {
 public:
  /// Adds a sample; one without counts changes nothing.
  void add(const Sample& sample);
  /// The means over the steps of all samples in which a worker was counted. `events`: what was to be counted.
  record::Counters record(const machine::ByCounter<machine::CounterEvent>& events) const;

 private:
  struct Total {
    double count = 0, steps = 0;
  };
  std::vector<machine::ByCounter<Total>> workers_;
  record::Real counted_share_;
};

}  // namespace descent::sweep
