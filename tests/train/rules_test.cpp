#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <set>

#include "descent/core/random.hpp"
#include "descent/engine/objective.hpp"
#include "descent/engine/update_rule.hpp"
#include "train/toys.hpp"

namespace descent::train {
namespace {

class Rules : public ::testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<engine::UpdateRule> rule() const {
    return engine::UpdateRuleRegistry::instance().make("optimizer rule", GetParam());
  }
};

TEST_P(Rules, ReachesTheMinimumOfAQuadratic) {
  testing::Line line({1, 2, 3, 6}, 1.0, -4.0F);
  const auto plain = rule();
  std::vector<float> w{-4.0F}, state(plain->state_per_parameter());
  const std::vector<double> rates(600, 0.1);
  line.advance(*plain, {.rows = {}, .batch = 4, .rates = rates, .losses = {}, .first_step = 0, .seed = 0}, w, state);
  EXPECT_TRUE(std::abs(w[0] - 3) <= 1e-5) << w[0];
}

TEST_P(Rules, ShardsCutAnywhereGiveTheSameBits) {
  constexpr std::size_t m = 203;
  const auto whole = rule();
  const std::size_t blocks = whole->state_per_parameter();
  core::CounterRandom random(1, core::Purpose::noise);
  std::vector<float> w(m), g(m);
  for (std::size_t j = 0; j < m; ++j) {
    w[j] = static_cast<float>(random.next_normal());
    g[j] = static_cast<float>(random.next_normal());
  }
  std::vector<float> expected = w, state(blocks * m);
  for (int step = 0; step < 3; ++step) whole->update(expected, g, state, {0.3F, static_cast<std::uint64_t>(step)});
  for (const std::size_t cut : {1U, 7U, 8U, 16U, 100U, 202U}) {
    std::vector<float> found = w;
    for (const auto& [begin, end] : {std::pair<std::size_t, std::size_t>{0, cut}, {cut, m}}) {
      std::vector<float> shard_state(blocks * (end - begin));
      const std::span<float> shard(found.data() + begin, end - begin);
      for (int step = 0; step < 3; ++step)
        whole->update(shard, std::span<const float>(g).subspan(begin, end - begin), shard_state,
                      {0.3F, static_cast<std::uint64_t>(step)});
    }
    EXPECT_EQ(found, expected) << "cut at " << cut;
  }
}

TEST_P(Rules, TenStepsAreFourAndSix) {
  const auto once = rule();
  const std::vector<std::uint32_t> rows{0, 1, 3, 2, 2, 1, 0, 3, 3, 1};
  std::vector<double> rates, losses(10), halves(10);
  for (int step = 0; step < 10; ++step) rates.push_back(0.5 / (1 + step));
  const auto run = [&](testing::Line& line, std::size_t from, std::size_t to, std::span<float> w,
                       std::span<float> state, std::span<double> out) {
    line.advance(*once,
                 {.rows = std::span(rows).subspan(from, to - from),
                  .batch = 1,
                  .rates = std::span(rates).subspan(from, to - from),
                  .losses = out.subspan(from, to - from),
                  .first_step = from,
                  .seed = 0},
                 w, state);
  };
  testing::Line line({-2, -1, 0, 3}, 1.3);
  std::vector<float> w{2}, state(once->state_per_parameter()), other{2}, other_state(state);
  run(line, 0, 10, w, state, losses);
  run(line, 0, 4, other, other_state, halves);
  run(line, 4, 10, other, other_state, halves);
  EXPECT_EQ(w, other);
  EXPECT_EQ(state, other_state);
  EXPECT_EQ(losses, halves);
}

INSTANTIATE_TEST_SUITE_P(Registry, Rules, ::testing::ValuesIn(engine::UpdateRuleRegistry::instance().names()),
                         [](const auto& rule) { return rule.param; });

TEST(Plain, IsOneFusedMultiplyAdd) {
  const auto plain = engine::UpdateRuleRegistry::instance().make("optimizer rule", "plain");
  std::vector<float> w{1.0F, -2.5F, 3e-8F}, g{0.1F, 7.0F, -1e8F};
  const std::vector<float> before = w;
  plain->update(w, g, {}, {0.3F, 0});
  EXPECT_TRUE(plain->is_plain());
  for (std::size_t j = 0; j < 3; ++j) EXPECT_EQ(w[j], std::fma(-0.3F, g[j], before[j]));
}

TEST(RuleRegistry, IsTheFolder) {
  std::set<std::string> files, registered;
  for (const auto& entry : std::filesystem::directory_iterator(DESCENT_SOURCE_DIR "/src/train/rules"))
    if (entry.path().extension() == ".cpp") files.insert(entry.path().filename());
  for (const auto& entry : engine::UpdateRuleRegistry::instance().entries())
    registered.insert(std::filesystem::path(entry.file).filename());
  EXPECT_EQ(files, registered);
}

}  // namespace
}  // namespace descent::train
