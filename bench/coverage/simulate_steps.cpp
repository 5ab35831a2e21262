// Expected and median steps, gains of doublings, diminishing returns, and the test of their fit.
#include <fmt/format.h>

#include "descent/analysis/analyse.hpp"
#include "made_up.hpp"
#include "simulate.hpp"

namespace descent::bench {
namespace {

using analysis::testing::add_series;
constexpr int kManySeeds = 4000;  // give the true value where there is no closed form

/// Half-lives of batches 8, 16, … of S(B) = s_min (1 + 64/B).
double half_of(std::int64_t batch) { return 50 * (1 + 64.0 / static_cast<double>(batch)); }

record::Report runs(int trial, int batches, int seeds, double deviation, std::int64_t budget = 60000) {
  record::Report report = one_target();
  core::CounterRandom random = random_of(trial);
  for (int i = 0; i < batches; ++i) {
    const std::int64_t batch = std::int64_t{8} << i;
    add_series(report, batch, half_of(batch), speeds(random, seeds, deviation), budget);
  }
  return analysis::analyse(std::move(report));
}

void expected_steps(int trials, const Print& print) {
  for (const double deviation : {0.1, 0.3, 0.6, 1.0})
    for (const int seeds : {3, 5, 10, 20}) {
      Tally tally("expected steps", fmt::format("{} seeds, deviation of ln steps {}", seeds, deviation));
      for (int trial = 0; trial < trials / 2; ++trial) {
        const record::Report report = runs(trial, 4, seeds, deviation);
        for (const record::Convergence& row : report.convergence)
          tally.interval(
              row.mean_low, row.mean_high,
              steps_of(half_of(find_series(report, row.series)->batch)) * std::exp(deviation * deviation / 2));
      }
      print(tally);
    }
}

/// Small batches scatter more, so that the variances of a workload differ.
void unequal_steps(int trials, const Print& print) {
  for (const int seeds : {3, 5, 10, 20}) {
    Tally tally("expected steps", fmt::format("{} seeds, deviation falling from 0.5 to 0.15", seeds));
    for (int trial = 0; trial < trials / 2; ++trial) {
      record::Report report = one_target();
      core::CounterRandom random = random_of(trial);
      const double deviations[]{0.5, 0.35, 0.22, 0.15};
      for (int i = 0; i < 4; ++i)
        add_series(report, 8 << i, half_of(8 << i), speeds(random, seeds, deviations[i]), 20000);
      report = analysis::analyse(std::move(report));
      for (std::size_t i = 0; i < report.convergence.size(); ++i)
        tally.interval(report.convergence[i].mean_low, report.convergence[i].mean_high,
                       steps_of(half_of(8 << i)) * std::exp(deviations[i] * deviations[i] / 2));
    }
    print(tally);
  }
}

/// With a budget within which a third of the runs do not reach the target.
void censored_steps(int trials, const Print& print) {
  const auto budget = static_cast<std::int64_t>(1.14 * steps_of(half_of(8)));
  const record::Report many = runs(-1, 1, kManySeeds, 0.3, budget);
  const double expected = *many.convergence.at(0).ert_steps, median = steps_of(half_of(8));
  for (const int seeds : {10, 20}) {
    Tally mean("expected steps, a third censored", fmt::format("{} seeds", seeds)),
        middle("median steps, a third censored", fmt::format("{} seeds", seeds));
    for (int trial = 0; trial < trials; ++trial) {
      const record::Report report = runs(trial, 1, seeds, 0.3, budget);
      const record::Convergence& row = report.convergence.at(0);
      mean.interval(row.mean_low, row.mean_high, expected);
      middle.interval(row.median_low, row.median_high, median);
    }
    print(mean), print(middle);
  }
}

void median_steps(int trials, const Print& print) {
  for (const int seeds : {3, 5, 6, 10, 20}) {
    Tally tally("median steps", fmt::format("{} seeds", seeds));
    for (int trial = 0; trial < trials; ++trial) {
      const record::Report report = runs(trial, 1, seeds, 0.3);
      tally.interval(report.convergence.at(0).median_low, report.convergence.at(0).median_high, steps_of(half_of(8)));
    }
    print(tally);
  }
}

void doublings(int trials, const Print& print) {
  for (const double deviation : {0.15, 0.4}) {
    const record::Report many = runs(-1, 5, kManySeeds, deviation);
    for (const int seeds : {3, 5, 10, 20}) {
      Tally gain("doublings", fmt::format("{} seeds, deviation {}", seeds, deviation)),
          half("half_efficiency_batch", fmt::format("5 batch sizes, {} seeds, deviation {}", seeds, deviation)),
          critical("b_crit", fmt::format("5 batch sizes, {} seeds, deviation {}", seeds, deviation));
      for (int trial = 0; trial < trials / 2; ++trial) {
        const record::Report report = runs(trial, 5, seeds, deviation);
        for (std::size_t i = 0; i < report.doublings.size(); ++i)
          gain.interval(report.doublings[i].step_gain_low, report.doublings[i].step_gain_high,
                        *many.doublings.at(i).step_gain);
        half.interval(report.returns.at(0).half_low, report.returns.at(0).half_high,
                      *many.returns.at(0).half_efficiency_batch);
        critical.interval(report.returns.at(0).b_crit_low, report.returns.at(0).b_crit_high, 64);
      }
      print(gain), print(half), print(critical);
    }
  }
}

/// Here S(B) follows the curve that is fitted, so that the test should not reject it.
void lack_of_fit(int trials, const Print& print) {
  for (const auto& [batches, seeds, deviation] :
       {std::tuple(3, 3, 0.15), {6, 5, 0.15}, {8, 10, 0.15}, {8, 10, 0.4}, {8, 20, 0.4}}) {
    Tally tally("lack of fit does not reject the truth",
                fmt::format("{} batch sizes, {} seeds, deviation {}", batches, seeds, deviation));
    for (int trial = 0; trial < trials / 2; ++trial) {
      const record::Report report = runs(trial, batches, seeds, deviation);
      const record::Real p = report.returns.at(0).lack_of_fit_p;
      if (p)
        tally.statement(*p >= 0.05);
      else
        tally.withheld();
    }
    print(tally);
  }
}

}  // namespace

void simulate_steps(const Settings& settings, const Print& print) {
  if (settings.wants("expected")) expected_steps(settings.trials, print);
  if (settings.wants("unequal")) unequal_steps(settings.trials, print);
  if (settings.wants("censored")) censored_steps(settings.trials, print);
  if (settings.wants("median")) median_steps(settings.trials, print);
  if (settings.wants("doublings")) doublings(settings.trials, print);
  if (settings.wants("lack")) lack_of_fit(settings.trials, print);
}

}  // namespace descent::bench
