#include "simulate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "descent/analysis/process_seconds.hpp"
#include "descent/core/error.hpp"
#include "descent/record/find.hpp"
#include "descent/stats/summary.hpp"

namespace descent::bench {
namespace {

/// ln seconds of every cell by process.
std::map<std::string, std::map<int, double>> times_of(const record::Report& report) {
  std::map<std::string, std::map<int, double>> times;
  for (const join::TimedCell& timed : join::timed_in_both(report, report)) {
    const auto seconds =
        analysis::process_seconds(report, report, *timed.series, *timed.cell, join::headline_of(report));
    for (const analysis::ProcessSeconds& process : seconds.base)
      times[timed.cell->id][process.invocation] = std::log(process.seconds);
  }
  return times;
}

std::size_t pick(core::CounterRandom& random, std::size_t count) {
  return std::min(count - 1, static_cast<std::size_t>(random.next_unit() * static_cast<double>(count)));
}

}  // namespace

Recorded recorded_noise(const std::vector<record::Report>& reports) {
  if (reports.size() < 2)
    throw core::InputError(fmt::format("gate_quality: found {} reports; expected two or more", reports.size()));
  std::vector<std::map<std::string, std::map<int, double>>> runs;
  for (const record::Report& report : reports) runs.push_back(times_of(report));
  std::vector<std::string> cells;
  for (const auto& entry : runs[0])
    if (std::all_of(runs.begin(), runs.end(), [&](const auto& run) { return run.contains(entry.first); }))
      cells.push_back(entry.first);
  if (cells.empty()) throw core::InputError("gate_quality: found no cell in all reports; expected runs of one sweep");
  Recorded noise;
  noise.cells = cells.size();
  std::vector<std::vector<double>> medians;
  for (const auto& run : runs) {
    std::set<int> ids;
    for (const auto& [id, seconds] : run.at(cells[0])) ids.insert(id);
    for (const std::string& cell : cells) std::erase_if(ids, [&](int id) { return !run.at(cell).contains(id); });
    std::vector<double> middle;
    for (const std::string& cell : cells) {
      std::vector<double> values;
      for (const int id : ids) values.push_back(run.at(cell).at(id));
      middle.push_back(stats::median(values));
    }
    std::vector<std::vector<double>> processes;
    for (const int id : ids) {
      std::vector<double> away;
      for (std::size_t c = 0; c < cells.size(); ++c) away.push_back(run.at(cells[c]).at(id) - middle[c]);
      processes.push_back(std::move(away));
    }
    noise.away.push_back(std::move(processes));
    medians.push_back(std::move(middle));
  }
  noise.shift = medians;
  const auto count = static_cast<double>(medians.size());
  for (std::size_t c = 0; c < cells.size(); ++c) {
    double sum = 0;
    for (const std::vector<double>& run : medians) sum += run[c];
    // Runs lie closer to their own mean than to the true mean: √(n/(n − 1)) corrects that.
    for (std::vector<double>& run : noise.shift) run[c] = (run[c] - sum / count) * std::sqrt(count / (count - 1));
  }
  return noise;
}

Simulation::Simulation(Recorded noise, Design design) : noise_(std::move(noise)), design_(design) {
  for (std::size_t c = 0; c < design_.cells; ++c) {
    record::Workload workload;
    workload.id = fmt::format("w{}", c), workload.loss = "any";
    frame_.workloads.push_back(workload);
    record::Series series;
    series.id = workload.id + "/s", series.workload = workload.id, series.optimizer = "any";
    series.batch = static_cast<std::int64_t>(c) + 1, series.stochastic = true;
    frame_.series.push_back(series);
    record::Cell cell{workload.id, "any", series.batch, series.sampling, "fused", 1, 1, ""};
    cell.id = record::cell_id(cell);
    frame_.cells.push_back(cell);
  }
}

std::vector<std::vector<double>> Simulation::side(core::CounterRandom& random, double slow_down) const {
  const std::vector<double>& shift = noise_.shift[pick(random, noise_.shift.size())];
  const double sign = design_.alternating ? 0 : random.next_unit() < 0.5 ? -1 : 1;
  std::vector<std::vector<double>> cells(design_.cells);
  for (std::size_t process = 0; process < design_.processes; ++process) {
    const std::vector<double>* drawn = nullptr;
    for (std::size_t c = 0; c < design_.cells; ++c) {
      const std::size_t recorded = c % noise_.cells;
      if (recorded == 0) {
        const auto& run = noise_.away[pick(random, noise_.away.size())];
        drawn = &run[pick(random, run.size())];
      }
      // A process that was drawn twice gets slightly different times, so that there are no ties.
      cells[c].push_back((*drawn)[recorded] + sign * shift[recorded] + (c == 0 ? std::log1p(slow_down) : 0) +
                         1e-7 * random.next_unit());
    }
  }
  return cells;
}

join::Comparison Simulation::draw(core::CounterRandom& random, const join::CompareOptions& options) {
  const std::vector<std::vector<double>> base = side(random, 0), found = side(random, design_.slow_down);
  std::vector<join::TimedCell> timed;
  for (std::size_t c = 0; c < design_.cells; ++c)
    timed.push_back({&frame_.cells[c], &frame_.series[c], {base[c], found[c]}});
  join::Comparison comparison;
  comparison.same_machine = comparison.same_arithmetic = true;
  comparison.alternating = design_.alternating;
  comparison.same_within = options.same_within;
  comparison.cells = join::compare_cells(frame_, frame_, timed, comparison, options);
  join::judge(comparison, options);
  return comparison;
}

}  // namespace descent::bench
