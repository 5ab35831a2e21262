// What `fused` would choose and reach on a machine with more cores than this one, and how far that is from what it does
// here. docs/scaling.md says what is assumed, and has tables.
//   scaling                                  measures this machine, prediction beside measurement
//   scaling --topology 'pack:2 l3:8 core:8 pu:1' --package-gb-per-s 400          predicts
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "command.hpp"
#include "descent/core/error.hpp"
#include "descent/core/file_roles.hpp"
#include "descent/core/input_file.hpp"
#include "descent/core/text.hpp"
#include "scaling/measure.hpp"
#include "scaling/tables.hpp"

namespace descent::bench {
namespace {

struct Options {
  Grid grid;
  Assumptions assumed;
  std::string topology, from, json, batches = "1,32,128,1024,8192,full";
  double band = 1.5;
};

int cores_of(const std::vector<machine::Cpu>& cpus) {
  return static_cast<int>(
      std::count_if(cpus.begin(), cpus.end(), [](const machine::Cpu& cpu) { return cpu.sibling == 0; }));
}

std::vector<std::size_t> batches_of(const std::string& text, std::size_t rows) {
  std::vector<std::size_t> batches;
  for (const std::string_view word : core::split(text, ',')) {
    const auto number = word == "full" ? std::optional(static_cast<std::int64_t>(rows)) : core::parse_integer(word);
    if (!number || *number < 1 || *number > static_cast<std::int64_t>(rows))
      throw core::UsageError(fmt::format("--batches {}: expected whole numbers from 1 to {}, or full", word, rows));
    batches.push_back(static_cast<std::size_t>(*number));
  }
  return batches;
}

Costs costs_in_file(const std::string& path) {
  const std::string text = core::read_whole_file(path, "what scaling --json wrote", std::size_t{16} << 20);
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded()) throw core::InputError(path + ": found no JSON; expected what scaling --json wrote");
  return costs_from_json(json, path);
}

/// Refuses, before anything is measured, a file for the result that cannot be written or is read.
void expect_writable(core::FileRoles& roles, const std::string& path) {
  roles.writes("--json", path);
  const int file = core::open_for_writing(path, O_WRONLY | O_APPEND | O_CREAT);
  if (file < 0)
    throw core::InputError(
        fmt::format("--json {}: cannot be written ({}); expected a file that can", path, std::strerror(errno)));
  ::close(file);
}

/// Powers of two, and all cores.
std::vector<int> default_threads(int cores) {
  std::vector<int> threads;
  for (int count = 1; count < cores; count *= 2) threads.push_back(count);
  threads.push_back(cores);
  return threads;
}

Findings find(Options options) {
  const bool here = options.topology.empty();
  const std::vector<machine::Cpu> cpus = here ? machine::usable_cpus() : machine::synthetic_cpus(options.topology);
  if (cores_of(cpus) < 2) throw core::UsageError("scaling: found one core; expected two or more, to measure a join");
  Findings found;
  found.topology = options.topology, found.assumed = options.assumed, found.band = options.band;
  std::vector<int> threads = options.grid.threads.empty() ? default_threads(cores_of(cpus)) : options.grid.threads;
  for (const int count : threads) workers_on(cpus, count);  // refuses wrong ones before the clock runs
  std::vector<StepTime> times;
  if (!options.from.empty()) {
    found.costs = costs_in_file(options.from);
    options.grid.batches = batches_of(options.batches, found.costs.shape.rows);
  } else {
    options.grid.batches = batches_of(options.batches, options.grid.shape.rows);
    options.grid.threads = here ? threads : std::vector<int>{1};
    std::vector<int> roofs_at{1, 2};
    for (const int count : options.grid.threads)
      if (count > 2) roofs_at.push_back(count);
    const std::map<int, record::Roof> roofs = measure_roofs_at(options.grid, roofs_at);
    times = measure_steps(options.grid);
    found.costs = costs_here(options.grid, roofs, times);
    if (here) found.measured_roofs = roofs;
  }
  for (const int count : threads) {
    found.predicted_roofs[count] = predicted_roof(found.costs, workers_on(cpus, count), options.assumed);
    found.rows_from[count] = rows_from(found.costs, found.predicted_roofs[count]);
  }
  for (const std::size_t batch : options.grid.batches)
    for (const int count : threads) {
      Compared cell{predict(found.costs, found.predicted_roofs[count], batch), {}};
      for (const StepTime& time : times)
        if (here && time.batch == batch && (time.threads == count || time.sharing == engine::Sharing::serial))
          cell.measured.push_back(time);  // a serial step is that of one thread, whatever the team
      found.cells.push_back(cell);
    }
  return found;
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app("What fused would choose and reach with more cores: predicted, and beside it measured on this machine");
  app.add_option("--topology", options.topology, "predict only, for a machine as hwloc's lstopo --input describes it");
  app.add_option("--from", options.from, "costs that an earlier --json has, in place of measuring them here");
  app.add_option("--json", options.json, "write everything into this file too");
  app.add_option("--n", options.grid.shape.rows, "rows of made data")->check(CLI::Range(1, 1 << 28));
  app.add_option("--d", options.grid.shape.features, "features")->check(CLI::Range(1, 1 << 20));
  app.add_option("--classes", options.grid.shape.outputs, "classes")->check(CLI::Range(2, 1 << 12));
  app.add_option("--batches", options.batches, "batch sizes, as in 1,32,full");
  app.add_option("--threads", options.grid.threads, "thread counts; by default powers of two up to all cores")
      ->delimiter(',');
  app.add_option("--package-gb-per-s", options.assumed.package_gb_per_s, "most that a package reads from memory");
  app.add_option("--far-line", options.assumed.far_line, "cost of a line from another L3, over that within one");
  app.add_option("--package-line", options.assumed.package_line, "the same from another package");
  app.add_option("--roof-seconds", options.grid.roof_seconds, "to measure the roofs of a thread count");
  app.add_option("--seconds", options.grid.sample_seconds, "of a sample of steps");
  app.add_option("--rounds", options.grid.rounds, "samples of each cell")->check(CLI::Range(1, 1000));
  app.add_option("--band", options.band, "how many times a measurement may be off before it is marked");
  parse_or_end(app, "scaling: ", argc, argv);
  core::FileRoles roles;
  if (!options.from.empty()) roles.reads("--from", options.from);
  if (!options.json.empty()) expect_writable(roles, options.json);
  const Findings found = find(options);
  if (!options.json.empty()) {
    std::ofstream file(options.json);
    file << to_json(found).dump(2) << '\n';
    if (!file.flush()) throw core::InputError("--json " + options.json + ": cannot be written; expected room for it");
  }
  std::cout << markdown(found);
  return status_of_output("scaling: ");
}

}  // namespace
}  // namespace descent::bench

int main(int argc, char** argv) { return descent::bench::run_program("scaling", descent::bench::run, argc, argv); }
