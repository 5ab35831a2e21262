#include "sweep/search.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace descent {

LearningRateSearch::LearningRateSearch(double start, std::vector<std::uint64_t> seeds, std::size_t walking,
                                       std::int64_t max_steps)
    : start_(start), seeds_(std::move(seeds)), met_(std::min(walking, seeds_.size())), max_steps_(max_steps) {
  rates_[0];
}

double LearningRateSearch::rate_of(int exponent) const { return start_ * std::exp2(exponent / 4.0); }

LearningRateSearch::Score LearningRateSearch::score(int exponent, const Rate& rate) const {
  double steps = 0, loss = 0;
  int stopped = 0, short_of = 0, diverged = 0;
  for (const TrialResult& run : rate.runs) {
    stopped += run.status == "stopped";
    short_of += run.status == "budget";
    diverged += run.status == "diverged";
    steps += run.steps_to_target.value_or(static_cast<double>(max_steps_));
    loss += run.final_loss / static_cast<double>(rate.runs.size());
  }
  const bool met_all = rate.runs.size() == met_;
  const auto reached = static_cast<double>(rate.runs.size()) - short_of;
  if (diverged > 0) return {3, rate_of(exponent)};
  if (stopped > 0) return {1, 0};
  if (short_of > 0 && (!met_all || reached == 0 || contending_.empty())) return {2, loss};
  return {0, steps / reached + (contending_.empty() || !met_all ? 0 : standard_error(rate))};
}

/// Of the mean of its steps, those short of the target counting as the budget; two runs or more.
double LearningRateSearch::standard_error(const Rate& rate) const {
  double mean = 0, squares = 0;
  const auto count = static_cast<double>(rate.runs.size());
  const auto steps = [this](const TrialResult& run) {
    return run.steps_to_target.value_or(static_cast<double>(max_steps_));
  };
  for (const TrialResult& run : rate.runs) mean += steps(run) / count;
  for (const TrialResult& run : rate.runs) squares += (steps(run) - mean) * (steps(run) - mean);
  return std::sqrt(squares / (count - 1) / count);
}

std::optional<int> LearningRateSearch::best() const {
  std::optional<int> winner;
  Score least{4, 0};
  for (const auto& [exponent, rate] : rates_) {
    if (!rate.closed || rate.runs.empty()) continue;
    if (!contending_.empty() && contending_.count(exponent) == 0) continue;
    const Score found = score(exponent, rate);
    if (winner && !(found < least)) continue;
    winner = exponent;
    least = found;
  }
  return winner;
}

bool LearningRateSearch::reached() const {
  const std::optional<int> winner = best();
  return winner && score(*winner, rates_.at(*winner)).rank == 0;
}

std::optional<double> LearningRateSearch::best_score() const {
  if (!reached()) return std::nullopt;
  return score(*best(), rates_.at(*best())).value;
}

bool LearningRateSearch::at_edge() const { return std::abs(best().value_or(0)) > 4 * (kMaxDoublings - 2); }

double LearningRateSearch::best_rate() const { return rate_of(best().value_or(0)); }

/// Steps that the next run may take before the sum over the seeds passes the incumbent's; nothing without an incumbent.
std::optional<double> LearningRateSearch::allowance(const Rate& rate) const {
  const std::optional<double> ert = best_score();
  if (!ert) return std::nullopt;
  double left = *ert * static_cast<double>(met_);
  for (const TrialResult& run : rate.runs) left -= run.steps_to_target.value_or(static_cast<double>(max_steps_));
  return left;
}

/// Where the next run has to be looked at. It hangs on what one run of the incumbent took, never on what all its seeds
/// are allowed, and while seeds differ much near a noise floor, all of a run counts: the same rate and seed cross at
/// the same step whatever came before.
std::int64_t LearningRateSearch::look_from(std::optional<double> left) const {
  const std::optional<double> ert = best_score();
  if (!ert || !left) return 0;
  if (!contending_.empty()) {
    const Rate& incumbent = rates_.at(*best());
    const auto runs = static_cast<double>(incumbent.runs.size());
    if (runs < 2 || standard_error(incumbent) * std::sqrt(runs) > kCalm * *ert) return 0;
  }
  return static_cast<std::int64_t>(std::min({*left, *ert, static_cast<double>(max_steps_)}) / 8);
}

void LearningRateSearch::want(int exponent) {
  if (std::abs(exponent) <= 4 * kMaxDoublings) rates_.try_emplace(exponent);
}

/// The next run of every rate that is open.
std::vector<TrialRequest> LearningRateSearch::open_trials() {
  std::vector<TrialRequest> round;
  const bool first = rates_.size() == 1 || contending_.size() == 1;
  for (auto& [exponent, rate] : rates_) {
    if (rate.closed) continue;
    const std::optional<double> left = allowance(rate);
    if (left && *left <= 0) {  // only after a run that took all of it
      rate.runs.push_back({"stopped", 0, std::nullopt, 0});
      rate.closed = true;
      continue;
    }
    // Where no incumbent could stop it, its seeds may run side by side.
    const std::size_t begin = rate.runs.size(), end = first ? met_ : begin + 1;
    for (std::size_t s = begin; s < end; ++s)
      round.push_back({exponent, rate_of(exponent), seeds_[s], left, look_from(left)});
  }
  return round;
}

/// Wants what the walk still has to try; false when it has come to its end.
bool LearningRateSearch::widen_walk() {
  for (;;) {
    const int centre = *best();
    const std::size_t before = rates_.size();
    for (const int steps : {-2, -1, 1, 2})
      if (std::abs(steps) == 1 || stride_ == 4) want(centre + steps * stride_);
    if (rates_.size() > before) return true;
    if (stride_ == 1 || !reached()) return false;  // where nothing reaches the target there is nothing to refine
    stride_ /= 2;
  }
}

/// Opens a rate for all seeds there are by now. One that diverged has had its chance.
void LearningRateSearch::contend(int exponent) {
  if (std::abs(exponent) > 4 * kMaxDoublings) return;
  contending_.insert(exponent);
  Rate& rate = rates_[exponent];
  std::erase_if(rate.runs, [](const TrialResult& run) { return run.status == "stopped"; });
  rate.closed = rate.runs.size() >= met_ || std::any_of(rate.runs.begin(), rate.runs.end(), [](const TrialResult& run) {
                  return run.status == "diverged";
                });
}

/// Wants more seeds for the winner, or for its neighbours; false when the winner stands.
bool LearningRateSearch::question() {
  const std::optional<int> winner = best();
  if (!winner) return false;
  if (contending_.empty()) {
    if (!reached() || met_ >= seeds_.size()) return false;
    met_ = std::min<std::size_t>(kJudgingSeeds, seeds_.size());
    contend(*winner);
    return true;
  }
  if (contending_.size() == 1 && met_ < seeds_.size()) {
    const Rate& rate = rates_.at(*winner);
    double steps = 0;
    for (const TrialResult& run : rate.runs) steps += run.steps_to_target.value_or(static_cast<double>(max_steps_));
    if (standard_error(rate) * static_cast<double>(rate.runs.size()) < kSteady * steps) return false;
    met_ = seeds_.size();
    contend(*winner);
    return true;
  }
  const std::size_t before = contending_.size();
  for (const int steps : {-2, -1, 1, 2})
    if (contending_.count(*winner + steps) == 0) contend(*winner + steps);
  return contending_.size() > before;
}

std::vector<TrialRequest> LearningRateSearch::next_round() {
  while (!over_) {
    std::vector<TrialRequest> round = open_trials();
    if (!round.empty()) return round;
    over_ = (!contending_.empty() || !widen_walk()) && !question();
  }
  return {};
}

void LearningRateSearch::record(const TrialRequest& request, const TrialResult& result) {
  Rate& rate = rates_.at(request.exponent);
  rate.runs.push_back(result);
  const bool may_go_on = result.status == "reached" || (result.status == "budget" && !contending_.empty());
  if (!may_go_on || rate.runs.size() == met_) rate.closed = true;
}

}  // namespace descent
