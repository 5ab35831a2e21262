#pragma once

#include "descent/join/comparison.hpp"
#include "descent/record/visit_fields.hpp"

namespace descent::join {

// The one list of each record's members: names of columns in JSON and CSV.

DESCENT_FIELDS(Side, label, path, date, machine, commit, compiler, cores, processes, cells)
DESCENT_FIELDS(Difference, kind, place, base, found, note)
DESCENT_FIELDS(CellRatio, cell, workload, loss, optimizer, batch, full_batch, engine, threads, name, verdict, reason,
               ratio, low, high, interval_kind, base_seconds, new_seconds, base_processes, new_processes, p, q, margin,
               p_beyond, p_holm, p_slower_holm, detectable, base_suspect, new_suspect, base_share_of_roof,
               new_share_of_roof, gate, ratio_over_roofs)
DESCENT_FIELDS(TargetRatio, series, cell, workload, loss, name, target_kind, target_value, base_seconds, new_seconds,
               ratio, low, high, steps_ratio, step_seconds_ratio, steps)
DESCENT_FIELDS(BestRatio, workload, loss, target_kind, target_value, base_cell, new_cell, base_seconds, base_low,
               base_high, new_seconds, new_low, new_high, ratio, low, high)
DESCENT_FIELDS(GroupRatio, kind, name, cells, faster, slower, same, inconclusive, ratio, low, high)
DESCENT_FIELDS(SentinelRatio, kind, ratio, low, high)
DESCENT_FIELDS(Gate, kind, verdict, fail_if_slower, strict, failures, warnings)
DESCENT_FIELDS(Comparison, base, found, same_machine, same_build, same_arithmetic, alternating, same_within, steps,
               differences, sentinels, best, cells, targets, groups, base_only, new_only, processes_needed, gate)

}  // namespace descent::join
