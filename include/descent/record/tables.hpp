#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "descent/record/status.hpp"

namespace descent::record {

// The raw tables of a report: what was measured. Field names are the report's keys; units end names. An absent optional
// is null in JSON; no field is ever NaN or infinite. results/report.schema.json marks which columns are deterministic.

using Real = std::optional<double>;

/// A superset of Google Benchmark's context.
struct Context {
  std::string date;  ///< ISO 8601 with offset
  std::string host_name, executable;
  int num_cpus = 0;
  double mhz_per_cpu = 0;
  bool cpu_scaling_enabled = false;
  struct Cache {
    std::string type;
    int level = 0;
    std::int64_t size = 0;
    int num_sharing = 0;
    int instances = 0;  ///< of this kind in the machine
  };
  std::vector<Cache> caches;
  std::vector<double> load_avg;
  std::string library_build_type;  ///< release or debug: of this program
  std::map<std::string, std::string>
      machine;  ///< model, sockets, cores, numa, memory, governor, hypervisor, kernel, mitigations, …
  std::map<std::string, std::string> build;      ///< compiler, flags, git_commit, git_dirty
  std::map<std::string, std::string> libraries;  ///< name to version, openblas_core among them
  std::map<std::string, std::string>
      arithmetic;             ///< the arithmetic fingerprint: engine, plan_version, lanes, fma, float
  int shard = 1, shards = 1;  ///< the report is part `shard` of `shards`
  ShardWork shard_what = {};  ///< the work that is divided into shards
  /// Where the steps were trained, if `descent time` took them from another report: date, host, model, cores,
  /// git_commit.
  std::map<std::string, std::string> statistics_from;
  std::vector<std::string> command;
  std::map<std::string, std::string> configuration;  ///< effective configuration: option to value, as --config takes it
};

struct Roof {
  int threads = 0;
  double read_gb_per_s = 0;  ///< from memory
  Real read_l3_gb_per_s, read_l2_gb_per_s;
  double fma_f32_gflop_per_s = 0;  ///< larger of the register probe and sgemm 2,048³
  Real sgemm_gflop_per_s;
  Real dot_i8_gop_per_s;  ///< multiply-adds of 8-bit numbers, two operations each, by the best instruction there is
  /// How far reading rows from memory and multiplying overlap: the share of the shorter of the two that takes no extra
  /// time.
  Real overlap;
  double join_us = 0;  ///< one phase with a block per worker
};

/// One process that took timing samples.
struct Invocation {
  int id = 0;
  std::string process;  ///< a name that no other process has
  std::string date;
  double seconds = 0;    ///< duration, with warm-up
  int rounds = 0;        ///< requested rounds; each samples every cell once
  double precision = 0;  ///< requested relative half-width of a timing's interval
  double load_before = 0, load_after = 0;
  double steal_seconds = 0;  ///< summed over all CPUs
  std::int64_t involuntary_switches = 0;
  Real mhz_before, mhz_after;
};

struct Sentinel {
  int invocation = 0, round = 0, order = 0;
  double fma_seconds = 0, cache_seconds = 0, memory_seconds = 0;
};

/// A/A, end-to-end and hash checks.
struct Check {
  CheckKind kind = {};
  std::string subject;  ///< what was checked
  Verdict verdict = {};
  Real value, low, high;
  std::string note;
  Real seconds = {};  ///< measured seconds of the steps, if the check timed something
};

struct DatasetRecord {
  std::string id, uri;
  std::int64_t n = 0, validation_n = 0, d = 0;  ///< d with the bias column
  int classes = 0;
  bool bias = false;
  std::string preprocess, content_hash, validation_hash;
  std::string label_column;  ///< for a table: which column has the labels, for people; else ""
  std::vector<std::string> label_names;
  std::vector<std::string> notes;  ///< what the reader found and how it interpreted it
  double lambda1 = 0;              ///< largest eigenvalue of XᵀX/N
  double max_row_norm_squared = 0;
  Real validation_largest_class;  ///< share of the most frequent class among the validation rows
};

/// The value that a solver had reached after some passes, for the baseline row.
struct SolverPoint {
  double passes = 0, seconds = 0, value = 0;
};

struct Workload {
  std::string id;  ///< dataset/model/loss/l2
  std::string dataset, model, loss;
  double l2 = 0;
  std::int64_t parameters = 0;
  int outputs = 0;  ///< scores per row
  Real smoothness;  ///< L with l2; of the smooth partner where `smooth` is false
  bool smooth = true, convex = true;
  double f0 = 0;                    ///< f at W = 0, where the reference solver starts; each run has its own f0
  Real optimum_value, optimum_gap;  ///< f* and the certified bound on (optimum_value − f*)
  Real optimum_dual;                ///< dual value, where a dual was solved
  Real optimum_gradient_norm;
  OptimumKind optimum_kind = {};
  std::string optimum_solver;
  Real curvature_least, curvature_most;  ///< extreme eigenvalues of ∇²f(W*), without the directions that move no score
  CurvatureKind curvature_kind = {};
  Real optimum_validation_accuracy;  ///< at W*
  std::vector<SolverPoint> optimum_passage;
  Real saddle_curvature;  ///< of a landscape with a saddle: least eigenvalue of its Hessian there
  /// standard deviation of a step's gradient at batch 1, along the direction that leads away from the saddle
  Real saddle_noise;
  std::string note;  ///< "separable: no minimiser", …
};

/// A target of the sweep. The last suboptimality target, the hardest, is the headline.
struct Target {
  TargetKind kind = {};  ///< suboptimality: δ at most `value`; accuracy: W*'s validation accuracy less `value`; loss: f
                         ///< at most `value`; escape: `value` away from the saddle
  double value = 0;       ///< a share of the starting gap, a difference of accuracies, a value of f, a distance
  bool headline = false;  ///< the one that learning rates are searched for, unless --tune-each-target
  bool operator==(const Target&) const = default;
};

struct Series {
  std::string id;
  std::string workload;
  std::string optimizer;
  bool full_batch = false;    ///< every step takes the whole batch of training rows
  bool stochastic = false;    ///< its runs depend on the seed
  bool unrepeatable = false;  ///< its runs are never the same twice
  /// its steps are w − α g, so that the theory of gradient descent, its noise and its floor, applies
  bool plain_step = false;
  double rows_per_step = 0;  ///< training rows that a step reads, on average: for epochs and examples
  std::int64_t batch = 0;
  Sampling sampling = {};
  RateSchedule schedule = {};
  RateRule lr_rule = {};
  Real tuned_for;               ///< the target value for which the rate was searched
  TargetKind target_kind = {};  ///< kind of the target of its runs
  double chosen_lr = 0;
  bool lr_at_edge = false;
  std::int64_t budget_steps = 0;  ///< a run is censored after this many steps
  SeriesStatus status = {};
};

struct Tuning {
  std::string series;
  double lr = 0;
  std::uint64_t seed = 0;
  std::int64_t steps = 0;  ///< taken
  Real steps_to_target;
  TrialStatus status = {};
  double seconds = 0;  ///< of its steps and evaluations, on one core
};

/// Parallel arrays, one entry per evaluation point.
struct Curve {
  std::vector<std::int64_t> step;
  std::vector<double> epoch;
  std::vector<Real> loss;        ///< f(w) over the training rows, l2 included
  std::vector<Real> batch_loss;  ///< value of the batch that the next step takes, at the same weights
  std::vector<Real> validation_accuracy, gradient_norm, active_fraction;
  /// Number of rises from one batch loss to the next since the previous point, among as many pairs as steps (one fewer
  /// at the first point, since the first batch loss has none before it).
  std::vector<std::int64_t> batch_rises;
  /// For a landscape, else empty: the distance of the weights from its saddle along the direction that leads away from
  /// it, and the least eigenvalue of the Hessian at the weights.
  std::vector<Real> escape_distance, least_curvature;
  std::vector<Real> x, y;  ///< of a landscape, else empty: its two weights, absent where they are not finite
};

/// Weights of a run at some step that were kept, so that steps can be timed from them.
struct KeptWeights {
  std::string label;  ///< the target that was reached first at this step ("0.1"), or "end", where the run was done
  std::int64_t step = 0;
  std::string weights_hash;  ///< SHA-256 over the weights there
};

struct Trajectory {
  std::string id;  ///< series/seed
  std::string series, workload, optimizer;
  std::int64_t batch = 0;
  std::uint64_t seed = 0;
  double lr = 0;
  std::optional<int> threads;  ///< threads that trained it; absent if the weights do not depend on their number
  Real f0;  ///< f at its first point: δ of its curve is (f − f*)/(f0 − f*); absent if it was not run
  RunStatus status = {};
  StopReason stop = {};
  std::int64_t steps = 0;
  /// the step at which all its targets were reached; gd goes on from there only to measure its rate
  std::int64_t done_step = 0;
  std::string weights_hash;       ///< SHA-256 over the weights at every evaluation point
  std::vector<KeptWeights> kept;  ///< of the first seed of its series, in the order of steps
  Curve curve;
  Real batch_uphill_fraction;  ///< of successive batch losses
  /// For the series' first seed, if its steps take batches: the loss of each batch of its first steps, at the weights
  /// before the step, up to kMostBatchLosses.
  std::vector<Real> batch_losses;
  double train_seconds = 0, evaluate_seconds = 0;  ///< other runs may have been training at the same time: not a timing
};

/// What is timed: the steps of an optimizer on batches of one size, drawn in one way, by an engine on some threads.
/// Series that differ in their learning rates alone have their cells in common.
struct Cell {
  std::string workload, optimizer;
  std::int64_t batch = 0;
  Sampling sampling = {};
  std::string engine;
  int threads = 0;
  int ranks = 1;   ///< processes that share a step
  std::string id;  ///< derived from the other members: see cell_id()
  auto operator<=>(const Cell&) const = default;
};

/// The δ that counts as the middle of a run: steps are timed from the weights there, and moments are measured there.
inline constexpr double kMiddleDelta = 0.1;

/// What the processor counted in the samples of a timing, outside the kernel: per step, by worker. An entry is absent
/// where nothing was counted.
struct Counters {
  CountersStatus status = {};
  std::string reason;                         ///< why something was not counted; "" if all was
  std::map<std::string, std::string> events;  ///< column to the processor's event that was counted for it
  std::vector<Real> cycles, instructions, l2_misses, l3_misses;
  /// smallest share of a worker's time in which the processor counted; where it is below 1, counts are scaled up
  Real counted_share;
};

/// Seconds per step of a cell in one invocation.
struct Timing {
  std::string cell;
  Twin twin = {};
  int invocation = 0;
  std::vector<double> seconds_per_step;  ///< raw samples
  std::vector<std::int64_t> steps_per_sample;
  std::vector<TimedFrom> timed_from;                     ///< the weights that each sample ran from
  double flops = 0, int8_ops = 0, bytes = 0, joins = 0;  ///< declared, per step
  std::string sharing;                                   ///< how threads share a step: rows, features, …
  int workers = 0;                                       ///< threads that took part
  std::vector<std::vector<int>> cpus;                    ///< logical CPUs on which each worker was seen
  /// number of times, over samples and workers, that a worker ended on another CPU than it began on
  int migrations = 0;
  std::vector<int> worker_migrations;         ///< the same by worker
  std::vector<std::int64_t> worker_switches;  ///< involuntary context switches of each worker
  /// largest number of workers in a sample that could not be bound to their CPU
  int unbound = 0;
  bool shares_core = false;  ///< two workers on siblings of one core
  std::int64_t involuntary_switches = 0;
  double cpu_share = 1;  ///< smallest share of a sample's time in which a worker had a CPU
  bool oversubscribed = false, suspect = false;
  std::string note;
  std::optional<Counters> counters;  ///< absent without --counters
};

struct Moment {
  std::string workload;
  std::string checkpoint;  ///< start, 0.1, the headline target, end; optimum: the reference solver's weights
  std::string path;        ///< the series that passed it; "" at the optimum
  Real delta;              ///< (f − f*)/(f₀ − f*) at these weights
  std::int64_t step = 0, batch = 0;
  Sampling sampling = {};                    ///< iid_replace, iid_distinct
  double trace_covariance = 0;               ///< exact trΣ
  double gradient_norm_squared = 0;          ///< exact |G|²
  std::vector<double> sampled;               ///< ‖ĝ_k − G‖² of each sampled batch
  std::vector<double> sampled_norm_squared;  ///< ‖ĝ_k‖²
  Real loss_variance;                        ///< Var_i(ℓ_i)
  Real curvature_gradient;                   ///< GᵀHG
  Real curvature_covariance;                 ///< tr(HΣ)
  Real curvature_covariance_error;           ///< standard error, where tr(HΣ) was sampled
  CurvatureStatus curvature_status = {};
  Real lyapunov_floor, simple_floor;  ///< predicted f − f* at `lr`, at the optimum
  LyapunovStatus lyapunov_status = {};
  Real lr;  ///< learning rate of the tuned series of this batch, if it is constant
};

/// A floor run: steps at a series' constant rate from the last weights of its first seed, to find the level at which
/// the loss stays. It is evaluated at even steps, and at the ends of epochs of shuffled rows.
struct FloorRun {
  std::string series, workload;
  FloorStatus status = {};
  std::int64_t batch = 0;
  std::uint64_t seed = 0;
  double lr = 0;
  std::int64_t first_step = 0;         ///< the step of the earlier run from which this one continues
  std::int64_t spacing = 0;            ///< steps from one entry to the next in the arrays below
  std::int64_t steps_per_epoch = 0;    ///< from one entry of epoch_end_loss to the next
  std::vector<Real> loss;              ///< f(w)
  std::vector<std::int64_t> rises;     ///< number of rises of the batch loss over the `spacing` steps before each entry
  std::vector<Real> distance_squared;  ///< ‖w − W*‖²
  std::vector<Real> epoch_end_loss, epoch_end_distance_squared;  ///< reshuffle only
};

/// The least and the largest eigenvalue of ∇²f at weights of a series' first run, for f that is not convex.
struct Curvature {
  std::string workload, series;
  std::string checkpoint;  ///< start, a target that it passed, end
  std::int64_t step = 0;
  std::int64_t rows = 0;       ///< number of training rows, evenly spread, over which the Hessian is taken
  double least = 0, most = 0;  ///< eigenvalues, by Lanczos with products by differences of gradients
  double least_residual = 0;   ///< of `least`: bounds its distance to an eigenvalue
  int products = 0;
  Real noise_along;  ///< variance of one row's gradient along the eigenvector of `least`
};

/// Most batch losses of a run that are kept.
inline constexpr std::size_t kMostBatchLosses = 2000;

/// The loss of one example as a function of one number, by the oracle. A multiclass loss is shown for two classes: the
/// margin is the right class's score minus the other class's score, which stays at 0.
struct LossShape {
  std::string loss;
  ShapeArgument argument = {};
  std::vector<double> at, value, derivative;  ///< by `at`
  std::vector<int> wrong;                     ///< the 0-1 loss at `at`: is another class predicted?
};

/// A landscape's values on a grid around its start and its critical points, by its own function, in double.
struct LandscapeGrid {
  std::string workload;
  std::string formula;                         ///< for people
  std::vector<double> x, y;                    ///< ascending, evenly spaced
  std::vector<Real> value;                     ///< f, row after row: that at (x[i], y[j]) is value[j * x.size() + i]
  std::vector<double> critical_x, critical_y;  ///< where the gradient is 0 …
  std::vector<CriticalKind> critical_kind;     ///< … and what is there
};

/// One run at a multiple of a series' searched rate, to show what too small and too large a rate do. No derived table
/// uses it.
struct Demonstration {
  std::string workload, series;  ///< whose batches and seed it has
  RateRule lr_rule = RateRule::demonstration;
  double rate_factor = 0;  ///< times the rate of the series
  double lr = 0;
  std::uint64_t seed = 0;
  RunStatus status = {};
  std::vector<std::int64_t> step;  ///< where it was looked at
  std::vector<Real> loss;          ///< f(w) there; absent where it is not finite
};

/// What share of the command went where, in seconds.
struct Spent {
  std::string what;
  double seconds = 0;
};

}  // namespace descent::record
