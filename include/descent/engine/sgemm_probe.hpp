#pragma once

#include <string>

#include "descent/machine/roofs.hpp"
#include "descent/machine/team.hpp"
#include "descent/record/tables.hpp"

namespace descent::engine {

/// Makes OpenBLAS start its threads and allocate its memory for products with `threads` threads, so that no later
/// product waits for ever or ends the process for lack of them. Throws InputError with what is needed and what there
/// is.
void prepare_openblas(int threads);

/// Rate of OpenBLAS's sgemm on 2,048³ (1,024³ with Haste::yes) with `threads` threads of its own, the best of a few
/// products, in GFLOP/s.
double sgemm_gflop_per_s(int threads, machine::Haste haste = machine::Haste::no);

/// machine::measure_roofs(), with sgemm measured too; the multiply-add roof is the larger of the register probe and
/// sgemm in the same round.
record::Roof measure_roofs_with_sgemm(machine::Team& team, double seconds, machine::Haste haste = machine::Haste::no);

/// The kernel that OpenBLAS chose ("Zen") and its version and threading.
std::string openblas_kernel();
std::string openblas_version();

}  // namespace descent::engine
