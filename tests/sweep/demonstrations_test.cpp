#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "descent/analysis/analyse.hpp"
#include "descent/sweep/sweep.hpp"
#include "sweep/tiny.hpp"

// Short runs that demonstrate what too small and too large learning rates do.

namespace descent::sweep {
namespace {

const record::Report& shown() {
  static const record::Report report = [] {
    SweepOptions options = tiny_options();
    options.losses = {"squared", "softmax_cross_entropy"};
    Listener listener;
    return run_sweep(options, {"descent", "run"}, listener, listener.cancel);
  }();
  return report;
}

TEST(Demonstrations, AreOfTheSmallestBatchOfEachWorkloadOnItsFirstSeed) {
  ASSERT_GE(shown().demonstrations.size(), 3U);
  for (const record::Workload& workload : shown().workloads) {
    std::vector<const record::Demonstration*> own;
    for (const record::Demonstration& run : shown().demonstrations)
      if (run.workload == workload.id) own.push_back(&run);
    ASSERT_GE(own.size(), 1U) << workload.id;
    ASSERT_LE(own.size(), 2U) << workload.id;
    EXPECT_EQ(own[0]->rate_factor, 0.125);
    for (const record::Demonstration* run : own) {
      const auto series = std::find_if(shown().series.begin(), shown().series.end(),
                                       [&](const record::Series& one) { return one.id == run->series; });
      ASSERT_NE(series, shown().series.end());
      EXPECT_EQ(series->batch, 8);
      EXPECT_EQ(run->seed, 1U);
      EXPECT_EQ(run->lr_rule, record::RateRule::demonstration);
      EXPECT_EQ(run->lr, run->rate_factor * series->chosen_lr);
      EXPECT_EQ(run->step.front(), 0);
      EXPECT_NEAR(*run->loss.front(), workload.f0, 1e-7 * workload.f0) << workload.id;  // the loss is of float32 scores
    }
  }
}

// For the squared loss, plain steps diverge at rates above 2/λ₁. A run has diverged when its loss is a thousand times
// that at the start, or is not a number.
TEST(Demonstrations, OfTheSquaredLossDiverge) {
  const auto wild =
      std::find_if(shown().demonstrations.begin(), shown().demonstrations.end(), [](const record::Demonstration& run) {
        return run.rate_factor > 1 && run.workload.find("squared") != std::string::npos;
      });
  ASSERT_NE(wild, shown().demonstrations.end());
  EXPECT_EQ(wild->status, record::RunStatus::diverged);
  EXPECT_TRUE(!wild->loss.back() || *wild->loss.back() > 1e3 * *wild->loss.front());
}

TEST(Demonstrations, TakeATwentiethOfTheSweepAtTheMost) {
  for (const record::Workload& workload : shown().workloads) {
    double sweep = 0, demonstrations = 0;
    for (const record::Series& series : shown().series) {
      if (series.workload != workload.id) continue;
      for (const record::Tuning& trial : shown().tunings)
        if (trial.series == series.id) sweep += static_cast<double>(trial.steps) * series.rows_per_step;
      for (const record::Trajectory& run : shown().trajectories)
        if (run.series == series.id) sweep += static_cast<double>(run.steps) * series.rows_per_step;
    }
    for (const record::Demonstration& run : shown().demonstrations)
      if (run.workload == workload.id)
        demonstrations += static_cast<double>(run.step.back()) * 8 + 0.5 * 240 * static_cast<double>(run.step.size());
    EXPECT_LE(demonstrations, 0.05 * sweep) << workload.id;
  }
}

TEST(Demonstrations, ChangeNoDerivedTable) {
  record::Report with = analysis::analyse(shown()), without = shown();
  without.demonstrations.clear();
  without = analysis::analyse(std::move(without));
  with.demonstrations.clear();
  std::ostringstream text, other;
  record::write_report(text, with);
  record::write_report(other, without);
  EXPECT_EQ(text.str(), other.str());
}

}  // namespace
}  // namespace descent::sweep
