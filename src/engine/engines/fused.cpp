#include "engine/engines/fused_kernel.hpp"
#ifdef DESCENT_PLANTED_SLOWDOWN
#include "engine/planted_slowdown.hpp"
#endif

namespace descent::engine {
namespace {

/// What this build runs: the best kernels of this machine, or, in a build for tests of what finds a slow-down, these
/// with some of their calls made twice.
const FusedMicrokernels& kernels_of_build() {
#ifdef DESCENT_PLANTED_SLOWDOWN
  static const FusedMicrokernels& kernels = slowed_down(*fused_microkernels(), DESCENT_PLANTED_SLOWDOWN);
  return kernels;
#else
  return *fused_microkernels();
#endif
}

/// The suite's own engine; see docs/engine.md.
class FusedEngine final : public Engine {
 public:
  std::string_view name() const noexcept override { return "fused"; }
  std::string_view description() const noexcept override {
    return "own kernels: a tile of rows goes scores, loss, gradient while it lies in cache; X is read once";
  }
  std::string unavailable() const override {
    return fused_microkernels() == nullptr ? "it needs fused multiply-add (x86-64-v3 or NEON)" : "";
  }
  bool reproducible() const noexcept override { return true; }
  std::unique_ptr<LinearKernel> prepare(const LinearProblem& problem, machine::Team& team) const override {
    return std::make_unique<FusedKernel>(problem, team, kernels_of_build(), sharing());
  }
};

const core::Registration<Engine> registration{
    "fused", [](const core::Arguments&) -> std::unique_ptr<Engine> { return std::make_unique<FusedEngine>(); }};

}  // namespace
}  // namespace descent::engine
