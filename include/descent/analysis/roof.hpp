#pragma once

#include "descent/record/report.hpp"

namespace descent::analysis {

/// What a step declares (engine::Cost).
struct StepWork {
  double flops = 0;     ///< float32
  double int8_ops = 0;  ///< multiply-adds of 8-bit numbers, two each
  double bytes = 0;     ///< moved from where the rows lie
  double joins = 0;     ///< times that its threads wait for each other
};

enum class RowsLie { in_memory, in_l3 };

/// What these roofs allow a step. The one definition of "fraction of roof", in reports and benchmarks:
///   arithmetic = flops / multiply-add rate + int8_ops / rate of the 8-bit dot product
///   reading    = bytes / read bandwidth, of memory or of L3
///   seconds    = max(arithmetic, reading) + (1 − overlap) · min(arithmetic, reading), but no less than joins × a join
/// Overlap is measured where rows come from memory, else 1. A rate that was not measured counts for nothing.
/// source  the roofline (Williams, Waterman, Patterson 2009), with what a machine cannot do at the same time
struct StepLimit {
  record::RoofKind kind = record::RoofKind::none;  ///< the longest part
  double seconds = 0;                              ///< attainable; 0 where nothing is known
  double arithmetic_seconds = 0;                   ///< by arithmetic alone
};
StepLimit step_limit(const record::Roof& roof, const StepWork& work, RowsLie rows);

}  // namespace descent::analysis
