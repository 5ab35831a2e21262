// Intervals of measured gradient noise: its variance, its law over batch sizes, and the noise scale from two batches.
#include <fmt/format.h>

#include <cmath>

#include "descent/analysis/analyse.hpp"
#include "made_up.hpp"
#include "simulate.hpp"

namespace descent::bench {
namespace {

constexpr std::int64_t kRows = 65536;

/// A row's gradient: the mean gradient, along the first axis, plus normal noise. The variance of the noise falls with
/// the number of the axis to some power; trΣ = 1. The larger that power, the more skewed are squared lengths.
struct Gradients {
  double scale;  // trΣ/|G|²
  double power = 1;
  int axes = 40;
  /// ‖ĝ − G‖² and ‖ĝ‖² of one batch.
  std::pair<double, double> draw(core::CounterRandom& random, std::int64_t batch) const {
    double total = 0, error = 0, norm = 0;
    for (int axis = 1; axis <= axes; ++axis) total += std::pow(axis, -power);
    for (int axis = 1; axis <= axes; ++axis) {
      const double noise =
          std::sqrt(std::pow(axis, -power) / total / static_cast<double>(batch)) * random.next_normal();
      const double mean = axis == 1 ? std::sqrt(1 / scale) : 0;
      error += noise * noise, norm += (mean + noise) * (mean + noise);
    }
    return {error, norm};
  }
};

void add_moment(record::Report& report, const Gradients& gradients, std::int64_t batch, int samples,
                core::CounterRandom& random) {
  record::Moment moment;
  moment.workload = "w", moment.checkpoint = "start", moment.delta = 1, moment.sampling = record::Sampling::iid_replace;
  moment.batch = batch, moment.trace_covariance = 1, moment.gradient_norm_squared = 1 / gradients.scale;
  for (int i = 0; i < samples; ++i) {
    const auto [error, norm] = gradients.draw(random, batch);
    moment.sampled.push_back(error), moment.sampled_norm_squared.push_back(norm);
  }
  report.moments.push_back(moment);
}

void measured_variance(int trials, const Print& print) {
  for (const double power : {0.5, 1.5})
    for (const int samples : {4, 8, 10, 16, 32, 64}) {
      Tally tally("measured variance",
                  fmt::format("{} samples, {} skewed", samples, power > 1 ? "strongly" : "little"));
      for (int trial = 0; trial < trials; ++trial) {
        record::Report report = one_target();
        core::CounterRandom random = random_of(trial);
        add_moment(report, {10, power}, 32, samples, random);
        report = analysis::analyse(std::move(report));
        tally.interval(report.noise.at(0).measured_low, report.noise.at(0).measured_high, 1 / 32.0);
      }
      print(tally);
    }
}

/// Larger batches have fewer samples, as under a limit on rows.
void noise_law(int trials, const Print& print) {
  for (const double power : {0.5, 1.5})
    for (const auto& [most, rows] : {std::pair(16, 2048), {64, 16384}, {64, 4 * kRows}}) {
      Tally tally("slope of the noise law", fmt::format("at most {} samples and {} rows a batch size, {} skewed", most,
                                                        rows, power > 1 ? "strongly" : "little"));
      for (int trial = 0; trial < trials; ++trial) {
        record::Report report = one_target();
        core::CounterRandom random = random_of(trial);
        for (std::int64_t batch = 1; batch <= 1024; batch *= 4)
          if (const auto samples = std::min<std::int64_t>(most, rows / batch); samples >= 4)
            add_moment(report, {10, power}, batch, static_cast<int>(samples), random);
        report = analysis::analyse(std::move(report));
        tally.interval(report.noise.at(0).law_slope_low, report.noise.at(0).law_slope_high, 1);
      }
      print(tally);
    }
}

void two_batch(int trials, const Print& print) {
  for (const double scale : {10.0, 1000.0, 10000.0})
    for (const auto& [batch, samples] : {std::pair(1, 64), {32, 64}, {256, 64}, {256, 16}}) {
      Tally tally("two-batch noise scale",
                  fmt::format("scale {}, batches {} and 2048, {} samples", scale, batch, samples));
      for (int trial = 0; trial < trials; ++trial) {
        record::Report report = one_target();
        core::CounterRandom random = random_of(trial);
        add_moment(report, {scale}, batch, samples, random);
        add_moment(report, {scale}, 2048, samples, random);
        report = analysis::analyse(std::move(report));
        tally.interval(report.noise.at(0).two_batch_low, report.noise.at(0).two_batch_high, scale);
      }
      print(tally);
    }
}

}  // namespace

void simulate_noise(const Settings& settings, const Print& print) {
  if (settings.wants("measured")) measured_variance(settings.trials, print);
  if (settings.wants("law")) noise_law(settings.trials, print);
  if (settings.wants("two")) two_batch(settings.trials, print);
}

}  // namespace descent::bench
