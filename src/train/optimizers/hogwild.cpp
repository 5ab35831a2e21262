#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <vector>

#include "descent/machine/team.hpp"
#include "descent/train/optimizer.hpp"
#include "train/optimizers/parameters.hpp"

namespace descent::train {
namespace {

float load(float& weight) noexcept { return std::atomic_ref(weight).load(std::memory_order_relaxed); }

/// Threads take plain steps on the same weights without waiting for each other: each reads them as they are, and adds
/// its step to them entry by entry; simultaneous additions may be lost. `threads` is a parameter of the method. No run
/// can be repeated exactly.
/// source  Recht, Ré, Wright, Niu, Hogwild: A Lock-Free Approach to Parallelizing Stochastic Gradient Descent, NIPS
/// 2011
class Hogwild final : public Optimizer {
 public:
  explicit Hogwild(int threads) : threads_(threads) {}
  std::string name() const override { return fmt::format("hogwild(threads={})", threads_); }
  std::string_view description() const noexcept override {
    return "threads step on shared weights without locks; linear models only; not reproducible";
  }
  bool full_batch() const override { return false; }
  bool needs_rows() const override { return true; }
  bool needs_linear_model() const override { return true; }
  bool reproducible() const override { return false; }
  int own_threads() const override { return threads_; }
  std::size_t state_size(const engine::Objective& /*objective*/) const override { return 0; }

  void advance(engine::Objective& objective, const engine::StepSequence& steps, std::span<float> w,
               std::span<float> /*state*/) const override {
    const engine::LinearSlopes& linear = slopes_of(objective, name());
    machine::TeamOptions options;
    options.threads = threads_;
    options.pin = false;
    options.oversubscribe = true;  // the method is the same with more threads than CPUs
    options.backend = machine::TeamBackend::std_thread;
    machine::Team team(options);
    team.run([&](machine::Worker& worker) {
      Room room{std::vector<float>(w.size()), std::vector<float>(w.size()),
                std::vector<float>(steps.batch * linear.outputs())};
      for (std::size_t first = 0; first < steps.rates.size(); first += machine::Team::kMaxBlocks) {
        const std::size_t count = std::min(machine::Team::kMaxBlocks, steps.rates.size() - first);
        worker.phase(count, [&](std::size_t s) { step(linear, steps, first + s, w, room); });
      }
    });
  }

 private:
  /// The buffers of one thread.
  struct Room {
    std::vector<float> weights, gradient, slopes;
  };

  static void step(const engine::LinearSlopes& linear, const engine::StepSequence& steps, std::size_t index,
                   std::span<float> w, Room& room) {
    for (std::size_t j = 0; j < w.size(); ++j) room.weights[j] = load(w[j]);
    const std::span<const std::uint32_t> rows = steps.rows_of(index);
    const double loss = linear.slopes(room.weights, rows, room.slopes);
    const auto share = 1 / static_cast<float>(rows.size());
    if (!steps.losses.empty()) steps.losses[index] = loss * static_cast<double>(share);
    std::fill(room.gradient.begin(), room.gradient.end(), 0.0F);
    linear.add(room.slopes, rows, room.gradient);
    const auto rate = static_cast<float>(steps.rates[index]), l2 = static_cast<float>(linear.l2());
    for (std::size_t j = 0; j < w.size(); ++j) {
      const float change = share * room.gradient[j] + l2 * room.weights[j];
      if (change != 0) std::atomic_ref(w[j]).store(load(w[j]) - rate * change, std::memory_order_relaxed);
    }
  }

  int threads_;
};

const core::Registration<Optimizer> registration{
    "hogwild", [](const core::Arguments& arguments) -> std::unique_ptr<Optimizer> {
      arguments.expect_only({"threads"});
      const auto all = static_cast<std::size_t>(machine::available_cpus());
      return std::make_unique<Hogwild>(static_cast<int>(count(arguments, "threads", all, 1)));
    }};

}  // namespace
}  // namespace descent::train
