#include "app/ab/rounds.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "app/ab/child.hpp"
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

struct Pair {
  AbSeconds a, b;
};

Pair run_pair(const std::function<AbSeconds(AbArm)>& measure, bool b_first) {
  Pair pair;
  if (b_first) pair.b = measure(AbArm::b);
  pair.a = measure(AbArm::a);
  if (!b_first) pair.b = measure(AbArm::b);
  return pair;
}

/// Two pairs, in orders by the coin; nothing where the time was over before their end.
std::optional<std::pair<Pair, Pair>> run_round(const std::function<AbSeconds(AbArm)>& measure,
                                               core::CounterRandom& coin) {
  try {
    std::pair<Pair, Pair> round;
    round.first = run_pair(measure, coin.next_below(2) == 1);
    round.second = run_pair(measure, coin.next_below(2) == 1);
    return round;
  } catch (const OutOfTime&) {
    return std::nullopt;
  }
}

bool leaves_out_one(const stats::OpenInterval& ends) {
  return (ends.low && *ends.low > 1) || (ends.high && *ends.high < 1);
}

/// By how much A may differ from itself, as |ln ratio|: 0 where it is not told apart from itself.
double own_difference(const stats::OpenInterval& self_ends) {
  if (!leaves_out_one(self_ends)) return 0;
  if (!self_ends.low || !self_ends.high) return std::numeric_limits<double>::infinity();
  return std::max(std::abs(std::log(*self_ends.low)), std::abs(std::log(*self_ends.high)));
}

void judge(const AbPlan& plan, double confidence, AbResult& result) {
  set_ratio(result.log_ratios, confidence, result.ratio, result.ends);
  set_ratio(result.self, confidence, result.self_ratio, result.self_ends);
  result.self_differs = leaves_out_one(result.self_ends);
  result.verdict = AbVerdict::undecided;
  if (!result.ends.low || !result.ends.high) return;
  const double most = 1 + plan.same_within, own = own_difference(result.self_ends);
  if (*result.ends.low >= 1 / most && *result.ends.high <= most) {
    if (!result.self_differs) result.verdict = AbVerdict::same;
  } else if (std::log(*result.ends.low) > own) {
    result.verdict = AbVerdict::faster;
  } else if (std::log(*result.ends.high) < -own) {
    result.verdict = AbVerdict::slower;
  }
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
    core::CounterRandom coin(plan.seed, core::Purpose::order, round);
    const auto pairs = run_round(measure, coin);
    if (!pairs) break;
    const Pair &one = pairs->first, &two = pairs->second;
    const double sign =
        coin.next_below(2) == 1 ? 1 : -1;  // which of A's runs counts as the first: both pairs have a place
    bool decided = true;
    for (AbResult& result : results) {
      const auto log_of = [&](const AbSeconds& seconds) { return std::log(seconds.at(result.name)); };
      result.log_ratios.push_back((log_of(one.b) - log_of(one.a) + log_of(two.b) - log_of(two.a)) / 2);
      result.self.push_back(sign * (log_of(two.a) - log_of(one.a)));
      judge(plan, confidence, result);
      decided = decided && (result.verdict != AbVerdict::undecided || result.self_differs);
    }
    told(static_cast<std::size_t>(round + 1));
    if (decided) break;
  }
  return results;
}

}  // namespace descent::app
