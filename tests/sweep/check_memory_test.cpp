#include "sweep/plan/check_memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/address_limit.hpp"
#include "descent/core/error.hpp"
#include "descent/machine/team.hpp"

namespace descent::sweep {
namespace {

/// Two rows of this many features, all 0, which is enough for a plan.
data::Split wide(std::size_t features) {
  data::Split split;
  split.training.name = "wide";
  split.training.source = "libsvm:wide.svm";
  split.training.features = core::Matrix<float>(2, features);
  split.training.labels = {0, 1};
  split.training.classes = 2;
  split.training.label_names = {"a", "b"};
  return split;
}

std::string complaint(const data::Split& split) {
  try {
    check_memory(preset_options("quick"), split.training);
  } catch (const core::InputError& error) {
    return error.what();
  } catch (const core::UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(CheckMemory, TheOptimumsHistoryOfWideDataIsRefusedWithItsSizeBeforeItIsBegun) {
  if (!data::test::AddressLimit::possible()) GTEST_SKIP() << "sanitizers reserve more than this test allows";
  const data::Split split = wide(5'000'000);
  const data::test::AddressLimit limit(std::size_t{1} << 30);
  // Softmax has 2 outputs of 5 million weights. L-BFGS remembers 80 vectors of so many doubles, which are 6.4 GB.
  EXPECT_THAT(complaint(split),
              testing::MatchesRegex("libsvm:wide.svm: softmax_cross_entropy on 5,000,000 features and 2 "
                                    "classes needs [789]\\.[0-9] GB; expected at most the 1.1 GB .*"));
}

// Each run of saga has a float for each row and output, and one run trains on each CPU at the same time.
TEST(CheckMemory, CountsSagasTableOfSlopes) {
  const data::Split split = wide(1000);
  const auto loss = loss::make_loss("multiclass_svm");
  const auto bytes = [&](std::vector<std::string> optimizers) {
    SweepOptions options = preset_options("quick");
    options.optimizers = std::move(optimizers);
    return needed_bytes(options, split.training, *loss);
  };
  const double table = machine::available_cpus() * 2.0 * 2.0 * sizeof(float);  // two rows, two outputs
  EXPECT_DOUBLE_EQ(bytes({"sgd", "saga"}) - bytes({"sgd"}), table);
  EXPECT_DOUBLE_EQ(bytes({"saga", "svrg"}) - bytes({"sgd"}), table);
  EXPECT_DOUBLE_EQ(bytes({"sgd", "svrg"}), bytes({"sgd"}));
}

TEST(CheckMemory, OrdinaryDataPass) { EXPECT_EQ(complaint(wide(1000)), ""); }

}  // namespace
}  // namespace descent::sweep
