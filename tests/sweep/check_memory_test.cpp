#include "sweep/plan/check_memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/address_limit.hpp"
#include "descent/core/error.hpp"

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

TEST(CheckMemory, OrdinaryDataPass) { EXPECT_EQ(complaint(wide(1000)), ""); }

}  // namespace
}  // namespace descent::sweep
