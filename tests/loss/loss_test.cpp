// The registry of losses, their parameters and outputs, predictions, and `descent explain`.
#include "descent/loss/loss.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "descent/loss/explain.hpp"
#include "loss/tiles.hpp"

namespace descent::loss {
namespace {

std::string refusal(const std::string& spec) {
  try {
    make_loss(spec);
  } catch (const core::UsageError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(LossRegistry, HoldsExactlyTheFilesOfItsFolder) {
  std::set<std::string> files, registered;
  for (const auto& file : std::filesystem::directory_iterator(DESCENT_SOURCE_DIR "/src/loss/losses"))
    if (file.path().extension() == ".cpp") files.insert(file.path().filename());
  for (const auto& entry : LossRegistry::instance().entries()) {
    registered.insert(std::filesystem::path(entry.file).filename());
    EXPECT_EQ(std::filesystem::path(entry.file).stem(), entry.name);
  }
  EXPECT_EQ(files, registered);
}

TEST(MakeLoss, TakesParametersInTheName) {
  EXPECT_EQ(make_loss("huber")->name(), "huber(delta=1)");
  EXPECT_EQ(make_loss("huber(delta=0.5)")->name(), "huber(delta=0.5)");
  EXPECT_EQ(make_loss("multiclass_svm")->name(), "multiclass_svm(margin=1)");
  EXPECT_EQ(make_loss("multiclass_squared_svm(margin=2)")->name(), "multiclass_squared_svm(margin=2)");
  EXPECT_EQ(make_loss("hinge")->name(), "hinge");
}

TEST(MakeLoss, RefusesWhatItDoesNotKnow) {
  EXPECT_THAT(refusal("hing"), testing::HasSubstr("'hinge'"));
  EXPECT_THAT(refusal("huber(dleta=1)"), testing::HasSubstr("'delta'"));
  EXPECT_THAT(refusal("hinge(margin=1)"), testing::HasSubstr("margin"));
  for (const char* spec :
       {"huber(delta=0)", "huber(delta=-1)", "huber(delta=nan)", "huber(delta=inf)", "huber(delta=1e300)",
        "huber(delta=1e-300)", "huber(delta=)", "multiclass_svm(margin=0)", "multiclass_squared_svm(margin=-2)"})
    EXPECT_THAT(refusal(spec), testing::HasSubstr("expected")) << spec;
}

TEST(Outputs, OneForTwoClassesUnlessTheLossIsMulticlass) {
  EXPECT_EQ(make_loss("hinge")->outputs(2), 1U);
  EXPECT_EQ(make_loss("squared")->outputs(2), 1U);
  EXPECT_EQ(make_loss("hinge")->outputs(3), 3U);
  EXPECT_EQ(make_loss("softmax_cross_entropy")->outputs(2), 2U);
  EXPECT_EQ(make_loss("multiclass_svm")->outputs(10), 10U);
}

TEST(Outputs, LabelOneIsThePositiveClassOfOneOutput) {
  const std::unique_ptr<Loss> hinge = make_loss("hinge");
  EXPECT_EQ(hinge->value(std::vector<double>{3}, 1), 0);
  EXPECT_EQ(hinge->value(std::vector<double>{3}, 0), 4);
}

TEST(Predict, TakesTheLargestScoreAndTheFirstOfTies) {
  on_every_target([] {
    for (const std::size_t examples : {1U, 16U, 21U, 70U}) {
      const Tile scores = random_tile(10, examples, 10, 1);
      Tile tile = copy_of(scores);
      tile(3, 0) = tile(7, 0) = 50;
      std::vector<std::int32_t> got(examples + 1, -1);
      predict(tile.view(), std::span(got).first(examples));
      EXPECT_EQ(got[0], 3);
      EXPECT_EQ(got[examples], -1) << "wrote beyond the last example";
      for (std::size_t i = 1; i < examples; ++i) {
        const std::vector<double> s = tile.example(i);
        EXPECT_EQ(got[i], std::max_element(s.begin(), s.end()) - s.begin());
      }
    }
  });
}

TEST(Predict, OneOutputIsClassOneWherePositive) {
  Tile tile(1, 4);
  tile(0, 0) = 0.5f, tile(0, 1) = 0.0f, tile(0, 2) = -2.0f, tile(0, 3) = 1e-30f;
  std::vector<std::int32_t> got(4);
  predict(tile.view(), got);
  EXPECT_THAT(got, testing::ElementsAre(1, 0, 0, 1));
}

TEST(Sigmoid, IsStableFarOut) {
  EXPECT_EQ(sigmoid(1e4), 1);
  EXPECT_EQ(sigmoid(-1e4), 0);
  EXPECT_EQ(sigmoid(0), 0.5);
  EXPECT_TRUE(std::abs(sigmoid(-40) / 4.248354255291589e-18 - 1) <= 1e-14);
}

TEST(Explain, TakesTheCatOfTheNotesApart) {
  const std::vector<double> scores = {3.2, 5.1, -1.7};
  const Explanation svm = explain(*make_loss("multiclass_svm"), scores, 0);
  EXPECT_TRUE(std::abs(svm.value - 2.9) <= 1e-12);
  EXPECT_TRUE(svm.terms_sum_to_value);
  EXPECT_TRUE(svm.terms[0] == 0 && std::abs(svm.terms[1] - 2.9) <= 1e-12 && svm.terms[2] == 0);
  EXPECT_THAT(svm.gradient, testing::ElementsAre(-1, 1, 0));
  EXPECT_EQ(svm.predicted, 1);
  EXPECT_EQ(svm.zero_one, 1);
  const Explanation softmax_one = explain(*make_loss("softmax_cross_entropy"), scores, 1);
  EXPECT_FALSE(softmax_one.terms_sum_to_value);
  EXPECT_TRUE(std::abs(softmax_one.probabilities[0] - 0.1299825390) <= 1e-10);
  EXPECT_EQ(softmax_one.terms, softmax_one.probabilities);
  EXPECT_EQ(softmax_one.zero_one, 0);
  const Explanation one = explain(*make_loss("logistic"), std::vector<double>{2}, 1);
  EXPECT_THAT(one.probabilities, testing::ElementsAre(sigmoid(-2), sigmoid(2)));
  EXPECT_EQ(one.predicted, 1);
}

TEST(Explain, ProbabilitiesAreThoseOfTheLossItself) {
  const std::vector<double> scores = {3.2, 5.1, -1.7};
  // 1/(1 + e^-s) of each score s and of 2s, to ten digits, computed by bc with scale=20.
  const std::vector<double> once = {0.9608342772, 0.9939401985, 0.1544652651},
                            twice = {0.9983411990, 0.9999628311, 0.0322954647};
  for (const auto& [name, expected] :
       {std::pair("binary_cross_entropy", once), {"logistic", once}, {"exponential", twice}}) {
    const Explanation told = explain(*make_loss(name), scores, 0);
    ASSERT_EQ(told.probabilities.size(), 3U) << name;
    for (std::size_t k = 0; k < 3; ++k) EXPECT_TRUE(std::abs(told.probabilities[k] - expected[k]) <= 1e-9) << name << k;
  }
  for (const char* name : {"multiclass_svm", "multiclass_squared_svm", "hinge", "squared_hinge", "squared", "absolute",
                           "huber", "sigmoid"})
    EXPECT_TRUE(explain(*make_loss(name), scores, 0).probabilities.empty()) << name;
}

TEST(Explain, RefusesScoresThatTheLossCannotTake) {
  const auto refused = [](const char* loss, std::vector<double> scores, std::int32_t label) {
    try {
      explain(*make_loss(loss), scores, label);
    } catch (const core::UsageError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_THAT(refused("softmax_cross_entropy", {1}, 0), testing::HasSubstr("expected one score per class"));
  EXPECT_THAT(refused("hinge", {1, 2}, 0), testing::HasSubstr("expected one score for two classes"));
  EXPECT_THAT(refused("hinge", {}, 0), testing::HasSubstr("0 scores"));
  EXPECT_THAT(refused("hinge", {1, 2, 3}, 3), testing::HasSubstr("expected 0 to 2"));
  EXPECT_THAT(refused("hinge", {1, 2, 3}, -1), testing::HasSubstr("expected 0 to 2"));
  EXPECT_THAT(refused("hinge", {NAN}, 1), testing::HasSubstr("finite"));
}

}  // namespace
}  // namespace descent::loss
