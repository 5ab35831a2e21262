#pragma once

#include <vector>

#include "descent/machine/topology.hpp"
#include "descent/record/tables.hpp"
#include "sweep/timing/cell_sampler.hpp"

namespace descent::sweep {

/// Adds to a cell's timing on which CPUs the workers of a sample ran, and how often they were moved or lost their CPU.
/// `usable`: the CPUs of this process.
void note_placement(const Sample& sample, const std::vector<machine::Cpu>& usable, record::Timing& timing);

}  // namespace descent::sweep
