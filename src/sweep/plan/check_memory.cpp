#include "sweep/plan/check_memory.hpp"

#include <fmt/format.h>

#include "descent/core/text.hpp"
#include "descent/data/memory.hpp"
#include "descent/loss/loss.hpp"
#include "descent/solve/optimum.hpp"

namespace descent::sweep {
namespace {

/// Of a run: weights, gradient, an engine's sums and the weights stored on the way.
constexpr double kVectorsOfRun = 8;

}  // namespace

void check_memory(const SweepOptions& options, const data::Dataset& training) {
  const std::size_t d = training.columns(), n = training.rows();
  for (const std::string& spec : options.losses) {
    const auto loss = loss::make_loss(spec);
    const std::size_t columns = loss->columns(training.classes);
    const double runs = machine::available_cpus() * kVectorsOfRun * static_cast<double>(sizeof(float) * columns * d);
    data::expect_memory(fmt::format("{}: {} on {} features and {} classes", training.source, loss->name(),
                                    core::with_thousands(d), training.classes),
                        data::spectrum_bytes(n, d) + solve::optimum_bytes(n, *loss, d, columns) + runs);
  }
}

}  // namespace descent::sweep
