#include "sweep/plan/check_memory.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>

#include "descent/core/memory.hpp"
#include "descent/core/text.hpp"
#include "descent/data/memory.hpp"
#include "descent/loss/loss.hpp"
#include "descent/solve/optimum.hpp"
#include "descent/train/optimizer.hpp"

namespace descent::sweep {
namespace {

/// Of a run: weights, gradient, an engine's sums and the weights stored on the way.
constexpr double kVectorsOfRun = 8;
/// Of the engines, the probes and the libraries, beside all data: a small run's peak is about this.
constexpr double kBesideData = 96e6;

/// Of the exact moments: two numbers for each score, and the gradients of 64 groups of rows.
double moments_bytes(std::size_t rows, std::size_t features, std::size_t outputs) {
  constexpr double groups = 66;
  return static_cast<double>(sizeof(double)) * static_cast<double>(outputs) *
         (2 * static_cast<double>(rows) + groups * static_cast<double>(features));
}

/// A process that takes timings reads the data as this one did, and holds them beside it.
void expect_timing_process(const SweepOptions& options, const std::string& place) {
  if (options.invocations == 0 || options.shard_what == "statistics") return;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return;
  core::expect_memory(place + ": a process that takes timings", 1024.0 * static_cast<double>(usage.ru_maxrss),
                      core::available_memory_beside_bytes());
}

}  // namespace

double needed_bytes(const SweepOptions& options, const data::Dataset& training, const loss::Loss& loss) {
  const std::size_t d = training.width(), n = training.rows(), outputs = loss.outputs(training.classes);
  const double side_by_side = machine::available_cpus();  // runs that train at the same time
  const double runs = side_by_side * kVectorsOfRun * static_cast<double>(sizeof(float) * outputs * d);
  double tables = 0;  // of saga: a slope for each row and score
  for (const std::string& optimizer : options.optimizers)
    if (train::make_optimizer(optimizer)->keeps_slopes())
      tables = side_by_side * static_cast<double>(sizeof(float) * n * outputs);
  return data::spectrum_bytes(n, d) + runs + tables + kBesideData +
         std::max(solve::optimum_bytes(n, loss, d, outputs), moments_bytes(n, d, outputs));
}

void check_memory(const SweepOptions& options, const data::Dataset& training) {
  for (const std::string& spec : options.losses) {
    const auto loss = loss::make_loss(spec);
    core::expect_memory(fmt::format("{}: {} on {} features and {} classes", training.source, loss->name(),
                                    core::with_thousands(training.width()), training.classes),
                        needed_bytes(options, training, *loss));
  }
  expect_timing_process(options, training.source);
}

}  // namespace descent::sweep
