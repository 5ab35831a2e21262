#include "sweep/timing/cell_sampler.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <ctime>

#include "descent/train/schedule.hpp"
#include "sweep/problem.hpp"
#include "sweep/sharing.hpp"

namespace descent::sweep {
namespace {

constexpr std::size_t kMostRows = 1U << 24;  // rows of one sample: 64 MiB of indices
constexpr int kMostWarmUps = 24;             // each has at most a hundred times the steps of the one before
constexpr double kSpare = 1.25;              // times the wanted seconds, so that the next sample is long enough

double thread_cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::int64_t involuntary_switches() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_nivcsw;
}

}  // namespace

CellSampler::CellSampler(const TimingOrder& order, const data::Split& data, machine::CounterSource& source)
    : order_(order),
      data_(data),
      placed_(data.training),
      model_(train::make_model(order.model)),
      cells_(order.cells.size()) {
  if (order.counters) counters_.emplace(source);
}

machine::Team& CellSampler::team_of(int threads) {
  auto& team = teams_[threads];
  if (!team) {
    machine::TeamOptions options = order_.team;
    options.threads = threads;
    team = std::make_unique<machine::Team>(options);
  }
  return *team;
}

engine::Objective& CellSampler::objective_of(const TimingCell& cell) {
  auto& loss = losses_[cell.loss];
  if (!loss && cell.loss != kNoLoss) loss = loss::make_loss(cell.loss);
  auto& engine = engines_[{cell.cell.engine, cell.cell.threads}];
  if (!engine)
    engine = engine::make_engine(cell.cell.engine,
                                 sharing_for(order_.sharing, order_.roofs, order_.l2_bytes, cell.cell.threads));
  auto& objective = objectives_[{cell.loss, cell.cell.engine, cell.cell.threads, cell.twin == record::Twin::b}];
  if (!objective) {
    machine::Team& team = team_of(cell.cell.threads);
    objective =
        train::bind(*model_, make_problem(placed_.of(team), data_.validation, loss.get(), order_.l2), *engine, team);
  }
  return *objective;
}

engine::Cost CellSampler::warm_up(std::size_t c, const std::atomic<bool>& cancel) {
  const TimingCell& cell = order_.cells[c];
  Progress& progress = cells_[c];
  progress.objective = &objective_of(cell);
  auto& optimizer = optimizers_[cell.cell.optimizer];
  if (!optimizer) optimizer = train::make_optimizer(cell.cell.optimizer);
  progress.optimizer = optimizer.get();
  if (cell.cell.sampling != record::Sampling::none && data_.training.rows() > 0)
    progress.sampler = std::make_unique<train::Sampler>(cell.cell.sampling, data_.training.rows(),
                                                        static_cast<std::size_t>(cell.cell.batch), cell.seed);
  progress.next_step = cell.next_step;
  if (progress.next_step == 0 && !cell.origins.empty())
    progress.next_step = static_cast<std::uint64_t>(cell.origins.front().step);
  progress.first_step = progress.next_step;
  progress.most_steps =
      std::max<std::int64_t>(1, static_cast<std::int64_t>(kMostRows) / std::max<std::int64_t>(1, cell.cell.batch));
  if (cell.twin == record::Twin::b && c > 0)
    progress.steps = cells_[c - 1].steps;  // its first name is the cell just before it
  measure(c, 0);
  for (int run = 0; run < kMostWarmUps && !cancel; ++run)
    if (!lengthen(c, measure(c, 0))) break;
  const auto batch = static_cast<std::size_t>(cell.cell.batch);
  const auto rows =
      static_cast<std::size_t>(std::llround(progress.optimizer->rows_per_step(data_.training.rows(), batch)));
  return progress.optimizer->group_steps(*progress.objective, batch) > 1 ? progress.objective->cost(rows)
                                                                         : progress.objective->cost_alone(rows);
}

bool CellSampler::lengthen(std::size_t c, const Sample& sample) {
  Progress& progress = cells_[c];
  if (sample.seconds_per_step * static_cast<double>(sample.steps) >= order_.min_seconds) return false;
  if (progress.steps >= progress.most_steps) return false;
  const double wanted = kSpare * order_.min_seconds / std::max(sample.seconds_per_step, 1e-9);
  progress.steps = std::clamp<std::int64_t>(static_cast<std::int64_t>(wanted), progress.steps + 1,
                                            std::min<std::int64_t>(progress.most_steps, progress.steps * 100));
  return true;
}

Sample CellSampler::measure(std::size_t c, std::size_t p) {
  const TimingCell& cell = order_.cells[c];
  const TimingOrigin& origin = cell.origins[p];
  Progress& progress = cells_[c];
  const auto steps = static_cast<std::size_t>(progress.steps), batch = static_cast<std::size_t>(cell.cell.batch);
  weights_ = order_.weights[origin.weights];
  memory_.assign(progress.optimizer->state_size(*progress.objective), 0.0F);
  train::Schedule schedule{cell.schedule, cell.lr,
                           std::max(1.0, static_cast<double>(data_.training.rows()) /
                                             static_cast<double>(std::max<std::int64_t>(1, cell.cell.batch)))};
  const auto first = static_cast<std::uint64_t>(origin.step);
  rates_.resize(steps);
  for (std::size_t s = 0; s < steps; ++s) rates_[s] = schedule.rate(first + s);
  rows_.resize(progress.sampler ? steps * batch : 0);
  if (progress.sampler) progress.sampler->rows(progress.next_step, steps, rows_);
  progress.next_step += steps;
  const engine::StepSequence sequence{rows_, batch, rates_, {}, first, cell.seed};
  if (counters_) counters_->begin();
  const std::int64_t switches_before = involuntary_switches();
  const double cpu_before = thread_cpu_seconds();
  const Stopwatch watch;
  progress.optimizer->advance(*progress.objective, sequence, weights_, memory_);
  const double seconds = watch.seconds(), cpu = thread_cpu_seconds() - cpu_before;
  Sample sample{seconds / static_cast<double>(steps), progress.steps, progress.objective->participation()};
  if (const int own = progress.optimizer->own_threads(); own > 0) sample.participation.workers = own;
  sample.involuntary_switches = involuntary_switches() - switches_before;
  if (counters_)
    sample.counts = machine::counts_of_workers(counters_->end(), sample.participation.threads,
                                               std::max(1, sample.participation.workers));
  // The team's own share covers only its last run; for engines that start the team at each step, that is a short time.
  sample.cpu_share = std::min({1.0, cpu / seconds, sample.participation.cpu_share});
  return sample;
}

}  // namespace descent::sweep
