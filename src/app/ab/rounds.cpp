#include "app/ab/rounds.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "descent/core/random.hpp"
#include "descent/join/comparison.hpp"
#include "descent/stats/median_sequence.hpp"
#include "descent/stats/summary.hpp"

namespace descent::app {
namespace {

/// The median of A's over B's seconds and its interval, of ln(B/A).
void set_ratio(const std::vector<double>& logs, double confidence, double& ratio, stats::OpenInterval& ends) {
  ratio = std::exp(-stats::median(logs));
  const stats::OpenInterval found = stats::median_sequence(logs, confidence);
  if (found.low) ends.high = std::exp(-*found.low);
  if (found.high) ends.low = std::exp(-*found.high);
}

void judge(const AbPlan& plan, double confidence, AbResult& result) {
  set_ratio(result.log_ratios, confidence, result.ratio, result.ends);
  set_ratio(result.self, confidence, result.self_ratio, result.self_ends);
  result.unsound =
      (result.self_ends.low && *result.self_ends.low > 1) || (result.self_ends.high && *result.self_ends.high < 1);
  result.verdict = AbVerdict::undecided;
  if (!result.ends.low || !result.ends.high || result.unsound) return;
  const double most = 1 + plan.same_within;
  if (*result.ends.low >= 1 / most && *result.ends.high <= most)
    result.verdict = AbVerdict::same;
  else if (*result.ends.low > 1)
    result.verdict = AbVerdict::faster;
  else if (*result.ends.high < 1)
    result.verdict = AbVerdict::slower;
}

}  // namespace

const char* to_text(AbVerdict verdict) {
  switch (verdict) {
    case AbVerdict::faster:
      return "faster";
    case AbVerdict::slower:
      return "slower";
    case AbVerdict::same:
      return "same";
    case AbVerdict::undecided:
      break;
  }
  return "undecided";
}

std::vector<AbResult> run_rounds(const AbPlan& plan, const std::function<AbSeconds(AbArm)>& measure,
                                 const std::function<double()>& now, const std::function<void(std::size_t)>& told) {
  const double begin = now();
  const AbSeconds of_a = measure(AbArm::a), of_b = measure(AbArm::b);
  std::vector<AbResult> results;
  for (const auto& [name, seconds] : of_a)
    if (of_b.contains(name)) results.emplace_back().name = name;
  if (results.empty())
    throw join::NotComparable("ab: found no benchmark that both programs have; expected one or more of equal name");
  const double confidence = 1 - (1 - plan.confidence) / static_cast<double>(results.size());
  const double first = now();
  for (std::uint64_t round = 0;; ++round) {
    const double used = now() - begin, each = round == 0 ? 0 : (now() - first) / static_cast<double>(round);
    if (used + each > plan.budget_seconds) break;
    std::array<std::uint32_t, 3> order{0, 1, 2};  // A, A again, B
    core::shuffle(order, core::CounterRandom(plan.seed, core::Purpose::order, round));
    std::array<AbSeconds, 3> seconds;
    for (const std::uint32_t place : order) seconds[place] = measure(place == 2 ? AbArm::b : AbArm::a);
    bool decided = true;
    for (AbResult& result : results) {
      const double a = seconds[0].at(result.name);
      result.log_ratios.push_back(std::log(seconds[2].at(result.name) / a));
      result.self.push_back(std::log(seconds[1].at(result.name) / a));
      judge(plan, confidence, result);
      decided = decided && (result.verdict != AbVerdict::undecided || result.unsound);
    }
    told(static_cast<std::size_t>(round + 1));
    if (decided) break;
  }
  return results;
}

}  // namespace descent::app
