#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "descent/core/random.hpp"
#include "descent/train/optimizer.hpp"
#include "train/optimizers/parameters.hpp"

namespace descent::train {
namespace {

/// Each of `workers` workers takes plain steps alone, on its share of every batch; every `sync` steps, all continue
/// from the mean of their weights. The weights that are evaluated are that mean, at any step. The workers are part of
/// the method: the number of threads that compute them changes no bit.
/// source  Stich, Local SGD Converges Fast and Communicates Little, ICLR 2019
class LocalSgd final : public Optimizer {
 public:
  LocalSgd(std::size_t workers, std::size_t sync) : workers_(workers), sync_(sync) {}
  std::string name() const override { return fmt::format("local_sgd(workers={},sync={})", workers_, sync_); }
  std::string_view description() const noexcept override {
    return "workers step alone and average their weights every `sync` steps";
  }
  bool full_batch() const override { return false; }
  bool needs_rows() const override { return true; }
  std::size_t least_batch() const override { return workers_; }
  /// Every worker's weights.
  std::size_t state_size(const engine::Objective& objective) const override {
    return workers_ * objective.parameters();
  }

  void advance(engine::Objective& objective, const engine::StepSequence& steps, std::span<float> w,
               std::span<float> state) const override {
    const std::size_t p = w.size(), count = steps.rates.size();
    if (count == 0) return;
    if (steps.first_step == 0)
      for (std::size_t k = 0; k < workers_; ++k) std::copy(w.begin(), w.end(), state.begin() + offset(k, p));
    std::fill(steps.losses.begin(), steps.losses.end(), 0.0);
    for (std::size_t s = 0; s < count;) {
      const std::size_t until = std::min(count, s + sync_ - (steps.first_step + s) % sync_);
      walk(objective, steps, s, until - s, state);
      s = until;
      if ((steps.first_step + s) % sync_ != 0 && s < count) continue;
      average(state, w);
      if ((steps.first_step + s) % sync_ == 0)
        for (std::size_t k = 0; k < workers_; ++k) std::copy(w.begin(), w.end(), state.begin() + offset(k, p));
    }
  }

 private:
  static std::ptrdiff_t offset(std::size_t worker, std::size_t parameters) {
    return static_cast<std::ptrdiff_t>(worker * parameters);
  }
  /// The first row of worker k's share of a batch; shares are as equal as possible.
  std::size_t first_of(std::size_t k, std::size_t batch) const { return k * batch / workers_; }

  /// Steps [first, first + count) of all workers, one worker after the other.
  void walk(engine::Objective& objective, const engine::StepSequence& steps, std::size_t first, std::size_t count,
            std::span<float> state) const {
    const std::size_t p = state.size() / workers_, batch = steps.batch;
    std::vector<std::uint32_t> dealt(steps.rows.begin() + static_cast<std::ptrdiff_t>(first * batch),
                                     steps.rows.begin() + static_cast<std::ptrdiff_t>((first + count) * batch));
    for (std::size_t s = 0; s < count; ++s) deal(std::span(dealt).subspan(s * batch, batch), steps, first + s);
    std::vector<std::uint32_t> rows;
    std::vector<double> losses(steps.losses.empty() ? 0 : count);
    for (std::size_t k = 0; k < workers_; ++k) {
      const std::size_t begin = first_of(k, batch), share = first_of(k + 1, batch) - begin;
      rows.clear();
      for (std::size_t s = 0; s < count; ++s) {
        const auto from = dealt.begin() + static_cast<std::ptrdiff_t>(s * batch + begin);
        rows.insert(rows.end(), from, from + static_cast<std::ptrdiff_t>(share));
      }
      engine::StepSequence own = steps.part(first, count);
      own.rows = rows, own.batch = share, own.losses = losses;
      objective.advance(engine::plain_rule(), own, state.subspan(k * p, p), {});
      for (std::size_t s = 0; s < losses.size(); ++s)
        steps.losses[first + s] += losses[s] * static_cast<double>(share) / static_cast<double>(batch);
    }
  }

  /// Shuffles a batch's rows, which come sorted, and sorts each worker's share again.
  void deal(std::span<std::uint32_t> rows, const engine::StepSequence& steps, std::size_t index) const {
    core::shuffle(rows, core::CounterRandom(steps.seed, core::Purpose::noise, steps.first_step + index));
    for (std::size_t k = 0; k < workers_; ++k)
      std::sort(rows.begin() + static_cast<std::ptrdiff_t>(first_of(k, rows.size())),
                rows.begin() + static_cast<std::ptrdiff_t>(first_of(k + 1, rows.size())));
  }

  /// w = the mean of the workers' weights, added in their order.
  void average(std::span<const float> state, std::span<float> w) const {
    const std::size_t p = w.size();
    for (std::size_t j = 0; j < p; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < workers_; ++k) sum += state[k * p + j];
      w[j] = static_cast<float>(sum / static_cast<double>(workers_));
    }
  }

  std::size_t workers_, sync_;
};

const core::Registration<Optimizer> registration{
    "local_sgd", [](const core::Arguments& arguments) -> std::unique_ptr<Optimizer> {
      arguments.expect_only({"workers", "sync"});
      return std::make_unique<LocalSgd>(count(arguments, "workers", 4, 1), count(arguments, "sync", 16, 1));
    }};

}  // namespace
}  // namespace descent::train
