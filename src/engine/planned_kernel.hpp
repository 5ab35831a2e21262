#pragma once

#include <vector>

#include "descent/core/aligned.hpp"
#include "descent/engine/cost_model.hpp"
#include "descent/engine/engine.hpp"
#include "engine/tile_sums.hpp"

namespace descent::engine {

inline constexpr std::size_t kNone = ~std::size_t{0};
constexpr std::size_t round_up(std::size_t a, std::size_t b) { return (a + b - 1) / b * b; }

/// Makes `buffer` hold at least `size` elements; new ones are zero.
template <class T>
void reserve_zeroed(core::AlignedBuffer<T>& buffer, std::size_t size) {
  if (buffer.size() >= size) return;
  buffer = core::AlignedBuffer<T>(size);
  buffer.zero();
}

/// A kernel that keeps weights in a layout of its own, and does whatever it is asked for in one way: plan the call,
/// take the weights in, run the workers, give back what was asked for.
class PlannedKernel : public LinearKernel {
 public:
  double gradient(std::span<const float> w, std::span<const std::uint32_t> rows, std::span<float> out) final;
  void advance(const UpdateRule& rule, const StepSequence& steps, std::span<float> w, std::span<float> state) final;
  PassSums pass(std::span<const float> w, std::span<float> gradient) final;
  std::size_t correct(std::span<const float> w) final;
  std::string_view sharing() const noexcept final { return sharing_name(sharing_); }
  const machine::Participation& participation() const noexcept final { return participation_; }
  /// One run of the team holds all steps of a call.
  int expected_workers(std::size_t /*batch*/, int threads) const final {
    return sharing_ == Sharing::serial ? 1 : threads;
  }

 protected:
  /// What one call wants done.
  struct Call {
    const std::uint32_t* rows = nullptr;  // (steps × batch,); null: all rows, every step
    std::size_t steps = 1;
    const double* rates = nullptr;  // null: no update
    std::uint64_t first_step = 0;   // of the run: what the rule is told
    double* losses = nullptr;       // (steps,) summed loss of each step, or null
    const UpdateRule* rule = nullptr;
    bool wants_gradient = true;
    Wanted wanted = Wanted::loss;  // anything else: rows sharing only
    bool is_plain() const noexcept { return rule == nullptr || rule->is_plain(); }
  };
  /// A tile: rows [first, first + rows) of a step.
  struct Tile {
    std::size_t step, first, rows;
  };

  PlannedKernel(const LinearProblem& problem, machine::Team& team, const SharingSettings& settings)
      : LinearKernel(problem), team_(team), settings_(settings), outputs_(problem.outputs()) {}

  /// Plans a call on `batch` rows, chooses the sharing, and allocates all that its steps will need.
  virtual void prepare(std::size_t batch, const Call& call) = 0;
  virtual void run(const Call& call) = 0;
  /// Row blocks of the plan: so many of sums_ are filled.
  virtual std::size_t row_blocks() const noexcept = 0;
  /// Weights, gradient and the rule's state, from and to the caller's order. They are called between `prepare` and the
  /// next.
  virtual void take_weights(std::span<const float> w) = 0;
  virtual void give_weights(std::span<float> w) const = 0;
  virtual void give_gradient(std::span<float> gradient) const = 0;
  virtual void take_state(std::size_t words, std::span<const float> state) = 0;
  virtual void give_state(std::span<float> state) const = 0;

  machine::Team& team_;
  SharingSettings settings_;
  Sharing sharing_ = Sharing::serial;
  machine::Participation participation_;
  std::size_t outputs_;
  std::vector<TileSums> sums_;  // by row block

 private:
  std::size_t batch_of(std::span<const std::uint32_t> rows, std::size_t batch) const noexcept {
    return rows.empty() ? problem().data.rows() : batch;
  }
  /// A call on all rows that updates nothing.
  TileSums look(std::span<const float> w, Wanted wanted, std::span<float> gradient);
};

}  // namespace descent::engine
