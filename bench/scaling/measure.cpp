#include "scaling/measure.hpp"

#include <algorithm>
#include <chrono>
#include <memory>

#include "bench_common.hpp"
#include "descent/core/random.hpp"
#include "descent/engine/sgemm_probe.hpp"
#include "descent/loss/loss.hpp"
#include "descent/machine/environment.hpp"

namespace descent::bench {
namespace {

constexpr std::size_t kMostSteps = 4096;

Settings settings_of(const Shape& shape) {
  Settings settings;
  settings.n = shape.rows, settings.d = shape.features, settings.classes = static_cast<int>(shape.outputs);
  return settings;
}

/// Steps of one cell, on shuffled rows as a run takes them.
class Steps {
 public:
  Steps(const Grid& grid, std::size_t batch, int threads, engine::Sharing sharing)
      : settings_(settings_of(grid.shape)),
        team_({.threads = threads}),
        loss_(loss::make_loss("softmax_cross_entropy")),
        problem_{data_for(settings_, team_), *loss_, 1e-4},
        engine_(engine::make_engine("fused", {{}, sharing})),
        kernel_(engine_->prepare(problem_, team_)),
        w_(problem_.parameters()) {
    const std::size_t stretch = std::clamp<std::size_t>(grid.shape.rows / batch, 1, kMostSteps);
    if (batch < grid.shape.rows) rows_ = draw_rows(settings_, grid.shape.rows, batch, stretch);
    rates_.assign(stretch, 1e-3);
    sequence_.rows = rows_, sequence_.batch = batch, sequence_.rates = rates_;
    time = {batch, threads, sharing};
    sample(0);  // the first run touches the memory
  }
  /// Seconds per step over `seconds` or more.
  double sample(double seconds) {
    double steps = 0, spent = 0;
    const auto start = std::chrono::steady_clock::now();
    do {
      kernel_->advance(engine::plain_rule(), sequence_, w_, {});
      steps += static_cast<double>(rates_.size());
      spent = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    } while (spent < seconds);
    return spent / steps;
  }

  StepTime time;
  std::vector<double> samples;

 private:
  Settings settings_;
  machine::Team team_;
  std::unique_ptr<loss::Loss> loss_;
  engine::LinearProblem problem_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<engine::LinearKernel> kernel_;
  std::vector<float> w_;
  std::vector<std::uint32_t> rows_;
  std::vector<double> rates_;
  engine::StepSequence sequence_;
};

double quantile(const std::vector<double>& sorted, double share) {
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1) + 0.5)];
}

}  // namespace

std::map<int, record::Roof> measure_roofs_at(const Grid& grid, const std::vector<int>& threads) {
  std::map<int, record::Roof> roofs;
  for (const int count : threads) {
    machine::Team team({.threads = count});
    roofs[count] = engine::measure_roofs_with_sgemm(team, grid.roof_seconds);
  }
  return roofs;
}

std::vector<StepTime> measure_steps(const Grid& grid) {
  using enum engine::Sharing;
  std::vector<std::unique_ptr<Steps>> cells;
  for (const std::size_t batch : grid.batches)
    for (const int threads : grid.threads) {
      if (threads == 1) {
        cells.push_back(std::make_unique<Steps>(grid, batch, 1, serial));
        continue;
      }
      for (const engine::Sharing sharing : {features, rows})
        cells.push_back(std::make_unique<Steps>(grid, batch, threads, sharing));
    }
  core::CounterRandom random(1, core::Purpose::bootstrap);
  std::vector<std::size_t> order(cells.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  for (int round = 0; round < grid.rounds; ++round) {
    for (std::size_t i = order.size(); i > 1; --i)
      std::swap(order[i - 1], order[random.next_below(static_cast<std::uint32_t>(i))]);
    for (const std::size_t i : order) cells[i]->samples.push_back(cells[i]->sample(grid.sample_seconds));
  }
  std::vector<StepTime> times;
  for (const auto& cell : cells) {
    std::sort(cell->samples.begin(), cell->samples.end());
    StepTime time = cell->time;
    time.seconds = quantile(cell->samples, 0.5);
    time.low = quantile(cell->samples, 0.25), time.high = quantile(cell->samples, 0.75);
    times.push_back(time);
  }
  return times;
}

Costs costs_here(const Grid& grid, const std::map<int, record::Roof>& roofs, const std::vector<StepTime>& steps) {
  const record::Context context = machine::describe_environment();
  Costs costs;
  const auto model = context.machine.find("model");
  costs.processor = model != context.machine.end() ? model->second : "";
  costs.date = context.date;
  costs.one = roofs.at(1), costs.two = roofs.at(2);
  costs.l2_bytes = machine::cache_bytes(2);
  costs.shape = grid.shape;
  for (const StepTime& time : steps)
    if (time.threads == 1) costs.step_seconds[time.batch] = time.seconds;
  return costs;
}

}  // namespace descent::bench
