#include "sweep/plan/check_memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/address_limit.hpp"
#include "descent/core/error.hpp"
#include "descent/machine/team.hpp"

namespace descent::sweep {
namespace {

/// Two rows with all features 0, which is enough to plan.
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
  if (!data::test::AddressLimit::possible()) GTEST_SKIP() << "sanitizers reserve more address space than there is";
  const data::Split split = wide(5'000'000);
  const data::test::AddressLimit limit(std::size_t{1} << 30);
  // Softmax: 2 columns of 5 million weights; 80 vectors of doubles that L-BFGS remembers are 6.4 GB.
  EXPECT_THAT(complaint(split),
              testing::MatchesRegex("libsvm:wide.svm: softmax_cross_entropy on 5,000,000 features and 2 "
                                    "classes needs [789]\\.[0-9] GB; expected at most the 1.1 GB .*"));
}

// A run of saga has a float for each row and score; as many runs train side by side as there are CPUs.
TEST(CheckMemory, CountsSagasTableOfSlopes) {
  const data::Split split = wide(1000);
  const auto loss = loss::make_loss("multiclass_svm");
  const auto bytes = [&](std::vector<std::string> optimizers) {
    SweepOptions options = preset_options("quick");
    options.optimizers = std::move(optimizers);
    return needed_bytes(options, split.training, *loss);
  };
  const double table = machine::available_cpus() * 2.0 * 2.0 * sizeof(float);  // two rows, two scores
  EXPECT_DOUBLE_EQ(bytes({"sgd", "saga"}) - bytes({"sgd"}), table);
  EXPECT_DOUBLE_EQ(bytes({"saga", "svrg"}) - bytes({"sgd"}), table);
  EXPECT_DOUBLE_EQ(bytes({"sgd", "svrg"}), bytes({"sgd"}));
}

TEST(CheckMemory, OrdinaryDataPass) { EXPECT_EQ(complaint(wide(1000)), ""); }

}  // namespace
}  // namespace descent::sweep
