#pragma once

#include "descent/record/report.hpp"

namespace descent::analysis {

/// What a step declares (engine::Cost).
struct StepWork {
  double flops = 0;     ///< float32
  double int8_ops = 0;  ///< multiply-adds of 8-bit numbers; each counts as two
  double bytes = 0;     ///< moved from and to where the rows lie
  double joins = 0;     ///< times that its threads wait for each other
};

enum class RowsLie { in_memory, in_l3 };

/// The least time that the roofs allow for a step. This defines "fraction of roof" in reports and benchmarks:
///   arithmetic = flops / multiply-add rate + int8_ops / rate of the 8-bit dot product
///   reading    = bytes / read bandwidth, of memory or of L3
///   seconds    = max(arithmetic, reading) + (1 − overlap) · min(arithmetic, reading), but no less than joins × a join
/// Overlap is the measured one if rows come from memory, else 1. A rate that was not measured is left out.
/// source  the roofline (Williams, Waterman, Patterson 2009), extended by imperfect overlap
struct StepLimit {
  record::RoofKind kind = record::RoofKind::none;  ///< the longest part
  double seconds = 0;                              ///< attainable seconds; 0 if not known
  double arithmetic_seconds = 0;                   ///< by arithmetic alone
};
StepLimit step_limit(const record::Roof& roof, const StepWork& work, RowsLie rows);

}  // namespace descent::analysis
