// Coordinate ascent has to stop within an epoch when time is over, since one epoch of many rows or classes may take
// longer than the whole time limit.
#include <gtest/gtest.h>

#include <atomic>

#include "solve/dual_part.hpp"

namespace descent::solve {
namespace {

// There is so much work that the clock is read several times in an epoch (see Rounds).
constexpr std::size_t kRows = 20'000, kWidth = 300;

data::Dataset spread_rows(int classes) {
  data::Dataset data;
  data.classes = classes;
  data.features = core::Matrix<float>(kRows, kWidth);
  for (std::size_t i = 0; i < kRows; ++i) {
    for (std::size_t j = 0; j < kWidth; ++j)
      data.features(i, j) = static_cast<float>((i * 7919 + j * 104'729) % 1000) / 500 - 1;
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
  /// A dual problem with all α at 0. `w` is set to the weights that belong to them.
  std::unique_ptr<DualPart> part(std::vector<double>& w) {
    const bool multiclass = f_.loss().traits().family == loss::LossTraits::Family::multiclass;
    w.assign(f_.parameters(), 0.0);
    return multiclass ? make_multiclass_dual(f_, *loss_->box_dual(), norms_, w.data(), 1)
                      : make_output_dual(f_, 0, *loss_->box_dual(), norms_, w.data(), 1);
  }

  data::Dataset data_ = spread_rows(GetParam().classes);
  std::unique_ptr<loss::Loss> loss_ = loss::make_loss(GetParam().loss);
  machine::Team team_{{.threads = 1, .pin = false, .oversubscribe = true}};
  MeanLoss f_{data_, *loss_, 1e-3, team_};
  std::vector<double> norms_ = std::vector<double>(kRows, kWidth), w_, other_w_;
  std::vector<record::SolverPoint> passage_;
};

TEST_P(DualClock, IsLookedAtBeforeTheFirstRow) {
  const std::atomic<bool> cancel{true};
  const auto dual = part(w_);
  dual->epochs(1, {1e9, &cancel, passage_});
  EXPECT_EQ(dual->linear_term(), 0) << "no α may have changed";
}

TEST_P(DualClock, EndsAnEpochThatIsOnItsWay) {
  const std::atomic<bool> cancel{false};
  const auto dual = part(w_), whole = part(other_w_);
  // The time is over at the third reading of the clock. The first is before the epoch, the second before its first row.
  int looks = 0;
  dual->epochs(5, {1, &cancel, passage_, [&looks] { return ++looks < 3 ? 0.0 : 2.0; }});
  EXPECT_EQ(looks, 4) << "the third reading ends the epoch, the fourth all epochs";
  whole->epochs(1, {1e9, &cancel, passage_});
  EXPECT_GT(dual->linear_term(), 0) << "the epoch has begun, so that some α have changed";
  EXPECT_LT(dual->linear_term(), 0.9 * whole->linear_term());
}

INSTANTIATE_TEST_SUITE_P(Families, DualClock,
                         ::testing::Values(Case{"hinge", 2}, Case{"absolute", 2}, Case{"multiclass_svm", 4}),
                         [](const auto& of) { return std::string(of.param.loss); });

// The clock is read after every 10 million multiply-adds, which is every tenth row if a row takes a million.
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
