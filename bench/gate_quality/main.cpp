// How often is `descent compare` right? It judges simulated pairs of reports of one build, with the noise of recorded
// runs, and all pairs of the recorded runs themselves. docs/decisions/0030-two-runs-of-one-build.md has what it
// printed.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <iostream>
#include <sstream>

#include "command.hpp"
#include "descent/core/gzip.hpp"
#include "descent/core/input_file.hpp"
#include "descent/stats/binomial.hpp"
#include "simulate.hpp"

namespace descent::bench {
namespace {

std::vector<record::Report> read_all(const std::vector<std::string>& paths) {
  std::vector<record::Report> reports;
  for (const std::string& path : paths) {
    std::string content = core::read_whole_file(path, "a report of descent run", std::size_t{256} << 20);
    if (core::is_gzip(content)) content = core::gunzip(path, content);
    std::istringstream text(std::move(content));
    reports.push_back(record::read_report(text, path));
  }
  return reports;
}

bool any_claim(const join::Comparison& comparison) {
  return std::any_of(comparison.cells.begin(), comparison.cells.end(), [](const join::CellRatio& cell) {
    return cell.verdict == join::CellVerdict::faster || cell.verdict == join::CellVerdict::slower;
  });
}

std::string rate(int count, int of) {
  const stats::Interval interval = stats::binomial_interval(count, of);
  return fmt::format("{:5.1f} % [{:.1f}, {:.1f}]", 100.0 * count / of, 100 * interval.low, 100 * interval.high);
}

void simulate(const Recorded& noise, const Design& design, int pairs, const join::CompareOptions& options,
              std::uint64_t seed) {
  Simulation simulation(noise, design);
  core::CounterRandom random(seed, core::Purpose::bootstrap);
  int claimed = 0, found = 0, failed = 0;
  for (int i = 0; i < pairs; ++i) {
    const join::Comparison comparison = simulation.draw(random, options);
    claimed += any_claim(comparison) ? 1 : 0;
    found += comparison.cells[0].verdict == join::CellVerdict::slower ? 1 : 0;
    failed += comparison.gate.verdict == join::GateVerdict::failed ? 1 : 0;
  }
  std::cout << fmt::format("{:8}  {:5} {:9} {:9.0f} %  {:5}  {:22}  {:22}  {:22}\n",
                           design.alternating ? "in turns" : "apart", design.cells, design.processes,
                           100 * design.slow_down, pairs, rate(claimed, pairs), rate(found, pairs), rate(failed, pairs))
            << std::flush;
}

/// All pairs of the recorded reports: one build, one machine, so that every claim is false.
void real_pairs(const std::vector<record::Report>& reports, const join::CompareOptions& options) {
  int pairs = 0, claimed = 0, failed = 0;
  for (std::size_t i = 0; i < reports.size(); ++i)
    for (std::size_t j = i + 1; j < reports.size(); ++j) {
      const join::Comparison comparison = join::compare({"BASE", "", &reports[i]}, {"NEW", "", &reports[j]}, options);
      ++pairs, claimed += any_claim(comparison) ? 1 : 0;
      failed += comparison.gate.verdict == join::GateVerdict::failed ? 1 : 0;
    }
  std::cout << fmt::format("real pairs of the recorded runs: {}; with a claim {}; gate failed {}\n", pairs,
                           rate(claimed, pairs), rate(failed, pairs));
}

void describe(const Recorded& noise) {
  double between = 0, within = 0;
  std::size_t shifts = 0, processes = 0;
  for (std::size_t run = 0; run < noise.shift.size(); ++run) {
    for (const double shift : noise.shift[run]) between += shift * shift, ++shifts;
    for (const std::vector<double>& process : noise.away[run])
      for (const double away : process) within += away * away, ++processes;
  }
  std::cout << fmt::format(
      "{} runs, {} cells; deviation between runs {:.2f} %, between processes of a run {:.2f} %\n", noise.shift.size(),
      noise.cells,
      100 * std::sqrt(between / static_cast<double>(shifts)) /
          std::sqrt(static_cast<double>(noise.shift.size()) / static_cast<double>(noise.shift.size() - 1)),
      100 * std::sqrt(within / static_cast<double>(processes)));
}

int run(int argc, char** argv) {
  CLI::App app("How often descent compare is right, on pairs made of recorded runs");
  std::vector<std::string> paths;
  std::vector<std::size_t> cells{1, 44, 400}, processes{8, 20};
  std::vector<double> slow{0, 0.02, 0.05, 0.1, 0.2};
  int null_pairs = 1000, pairs = 200;
  std::uint64_t seed = 1;
  join::CompareOptions options;
  options.gate = join::GateKind::times;
  app.add_option("REPORT", paths, "recorded runs of one build on one machine, of 8 processes or more")->required();
  app.add_option("--cells", cells, "numbers of cells");
  app.add_option("--processes", processes, "numbers of processes");
  app.add_option("--slow", slow, "planted slow-downs of one cell");
  app.add_option("--null-pairs", null_pairs, "pairs without a slow-down");
  app.add_option("--pairs", pairs, "pairs of each slow-down");
  app.add_option("--seed", seed, "of the draws");
  double scale = 1;
  app.add_option("--scale", scale, "multiplies all recorded deviations: the same machine, less or more busy");
  app.add_option_function<double>(
      "--runs-differ", [&](double share) { options.runs_differ = share; }, "as of descent compare");
  parse_or_end(app, "gate_quality: ", argc, argv);
  const std::vector<record::Report> reports = read_all(paths);
  Recorded noise = recorded_noise(reports);
  for (auto& shift : noise.shift)
    for (double& value : shift) value *= scale;
  for (auto& run : noise.away)
    for (auto& process : run)
      for (double& value : process) value *= scale;
  describe(noise);
  real_pairs(reports, options);
  std::cout << "\nreports   cells processes  slow-down  pairs  any faster or slower    planted cell slower     gate "
               "failed (10 %)\n";
  for (const bool alternating : {false, true})
    for (const std::size_t count : cells)
      for (const std::size_t each : processes)
        for (const double slow_down : slow)
          simulate(noise, {count, each, slow_down, alternating}, slow_down == 0 ? null_pairs : pairs, options, seed);
  return status_of_output("gate_quality: ");
}

}  // namespace
}  // namespace descent::bench

int main(int argc, char** argv) { return descent::bench::run_program("gate_quality", descent::bench::run, argc, argv); }
