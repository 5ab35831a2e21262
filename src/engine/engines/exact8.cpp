#include <fmt/format.h>

#include <algorithm>

#include "descent/core/error.hpp"
#include "engine/engines/exact8_kernel.hpp"

namespace descent::engine {

std::shared_ptr<const data::ByteRows> byte_rows(const data::Dataset& data) {
  return std::static_pointer_cast<const data::ByteRows>(data.features.as("bytes", data.source));
}

namespace {

/// Sums of integers: the same bits on every machine. See docs/engine.md.
class Exact8Engine final : public Engine {
 public:
  std::string_view name() const noexcept override { return "exact8"; }
  std::string_view description() const noexcept override {
    return "for data that are bytes: weights and derivatives as 16-bit integers, all sums exact; the same bits on "
           "every "
           "machine, gradients good to 5e-5";
  }
  bool reproducible() const noexcept override { return true; }
  std::string_view storage() const noexcept override { return "bytes"; }
  std::string_view arithmetic() const noexcept override {
    return "weights and derivatives of 16 bits and exact sums, good for targets down to 1e-6";
  }
  double error_bound() const noexcept override { return 5e-5; }
  double least_target() const noexcept override { return 1e-6; }

  std::string refuses(const LinearProblem& problem) const override {
    if (!problem.loss.largest_slope(problem.outputs()))
      return "its derivatives have no bound, and this engine writes them as integers of 16 bits";
    try {
      byte_rows(problem.data);
    } catch (const core::InputError& error) {
      return fmt::format("it reads rows as {}; {}", data::describe_storage(storage()), error.what());
    }
    return {};
  }

  std::unique_ptr<LinearKernel> prepare(const LinearProblem& problem, machine::Team& team) const override {
    return std::make_unique<Exact8Kernel>(problem, team, *exact8_microkernels().front(), fused_settings());
  }
};

const core::Registration<Engine> registration{
    "exact8", [](const core::Arguments&) -> std::unique_ptr<Engine> { return std::make_unique<Exact8Engine>(); }};

}  // namespace
}  // namespace descent::engine
