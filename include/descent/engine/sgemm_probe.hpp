#pragma once

#include <string>

#include "descent/machine/roofs.hpp"
#include "descent/machine/team.hpp"
#include "descent/record/tables.hpp"

namespace descent::engine {

/// Lets OpenBLAS take the memory and begin the threads that products with so many threads need, so that no later one
/// waits for them or ends the process. Throws InputError with what is needed and what there is.
void prepare_openblas(int threads);

/// Rate of OpenBLAS's sgemm on 2,048³ with `threads` threads of its own, the best of a few products, in GFLOP/s.
double sgemm_gflop_per_s(int threads, machine::Haste haste = machine::Haste::no);

/// measure_roofs, with the multiply-add roof the larger of the register probe and sgemm in the same round.
record::Roof measure_roofs_with_sgemm(machine::Team& team, double seconds, machine::Haste haste = machine::Haste::no);

/// The kernel that OpenBLAS chose ("Zen") and its version and threading.
std::string openblas_kernel();
std::string openblas_version();

}  // namespace descent::engine
