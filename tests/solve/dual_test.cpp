// Coordinate ascent ends inside an epoch: an epoch of many rows or classes may take longer than a whole budget.
#include <gtest/gtest.h>

#include <atomic>

#include "descent/core/random.hpp"
#include "solve/dual_part.hpp"

namespace descent::solve {
namespace {

constexpr std::size_t kRows = 5000, kWidth = 3;

data::Dataset spread_rows(int classes) {
  data::Dataset data;
  data.classes = classes;
  data.features = core::Matrix<float>(kRows, kWidth);
  core::CounterRandom random(3, core::Purpose::data);
  for (std::size_t i = 0; i < kRows; ++i) {
    for (std::size_t j = 0; j < kWidth; ++j) data.features(i, j) = static_cast<float>(random.next_normal());
    data.labels.push_back(static_cast<std::int32_t>(i) % classes);
  }
  return data;
}

struct Case {
  const char* loss;
  int classes;
};

class DualClock : public ::testing::TestWithParam<Case> {
 protected:
  std::unique_ptr<DualPart> part() {
    const bool multiclass = f_.loss().traits().family == loss::LossTraits::Family::multiclass;
    return multiclass ? make_multiclass_dual(f_, *loss_->box_dual(), norms_, w_.data(), 1)
                      : make_output_dual(f_, 0, *loss_->box_dual(), norms_, w_.data(), 1);
  }

  data::Dataset data_ = spread_rows(GetParam().classes);
  std::unique_ptr<loss::Loss> loss_ = loss::make_loss(GetParam().loss);
  machine::Team team_{{.threads = 1, .pin = false, .oversubscribe = true}};
  MeanLoss f_{data_, *loss_, 1e-3, team_};
  std::vector<double> norms_ = std::vector<double>(kRows, 3.0), w_ = std::vector<double>(f_.parameters(), 0.0);
  std::vector<record::SolverPoint> passage_;
};

TEST_P(DualClock, IsLookedAtBeforeTheFirstRow) {
  const std::atomic<bool> cancel{true};
  const auto dual = part();
  dual->epochs(1, {1e9, &cancel, passage_});
  EXPECT_EQ(dual->linear_term(), 0) << "every α is as it began";
}

TEST_P(DualClock, EndsAnEpochThatIsOnItsWay) {
  const std::atomic<bool> cancel{false};
  const auto dual = part(), whole = part();
  const SolverClock in_a_moment{1e-9, &cancel, passage_};
  dual->epochs(1'000'000, in_a_moment);  // would take minutes
  whole->epochs(1, {1e9, &cancel, passage_});
  EXPECT_GT(whole->linear_term(), 0);
  EXPECT_LE(dual->linear_term(), whole->linear_term());
}

INSTANTIATE_TEST_SUITE_P(Families, DualClock,
                         ::testing::Values(Case{"hinge", 2}, Case{"absolute", 2}, Case{"multiclass_svm", 40}),
                         [](const auto& of) { return std::string(of.param.loss); });

// The clock is looked at every 10 million multiply-adds: of rows of a million, every tenth.
TEST(Rounds, LookAtTheClockByTheWorkOfARow) {
  int visits = 0;
  Rounds heavy(1000, 1, 1e6);
  heavy.epoch([&](std::size_t) { return ++visits > 0; }, [&] { return visits >= 95; });
  EXPECT_EQ(visits, 100);
  visits = 0;
  Rounds light(1000, 1, 1);
  light.epoch([&](std::size_t) { return ++visits > 0; }, [&] { return visits >= 95; });
  EXPECT_EQ(visits, 1000);
}

}  // namespace
}  // namespace descent::solve
