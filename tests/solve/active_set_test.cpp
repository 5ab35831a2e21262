#include <gtest/gtest.h>

#include "descent/core/random.hpp"
#include "descent/solve/optimum.hpp"
#include "record/words.hpp"

// Losses with kinks and with little or no l2. Dual coordinate ascent alone would take millions of epochs here.
namespace descent::solve {
namespace {

/// Thirty rows of two features, which are multiples of 1/8, and a constant; labels 0 and 1, or 0 to 2.
data::Dataset eighths(int classes) {
  data::Dataset data;
  data.classes = classes;
  data.features = core::Matrix<float>(30, 3);
  for (std::size_t i = 0; i < 30; ++i) {
    data.features(i, 0) = static_cast<float>(7 * i % 11) / 8 - 0.5F;
    data.features(i, 1) = static_cast<float>((5 * i * i + i) % 13) / 8 - 0.75F;
    data.features(i, 2) = 1;
  }
  data.labels = {0, 1, 1, 1, 1, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 1, 1, 1, 0, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 0};
  if (classes == 3)
    data.labels = {0, 2, 0, 2, 2, 2, 1, 1, 0, 2, 1, 0, 1, 0, 2, 0, 0, 2, 1, 0, 2, 0, 0, 1, 0, 1, 1, 0, 2, 2};
  return data;
}

Optimum solve(const data::Dataset& data, const char* name, double l2, double relative_gap) {
  machine::Team team({.threads = 1, .pin = false, .oversubscribe = true});
  OptimumOptions options;
  options.kinked_relative_gap = relative_gap;
  return solve_optimum(data, *loss::make_loss(name), l2, team, options);
}

// Sources. l2 = 0: linear programs, solved by scipy 1.10.1, linprog (HiGHS, dual simplex). Other l2: scipy's SLSQP
// shows which rows lie on kinks; the equations of these kinks were solved in exact fractions, and the primal and the
// dual value are the same fraction. The absolute loss has the same weights at l2 = 1e-8 as at 1e-4, since they are also
// optimal for the linear program.
TEST(ActiveSet, ReachesWhatFractionsGive) {
  struct Known {
    const char* loss;
    double l2, value;
  };
  for (const Known& known : {Known{"hinge", 1e-4, 0.25733333333333336},
                             {"hinge", 1e-8, 0.2555557333333333},
                             {"hinge", 0, 0.25555555555556},
                             {"absolute", 1e-4, 0.4763701088435374},
                             {"absolute", 1e-8, 0.4761904941537414},
                             {"absolute", 0, 0.476190476190476},
                             {"multiclass_svm", 0, 0.65111111111111}}) {
    const bool multiclass = std::string(known.loss) == "multiclass_svm";
    const Optimum found = solve(eighths(multiclass ? 3 : 2), known.loss, known.l2, 1e-8);
    EXPECT_NEAR(*found.value, known.value, 1e-12) << known.loss << ' ' << known.l2;
    EXPECT_EQ(found.kind, "certified") << known.loss << ' ' << known.l2;
    EXPECT_TRUE(found.gap && *found.gap <= 1e-8 * *found.value) << known.loss << ' ' << known.l2 << ' ' << found.note;
    EXPECT_EQ(found.note, "") << known.loss << ' ' << known.l2;
    EXPECT_LE(found.passage.back().passes, 200) << known.loss << ' ' << known.l2;
  }
}

// All features are multiples of 1/2, so that dozens of rows lie on kinks, some of them twice. Such rows depend linearly
// on each other.
TEST(ActiveSet, IsNotHeldUpByRowsThatDependOnEachOther) {
  core::CounterRandom random(9, core::Purpose::data);
  for (int trial = 0; trial < 10; ++trial) {
    data::Dataset data;
    data.classes = 2 + trial % 3;
    data.features = core::Matrix<float>(120, 5);
    for (std::size_t i = 0; i < data.rows(); ++i) {
      for (std::size_t j = 0; j < 4; ++j) data.features(i, j) = static_cast<float>(random.next_below(5)) / 2;
      data.features(i, 4) = 1;
      data.labels.push_back(static_cast<std::int32_t>(random.next_below(static_cast<std::uint32_t>(data.classes))));
    }
    for (const char* name : {"hinge", "absolute", "multiclass_svm"})
      for (const double l2 : {1e-4, 1e-8, 0.0}) {
        const Optimum found = solve(data, name, l2, 1e-8);
        EXPECT_TRUE(found.gap && *found.gap <= 1e-8 * *found.value)
            << name << " l2 " << l2 << " trial " << trial << " gap " << found.gap.value_or(-1);
        EXPECT_LE(found.passage.back().passes, 1000) << name << " l2 " << l2 << " trial " << trial;
      }
  }
}

}  // namespace
}  // namespace descent::solve
