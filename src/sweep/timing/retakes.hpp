#pragma once

#include <algorithm>
#include <cstddef>

#include "descent/machine/roofs.hpp"
#include "sweep/timing/cell_sampler.hpp"

namespace descent::sweep {

/// Decides which samples of a process count: those in which all expected workers took part, had their CPUs to
/// themselves, and no other program disturbed the core. Other samples are taken again, a few times each, and at most a
/// fifth of the samples in all.
class Retakes {
 public:
  enum class Verdict { good, again, suspect };  ///< suspect: disturbed, but kept

  Retakes(std::size_t cells, int rounds) : left_(4 + cells * static_cast<std::size_t>(rounds) / 5) {}

  /// Judges a sample that was taken `attempt` times before, with the sentinel beside it. oversubscribed: workers share
  /// CPUs by design.
  Verdict judge(const Sample& sample, int expected_workers, bool oversubscribed, const machine::SentinelTimes& sentinel,
                int attempt) {
    const bool whole = sample.participation.workers >= expected_workers;
    const bool had_its_cpus = oversubscribed || sample.cpu_share >= kLeastCpuShare;
    if (whole && had_its_cpus && !disturbed(sentinel)) return Verdict::good;
    if (attempt == kMostOfOne || left_ == 0) return Verdict::suspect;
    --left_;
    return Verdict::again;
  }

 private:
  static constexpr double kLeastCpuShare = 0.9;  // below, something else ran on a worker's CPU
  static constexpr int kMostOfOne = 3;           // retakes of one sample
  static constexpr double kDisturbed = 1.5;      // times the best: another program used the core

  /// Is the sentinel far above the best of this process?
  bool disturbed(const machine::SentinelTimes& now) {
    const auto keep_best = [](double& best, double seconds) { best = best > 0 ? std::min(best, seconds) : seconds; };
    keep_best(best_.fma_seconds, now.fma_seconds);
    keep_best(best_.cache_seconds, now.cache_seconds);
    return now.fma_seconds > kDisturbed * best_.fma_seconds || now.cache_seconds > kDisturbed * best_.cache_seconds;
  }

  machine::SentinelTimes best_{};
  std::size_t left_;
};

}  // namespace descent::sweep
