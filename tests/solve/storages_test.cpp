// Optima, their certificates and spectra are the same for every kind of storage.
#include <gtest/gtest.h>

#include "descent/core/random.hpp"
#include "descent/solve/optimum.hpp"
#include "descent/solve/spectrum.hpp"

namespace descent::solve {
namespace {

data::Dataset rows_in(std::string_view kind) {
  data::Dataset data;
  data.classes = 3;
  data.features = core::Matrix<float>(120, 6);
  core::CounterRandom random(8, core::Purpose::data);
  for (std::size_t i = 0; i < data.rows(); ++i) {
    for (std::size_t j = 0; j < 5; ++j) data.features(i, j) = static_cast<float>(random.next_below(4));
    data.features(i, 5) = 1;
    data.labels.push_back(static_cast<std::int32_t>(random.next_below(3)));
  }
  data.features = data::stored_as(kind, std::move(data.features), "made");
  return data;
}

TEST(SolveOnAnyStorage, GivesTheSameOptimaAndSpectra) {
  machine::Team team({.threads = 2, .pin = false, .oversubscribe = true});
  const data::Dataset dense = rows_in("dense");
  for (const std::string kind : {"bytes", "sparse"}) {
    const data::Dataset data = rows_in(kind);
    EXPECT_EQ(largest_eigenvalue(data).value, largest_eigenvalue(dense).value) << kind;
    EXPECT_EQ(max_row_norm_squared(data), max_row_norm_squared(dense)) << kind;
    for (const char* name : {"softmax_cross_entropy", "multiclass_svm", "hinge", "absolute", "squared_hinge"})
      for (const double l2 : {1e-2, 0.0}) {
        const auto loss = loss::make_loss(name);
        const Optimum expected = solve_optimum(dense, *loss, l2, team, {});
        const Optimum found = solve_optimum(data, *loss, l2, team, {});
        EXPECT_EQ(found.kind, expected.kind) << kind << ' ' << name << ' ' << l2;
        EXPECT_NEAR(found.value.value(), expected.value.value(), 1e-10) << kind << ' ' << name << ' ' << l2;
        EXPECT_EQ(found.note, expected.note);
      }
  }
}

}  // namespace
}  // namespace descent::solve
