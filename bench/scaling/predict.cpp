#include "scaling/predict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <utility>

#include "descent/core/error.hpp"

namespace descent::bench {
namespace {

using engine::MachineModel;
using engine::Sharing;

constexpr double kNoTime = std::numeric_limits<double>::infinity();  // as a rate

/// A part of a step's time, and how to leave it out of the model.
struct Part {
  const char* name;
  void (*leave_out)(MachineModel& model);
};
constexpr std::array<Part, 5> kParts{{
    {"arithmetic", [](MachineModel& model) { model.flop_per_s = kNoTime; }},
    {"reading",
     [](MachineModel& model) {
       model.shared_bytes_per_s = model.lone_bytes_per_s = model.cache_bytes_per_s = kNoTime;
     }},
    {"loss", [](MachineModel& model) { model.derivative_seconds = 0; }},
    {"joins", [](MachineModel& model) { model.join_seconds = 0; }},
    {"lines", [](MachineModel& model) { model.line_seconds = 0; }},
}};

engine::Plan plan_of(const Shape& shape, std::size_t batch) {
  return engine::make_plan(batch, shape.features, shape.outputs);
}

}  // namespace

std::vector<machine::Cpu> workers_on(const std::vector<machine::Cpu>& cpus, int threads) {
  const auto cores = std::count_if(cpus.begin(), cpus.end(), [](const machine::Cpu& cpu) { return cpu.sibling == 0; });
  if (threads < 1 || threads > cores)
    throw core::UsageError(fmt::format("threads {}: expected 1 to {}, the cores of the topology", threads, cores));
  std::vector<machine::Cpu> workers;
  for (const int index : machine::place_workers(cpus, threads, machine::Placement::compact))
    workers.push_back(
        *std::find_if(cpus.begin(), cpus.end(), [index](const machine::Cpu& cpu) { return cpu.os_index == index; }));
  return workers;
}

double mean_line(const std::vector<machine::Cpu>& workers, const Assumptions& assumed) {
  if (workers.size() < 2) return 1;
  double sum = 0;
  for (const machine::Cpu& from : workers)
    for (const machine::Cpu& to : workers)
      sum += from.package != to.package ? assumed.package_line : from.l3 != to.l3 ? assumed.far_line : 1;
  const auto n = static_cast<double>(workers.size());
  return (sum - n) / (n * (n - 1));  // without the pairs of a worker with itself
}

record::Roof predicted_roof(const Costs& costs, const std::vector<machine::Cpu>& workers, const Assumptions& assumed) {
  if (workers.size() < 2) return costs.one;
  const auto n = static_cast<double>(workers.size());
  record::Roof roof;
  roof.threads = static_cast<int>(workers.size());
  roof.fma_f32_gflop_per_s = n * costs.one.fma_f32_gflop_per_s;
  std::map<int, double> wanted;  // by package
  for (const machine::Cpu& worker : workers) wanted[worker.package] += costs.two.read_gb_per_s / 2;
  for (const auto& [package, gb_per_s] : wanted)
    roof.read_gb_per_s += assumed.package_gb_per_s > 0 ? std::min(gb_per_s, assumed.package_gb_per_s) : gb_per_s;
  roof.join_us = costs.two.join_us * n / 2 * mean_line(workers, assumed);
  return roof;
}

Prediction predict(const Costs& costs, const record::Roof& team, std::size_t batch) {
  const engine::Plan plan = plan_of(costs.shape, batch);
  const std::size_t outputs = costs.shape.outputs;
  const MachineModel alone = engine::fit_machine_model(costs.one, costs.one, costs.l2_bytes);
  const MachineModel model = engine::fit_machine_model(costs.one, team, costs.l2_bytes);
  const double serial = engine::predicted_seconds(alone, plan, outputs, 1, Sharing::serial);
  const auto measured = costs.step_seconds.find(batch);
  const double scale = measured == costs.step_seconds.end() ? 1 : measured->second / serial;
  const auto seconds = [&](const MachineModel& by, Sharing sharing) {
    return scale * engine::predicted_seconds(by, plan, outputs, team.threads, sharing);
  };
  Prediction result;
  result.batch = batch, result.threads = std::max(1, team.threads);
  if (result.threads > 1) result.sharing = engine::choose_sharing(model, plan, outputs, team.threads);
  result.features_seconds = seconds(model, Sharing::features);
  result.rows_seconds = seconds(model, Sharing::rows);
  result.seconds = result.sharing == Sharing::serial ? scale * serial : seconds(model, result.sharing);
  result.speed_up = scale * serial / result.seconds;
  const MachineModel& chosen = result.sharing == Sharing::serial ? alone : model;
  double least = seconds(chosen, result.sharing);
  const double whole = least;
  for (const Part& part : kParts) {
    MachineModel without = chosen;
    part.leave_out(without);
    const double rest = seconds(without, result.sharing);
    if (rest >= least) continue;
    least = rest;
    result.bound = part.name, result.bound_share = 1 - rest / whole;
  }
  return result;
}

std::optional<std::size_t> rows_from(const Costs& costs, const record::Roof& team) {
  std::set<std::size_t> batches{costs.shape.rows};
  for (std::size_t batch = 1; batch < costs.shape.rows; batch *= 2) batches.insert(batch);
  std::optional<std::size_t> least;
  for (const std::size_t batch : batches) {
    const Prediction found = predict(costs, team, batch);
    if (found.rows_seconds >= found.features_seconds)
      least.reset();
    else if (!least)
      least = batch;
  }
  return least;
}

}  // namespace descent::bench
