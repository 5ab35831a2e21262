#pragma once

#include "descent/record/word_sets.hpp"

namespace descent::record {

// The closed sets of words that a report's columns may contain. results/report.schema.json lists the same sets.

DESCENT_WORDS(ReportStatus, partial, complete)
DESCENT_WORDS(ShardWork, all, statistics)
DESCENT_WORDS(CheckKind, aa, end_to_end, composition, weights_hash, disturbance, precision, moments_share,
              evaluation_share)
DESCENT_WORDS(Verdict, ok, suspect, failed, not_measured)

/// suboptimality: a share of the starting gap; accuracy: of the validation rows; loss: a value of f; escape: a distance
/// from the saddle.
DESCENT_WORDS(TargetKind, suboptimality, accuracy, loss, escape)
/// The argument of a loss of one example: the margin y s, how far the score is on the right side, or the residual s −
/// y.
DESCENT_WORDS(ShapeArgument, margin, residual)
/// What a point of a landscape is at which the gradient is 0, or of a kink, where 0 is a subgradient. degenerate: a
/// saddle whose Hessian is 0.
DESCENT_WORDS(CriticalKind, minimum, saddle, maximum, degenerate)
/// unknown: not looked for; none: there is no minimiser.
DESCENT_WORDS(OptimumKind, unknown, certified, best_known, none)
/// none: not smooth, not convex, or too large to compute.
DESCENT_WORDS(CurvatureKind, none, exact)
/// Which rows a step takes. none: all of them.
DESCENT_WORDS(Sampling, none, reshuffle, iid_replace, iid_distinct)
/// How the learning rate falls over the steps.
DESCENT_WORDS(RateSchedule, constant, inverse, inverse_sqrt)
/// Where a series has its learning rate from. linear, sqrt: that of the smallest batch times B, √B; fixed: given;
/// demonstration: a multiple of a tuned one, to show what it does.
DESCENT_WORDS(RateRule, tuned, theory, linear, sqrt, fixed, demonstration)
DESCENT_WORDS(SeriesStatus, not_run, completed)
/// stopped: took more steps than the best rate.
DESCENT_WORDS(TrialStatus, budget, reached, stopped, diverged)
DESCENT_WORDS(RunStatus, not_run, completed, diverged)
/// Why a run ended; none: it was not run.
DESCENT_WORDS(StopReason, none, target, budget, diverged)
/// kinked: there is no Hessian; cost: it would exceed the time limit; unresolved: |G|² or GᵀHG cannot be told from
/// rounding.
DESCENT_WORDS(CurvatureStatus, cost, ok, kinked, unresolved)
/// none: no rate, or not at W*; not_independent: batches from shuffled epochs; not_plain: steps other than w − α g.
DESCENT_WORDS(LyapunovStatus, none, ok, size, unstable_rate, cost, kinked, not_constant_rate, not_independent,
              not_plain)
/// not_reached: it still falls; too_few: too few epochs.
DESCENT_WORDS(FloorTargetStatus, none, below, not_below, not_known)
DESCENT_WORDS(FloorStatus, none, ok, not_run, not_reached, too_few, cost, not_constant_rate, no_optimum, diverged)

/// at_start: the target holds before the first step; censored: no run reached it; stopped_before: runs ended at another
/// target before they could reach it; no_optimum: there is no minimiser, hence no such target; uncertified: the optimum
/// is not known well enough for this target.
DESCENT_WORDS(PassageStatus, not_run, ok, at_start, uncertified, censored, stopped_before, no_optimum)
/// open: an end is missing, since a resample may have no success; one_seed: with one seed the scatter of the steps is
/// not known.
DESCENT_WORDS(IntervalStatus, none, ok, open, one_seed)
/// open_below, open_above: that end is missing; open: both.
DESCENT_WORDS(EndsStatus, none, ok, open, open_below, open_above, one_seed)
/// extrapolated: beyond the end of some run; diverged: a run has no curve to average.
DESCENT_WORDS(CurveStatus, none, ok, extrapolated, diverged, not_reached)
DESCENT_WORDS(IntervalKind, none, deterministic, few_seeds, t, bootstrap)
DESCENT_WORDS(RateStatus, none, ok, too_few_points, not_linear)
/// curvature: max (1 − αλ)² over ∇²f(W*); l2_bound: 1 − α·l2 for α <= 1/L.
DESCENT_WORDS(TheoryKind, none, curvature, l2_bound)
/// unsteady: the thirds of the stretch differ, so the limit is not reached yet.
DESCENT_WORDS(TailStatus, none, ok, unsteady, too_short)
/// unresolved: |G|² cannot be told from rounding.
DESCENT_WORDS(ScaleStatus, unresolved, ok)
DESCENT_WORDS(TwoBatchStatus, too_few, ok, unresolved, no_partner)
DESCENT_WORDS(UphillStatus, none, ok, no_checkpoint, no_curvature, not_constant_rate, not_plain)
/// censored: a seed did not reach the target.
DESCENT_WORDS(SpreadStatus, none, ok, censored, too_few, no_optimum)
DESCENT_WORDS(StepGainStatus, not_trained, ok, not_reached)
DESCENT_WORDS(HalfStatus, not_run, ok, below_range, beyond_range, too_few, not_reached)
/// left_out: ok, but some batches are left out.
DESCENT_WORDS(FitStatus, not_run, ok, left_out, lack_of_fit, below_range, beyond_range, too_few, not_reached)
DESCENT_WORDS(Regime, none, perfect, diminishing, maximal)
/// The stored weights that a sample ran from.
DESCENT_WORDS(TimedFrom, start, middle, end)
/// The name under which a cell was timed: for the A/A check a cell has two names, a and b. none: it has only one.
DESCENT_WORDS(Twin, none, a, b)
/// Why a timing is to be doubted. bimodal: two speeds; frequency, sentinels, steal, trend: of its processes; unbound: a
/// worker could not be bound to a CPU; start_only: timed only from the starting weights, though the cost of steps
/// changes during a run.
DESCENT_WORDS(Doubt, disturbed, drift, bimodal, frequency, sentinels, steal, trend, unbound, start_only)
/// What was counted of what was asked for: nothing, a part, all.
DESCENT_WORDS(CountersStatus, none, part, ok)
/// What an interval of times is computed from. one_process: the samples of one process, so that differences between
/// processes are not included; t: two to five processes, by Student's t; order: the median of more, by order
/// statistics.
DESCENT_WORDS(SamplesKind, one_process, t, order)
/// fma: multiply-adds of floats; int8: of 8-bit numbers; read: from where the rows lie; join: threads that wait for
/// each other.
DESCENT_WORDS(RoofKind, none, fma, int8, read, join)
DESCENT_WORDS(ScalingStatus, too_few, ok)
DESCENT_WORDS(SummaryStatus, not_run, ok, at_start, suspect, uncertified, not_reached, not_timed, no_optimum)
/// Why the order of cells is withheld; none: it is given.
DESCENT_WORDS(Withheld, none, composition, disturbance)
/// largest_class: it is not certain that the loss's optimum is right more often than always predicting the largest
/// class; at_start: the accuracy is reached before the first step. In both cases the loss is not compared.
DESCENT_WORDS(AccuracyStatus, not_run, ok, not_timed, not_reached, stopped_before, largest_class, at_start)
/// not_plain: steps other than w − α g; not_constant_rate; no_curvature: the Hessian is 0 at the saddle; beyond: more
/// steps than the budget.
DESCENT_WORDS(EscapeTheoryStatus, none, ok, not_plain, not_constant_rate, no_curvature, beyond)
DESCENT_WORDS(RunType, iteration, aggregate)

}  // namespace descent::record
