#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <map>
#include <memory>
#include <tuple>

#include "descent/core/hash.hpp"
#include "descent/engine/placed_rows.hpp"
#include "descent/machine/environment.hpp"
#include "descent/machine/roofs.hpp"
#include "descent/machine/topology.hpp"
#include "descent/train/optimizer.hpp"
#include "descent/train/sampler.hpp"
#include "descent/train/schedule.hpp"
#include "sweep/problem.hpp"
#include "sweep/sharing.hpp"
#include "sweep/state.hpp"
#include "sweep/timing/timing.hpp"

namespace descent::sweep {
namespace {

constexpr double kLeastCpuShare = 0.9;       // below, something else ran on a worker's CPU
constexpr int kRetakes = 3;                  // of one sample
constexpr int kLengthenings = 8;             // of one sample that came out too short
constexpr std::size_t kMostRows = 1U << 24;  // of one sample: 64 MiB of indices

/// Where a cell's next sample starts, and how long it has to be.
struct CellState {
  engine::Objective* objective = nullptr;
  const train::Optimizer* optimizer = nullptr;
  std::unique_ptr<train::Sampler> sampler;  // none where every step takes all rows
  std::uint64_t next_step = 0;
  std::int64_t steps = 1, most_steps = 1;
};

struct Sample {
  double seconds_per_step = 0;
  std::int64_t steps = 0;
  machine::Participation participation;
  std::int64_t involuntary_switches = 0;
  double cpu_share = 1;  // least share of its seconds that a worker had a CPU
};

double thread_cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::int64_t involuntary_switches() {  // of all threads, those of libraries among them
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_nivcsw;
}

class TimingRun {
 public:
  TimingRun(const TimingOrder& order, const data::Split& data, const std::atomic<bool>& cancel)
      : order_(order), data_(data), placed_(data.training), cancel_(cancel), model_(train::make_model(order.model)) {
    for (const TimingCell& cell : order.cells) {
      record::Timing timing;
      timing.cell = cell.cell.id;
      timing.twin = cell.twin;
      timing.invocation = order.invocation;
      timing.oversubscribed = cell.cell.threads > machine::available_cpus();
      result_.timings.push_back(timing);
    }
    cells_.resize(order.cells.size());
    result_.first_steps.resize(order.cells.size());
  }

  TimingResult run() {
    const machine::SystemCounters before = machine::read_system_counters();
    result_.invocation.id = order_.invocation;
    result_.invocation.date = now();
    result_.invocation.process = process_name();
    result_.invocation.blocks = order_.blocks;
    const Stopwatch watch;
    for (std::size_t c = 0; c < cells_.size() && !cancel_; ++c) warm_up(c);
    std::vector<std::pair<std::size_t, std::size_t>> samples;  // cell and phase
    for (std::size_t c = 0; c < cells_.size(); ++c)
      for (std::size_t p = 0; p < order_.cells[c].phases.size(); ++p) samples.emplace_back(c, p);
    for (int block = 0; block < order_.blocks && !cancel_; ++block) {
      const std::vector<std::uint32_t> turns = turns_of_block(order_.invocation, block, samples.size());
      for (std::size_t turn = 0; turn < turns.size() && !cancel_; ++turn)
        take(samples[turns[turn]].first, samples[turns[turn]].second, block, static_cast<int>(turn));
    }
    const machine::SystemCounters after = machine::read_system_counters();
    for (const CellState& cell : cells_) result_.next_steps.push_back(cell.next_step);
    result_.invocation.seconds = watch.seconds();
    result_.invocation.load_before = before.load;
    result_.invocation.load_after = after.load;
    result_.invocation.steal_seconds = after.steal_seconds - before.steal_seconds;
    result_.invocation.involuntary_switches = after.involuntary_switches - before.involuntary_switches;
    result_.invocation.mhz_before = before.mhz;
    result_.invocation.mhz_after = after.mhz;
    return std::move(result_);
  }

 private:
  static std::string now() {
    const std::time_t time = std::time(nullptr);
    std::tm utc{};
    gmtime_r(&time, &utc);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S+00:00", &utc);
    return text;
  }

  /// Of the boot, the process and the moment: no other process has it.
  static std::string process_name() {
    const auto moment = std::chrono::system_clock::now().time_since_epoch().count();
    const std::string text =
        fmt::format("{} {} {}", machine::boot_id(), getpid(), std::chrono::nanoseconds(moment).count());
    core::Sha256 hash;
    hash.update_values(std::span(text.data(), text.size()));
    return hash.hex().substr(0, 16);
  }

  machine::Team& team_of(int threads) {
    auto& team = teams_[threads];
    if (!team) {
      machine::TeamOptions options = order_.team;
      options.threads = threads;
      team = std::make_unique<machine::Team>(options);
    }
    return *team;
  }

  engine::Objective& objective_of(const TimingCell& cell) {
    auto& loss = losses_[cell.loss];
    if (!loss && data_.training.rows() > 0) loss = loss::make_loss(cell.loss);
    auto& engine = engines_[cell.cell.engine];
    if (!engine) engine = engine::make_engine(cell.cell.engine);
    // The second name of a cell has memory of its own, as another cell would.
    auto& objective = objectives_[{cell.loss, cell.cell.engine, cell.cell.threads, cell.twin == "b"}];
    if (!objective) {
      set_sharing(order_.schedule_of_work, order_.roofs, order_.l2_bytes, cell.cell.threads);
      machine::Team& team = team_of(cell.cell.threads);
      objective =
          train::bind(*model_, make_problem(placed_.of(team), data_.validation, loss.get(), order_.l2), *engine, team);
    }
    return *objective;
  }

  /// Two runs nobody looks at: the first meets cold memory, the second tells how many steps make a sample.
  void warm_up(std::size_t c) {
    const TimingCell& cell = order_.cells[c];
    CellState& state = cells_[c];
    record::Timing& timing = result_.timings[c];
    state.objective = &objective_of(cell);
    auto& optimizer = optimizers_[cell.cell.optimizer];
    if (!optimizer) optimizer = train::make_optimizer(cell.cell.optimizer);
    state.optimizer = optimizer.get();
    if (cell.cell.sampling != "none" && data_.training.rows() > 0)
      state.sampler = std::make_unique<train::Sampler>(train::parse_sampling(cell.cell.sampling), data_.training.rows(),
                                                       static_cast<std::size_t>(cell.cell.batch), cell.seed);
    state.next_step = cell.next_step;
    if (state.next_step == 0 && !cell.phases.empty())
      state.next_step = static_cast<std::uint64_t>(cell.phases.front().step);
    result_.first_steps[c] = state.next_step;
    state.most_steps =
        std::max<std::int64_t>(1, static_cast<std::int64_t>(kMostRows) / std::max<std::int64_t>(1, cell.cell.batch));
    if (cell.twin == "b" && c > 0) state.steps = cells_[c - 1].steps;  // its first name comes just before it
    measure(c, 0);
    for (int doubling = 0; doubling < 24 && !cancel_; ++doubling)
      if (!lengthen(measure(c, 0), state)) break;
    const engine::Cost cost = state.objective->cost(static_cast<std::size_t>(std::llround(
        state.optimizer->rows_per_step(data_.training.rows(), static_cast<std::size_t>(cell.cell.batch)))));
    timing.flops = cost.flops;
    timing.bytes = cost.bytes;
    timing.note = "warm-up of 2 or more samples not kept";
  }

  /// Was it too short? Then the next one takes more steps.
  bool lengthen(const Sample& sample, CellState& state) const {
    if (sample.seconds_per_step * static_cast<double>(sample.steps) >= order_.min_seconds) return false;
    if (state.steps >= state.most_steps) return false;
    const double wanted = 1.25 * order_.min_seconds / std::max(sample.seconds_per_step, 1e-9);
    state.steps = std::clamp<std::int64_t>(static_cast<std::int64_t>(wanted), state.steps + 1,
                                           std::min<std::int64_t>(state.most_steps, state.steps * 100));
    return true;
  }

  Sample measure(std::size_t c, std::size_t p) {
    const TimingCell& cell = order_.cells[c];
    CellState& state = cells_[c];
    const auto steps = static_cast<std::size_t>(state.steps), batch = static_cast<std::size_t>(cell.cell.batch);
    weights_ = order_.weights[cell.phases[p].weights];
    memory_.assign(state.optimizer->state_size(*state.objective), 0.0F);
    train::Schedule schedule{train::parse_schedule(cell.schedule), cell.lr,
                             std::max(1.0, static_cast<double>(data_.training.rows()) /
                                               static_cast<double>(std::max<std::int64_t>(1, cell.cell.batch)))};
    rates_.resize(steps);
    for (std::size_t s = 0; s < steps; ++s)
      rates_[s] = schedule.rate(static_cast<std::uint64_t>(cell.phases[p].step) + s);
    rows_.resize(state.sampler ? steps * batch : 0);
    if (state.sampler) state.sampler->rows(state.next_step, steps, rows_);
    state.next_step += steps;
    const engine::StepSequence sequence{rows_,    batch, rates_, {}, static_cast<std::uint64_t>(cell.phases[p].step),
                                        cell.seed};
    const std::int64_t switches_before = involuntary_switches();
    const double cpu_before = thread_cpu_seconds();
    const Stopwatch watch;
    state.optimizer->advance(*state.objective, sequence, weights_, memory_);
    const double seconds = watch.seconds(), cpu = thread_cpu_seconds() - cpu_before;
    Sample sample{seconds / static_cast<double>(steps), state.steps, state.objective->participation()};
    sample.involuntary_switches = involuntary_switches() - switches_before;
    // A team's own share is that of its last run, which for engines that start it at each step is a short one.
    sample.cpu_share = std::min({1.0, cpu / seconds, sample.participation.cpu_share});
    return sample;
  }

  void take(std::size_t c, std::size_t p, int block, int turn) {
    const TimingCell& cell = order_.cells[c];
    record::Timing& timing = result_.timings[c];
    Sample sample;
    machine::SentinelTimes sentinel{};
    for (int attempt = 0, longer = 0;;) {
      sentinel = machine::run_sentinels();
      sample = measure(c, p);
      // A slow warm-up may have chosen too few steps.
      if (longer < kLengthenings && lengthen(sample, cells_[c])) {
        ++longer;
        continue;
      }
      const bool whole = sample.participation.workers >=
                         cells_[c].objective->expected_workers(static_cast<std::size_t>(cell.cell.batch));
      const bool had_its_cpus = timing.oversubscribed || sample.cpu_share >= kLeastCpuShare;
      if (whole && had_its_cpus && !disturbed(sentinel)) break;
      if (attempt == kRetakes || retakes_ >= allowed_retakes()) {
        timing.suspect = true;
        break;
      }
      ++attempt;
      ++retakes_;
    }
    result_.sentinels.push_back(
        {order_.invocation, block, turn, sentinel.fma_seconds, sentinel.cache_seconds, sentinel.memory_seconds});
    timing.seconds_per_step.push_back(sample.seconds_per_step);
    timing.steps_per_sample.push_back(sample.steps);
    timing.phase.push_back(cell.phases[p].label);
    timing.schedule = std::string(cells_[c].objective->schedule());
    timing.workers =
        timing.workers == 0 ? sample.participation.workers : std::min(timing.workers, sample.participation.workers);
    note_placement(sample, timing);
  }

  void note_placement(const Sample& sample, record::Timing& timing) {
    const machine::Participation& now_at = sample.participation;
    timing.cpus.resize(std::max(timing.cpus.size(), now_at.cpus.size()));
    for (std::size_t worker = 0; worker < now_at.cpus.size(); ++worker) {
      std::vector<int>& seen = timing.cpus[worker];
      const int cpu = now_at.cpus[worker];
      if (cpu >= 0 && std::find(seen.begin(), seen.end(), cpu) == seen.end()) seen.push_back(cpu);
    }
    timing.worker_migrations.resize(timing.cpus.size());
    timing.worker_switches.resize(timing.cpus.size());
    for (std::size_t worker = 0; worker < now_at.moved.size(); ++worker) {
      timing.worker_migrations[worker] += now_at.moved[worker];
      timing.worker_switches[worker] += now_at.switches[worker];
    }
    timing.unbound = std::max(timing.unbound, now_at.unbound);
    timing.migrations += now_at.migrations;
    timing.shares_core = timing.shares_core || machine::on_one_core(now_at.cpus, usable_);
    timing.involuntary_switches += sample.involuntary_switches;
    timing.cpu_share = std::min(timing.cpu_share, sample.cpu_share);
  }

  /// A sentinel far above the best of this process: a neighbour had the core.
  bool disturbed(const machine::SentinelTimes& now_times) {
    best_.fma_seconds =
        best_.fma_seconds > 0 ? std::min(best_.fma_seconds, now_times.fma_seconds) : now_times.fma_seconds;
    best_.cache_seconds =
        best_.cache_seconds > 0 ? std::min(best_.cache_seconds, now_times.cache_seconds) : now_times.cache_seconds;
    return now_times.fma_seconds > 1.5 * best_.fma_seconds || now_times.cache_seconds > 1.5 * best_.cache_seconds;
  }
  std::size_t allowed_retakes() const { return 4 + cells_.size() * static_cast<std::size_t>(order_.blocks) / 5; }

  const TimingOrder& order_;
  const data::Split& data_;
  engine::PlacedRows placed_;
  const std::atomic<bool>& cancel_;
  std::unique_ptr<train::Model> model_;
  std::map<std::string, std::unique_ptr<train::Optimizer>> optimizers_;
  const std::vector<machine::Cpu> usable_ = machine::usable_cpus();
  std::map<int, std::unique_ptr<machine::Team>> teams_;
  std::map<std::string, std::unique_ptr<loss::Loss>> losses_;
  std::map<std::string, std::unique_ptr<engine::Engine>> engines_;
  std::map<std::tuple<std::string, std::string, int, bool>, std::unique_ptr<engine::Objective>> objectives_;
  std::vector<CellState> cells_;
  std::vector<float> weights_, memory_;
  std::vector<double> rates_;
  std::vector<std::uint32_t> rows_;
  machine::SentinelTimes best_{};
  std::size_t retakes_ = 0;
  TimingResult result_;
};

}  // namespace

TimingResult take_timings(const TimingOrder& order, const data::Split& data, const std::atomic<bool>& cancel) {
  return TimingRun(order, data, cancel).run();
}

}  // namespace descent::sweep
