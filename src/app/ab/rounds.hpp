#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "descent/stats/interval.hpp"

namespace descent::app {

// Two commands, A and B, whose times are compared while they are taken, until the comparison is decided.

enum class AbArm { a, b };
enum class AbVerdict { undecided, faster, slower, same };
const char* to_text(AbVerdict verdict);

/// What is compared, by name: one command's time, or the steps of each benchmark that both programs have.
using AbSeconds = std::map<std::string, double>;

/// What the rounds so far say of one name. Ratios are A's seconds over B's: 2 is "B is twice as fast".
struct AbResult {
  std::string name;
  std::vector<double> log_ratios, self;  ///< ln of B's over A's seconds, of a second run of A over A's; round by round
  AbVerdict verdict = AbVerdict::undecided;
  double ratio = 1;          ///< median
  stats::OpenInterval ends;  ///< of a confidence sequence of the median
  double self_ratio = 1;
  stats::OpenInterval self_ends;
  bool self_differs = false;  ///< A is told apart from itself: what is no larger than that is no verdict
};

struct AbPlan {
  double budget_seconds = 300;
  double same_within = 0.02;
  double confidence = 0.95;  ///< of all names together
  std::uint64_t seed = 0;    ///< of the coin
};

/// Rounds of two pairs of processes, each A and B or B and A by a coin, until every name is decided or the budget would
/// be over before the next round is. Before them one run of each that does not count. A verdict is
///   slower, faster  the median ratio's confidence sequence leaves out 1, and does not lie in the band
///   same            it lies in the band, 1 / (1 + same_within) to 1 + same_within
/// Where A is told apart from itself there is no `same`, and `slower` and `faster` only where all of the interval is
/// further from 1 than all of A's own is. A verdict holds however often one looks: a round's sign is a fair coin where
/// A and B do not differ, since their places in the pairs were drawn, and each ran as often as the other. `measure`
/// runs an arm once, and throws OutOfTime where the budget is over before its end: that round does not count. `now`:
/// seconds of a clock. Throws join::NotComparable where the arms have no name in common, and OutOfTime where there is
/// no time for the runs before the first round.
std::vector<AbResult> run_rounds(const AbPlan& plan, const std::function<AbSeconds(AbArm)>& measure,
                                 const std::function<double()>& now, const std::function<void(std::size_t)>& told);

}  // namespace descent::app
