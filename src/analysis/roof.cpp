#include "descent/analysis/roof.hpp"

#include <algorithm>

namespace descent::analysis {
namespace {

/// Seconds of so many units at a rate of billions a second.
double seconds_of(double units, double billions_per_second) {
  return billions_per_second > 0 ? units / (1e9 * billions_per_second) : 0;
}

}  // namespace

StepLimit step_limit(const record::Roof& roof, const StepWork& work, RowsLie rows) {
  const bool in_l3 = rows == RowsLie::in_l3 && roof.read_l3_gb_per_s;
  const double fma = seconds_of(work.flops, roof.fma_f32_gflop_per_s),
               dot = seconds_of(work.int8_ops, roof.dot_i8_gop_per_s.value_or(0)), arithmetic = fma + dot,
               read = seconds_of(work.bytes, in_l3 ? *roof.read_l3_gb_per_s : roof.read_gb_per_s),
               join = roof.threads > 1 ? work.joins * 1e-6 * roof.join_us : 0;
  const double overlap = rows == RowsLie::in_memory ? roof.overlap.value_or(1) : 1;
  const double busy = std::max(arithmetic, read) + (1 - overlap) * std::min(arithmetic, read);
  StepLimit limit;
  limit.arithmetic_seconds = arithmetic;
  limit.seconds = std::max(busy, join);
  if (limit.seconds > 0)
    limit.kind = join > busy         ? record::RoofKind::join
                 : read > arithmetic ? record::RoofKind::read
                 : dot > fma         ? record::RoofKind::int8
                                     : record::RoofKind::fma;
  return limit;
}

}  // namespace descent::analysis
