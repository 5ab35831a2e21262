#include "sweep/search/search.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace descent::sweep {

LearningRateSearch::LearningRateSearch(double start, std::vector<std::uint64_t> seeds, std::size_t walking,
                                       std::int64_t max_steps, bool floors)
    : start_(start),
      seeds_(std::move(seeds)),
      walking_(std::min(walking, seeds_.size())),
      met_(walking_),
      max_steps_(max_steps),
      floors_(floors) {
  want(0);
}

double LearningRateSearch::rate_of(int exponent) const {
  return start_ * std::exp2(static_cast<double>(exponent) / kDoubling);
}

std::optional<int> LearningRateSearch::best() const {
  std::optional<int> winner;
  RateScore least{4, 0};
  for (const auto& [exponent, rate] : rates_) {
    if (!rate.closed() || rate.runs().empty() || exponent >= below_) continue;
    if (contending() && contending_.count(exponent) == 0) continue;
    const RateScore found = score(rate);
    if (winner && !(found < least)) continue;
    winner = exponent;
    least = found;
  }
  return winner;
}

bool LearningRateSearch::reached() const {
  const std::optional<int> winner = best();
  return winner && score(rates_.at(*winner)).rank == 0;
}

std::optional<double> LearningRateSearch::best_score() const {
  if (!reached()) return std::nullopt;
  return score(rates_.at(*best())).value;
}

bool LearningRateSearch::at_edge() const { return std::abs(best().value_or(0)) > kDoubling * (kMaxDoublings - 2); }

double LearningRateSearch::best_rate() const { return rate_of(best().value_or(0)); }

/// Steps that the rate's next run may take before the sum over its seeds exceeds the incumbent's; empty if there is no
/// incumbent.
std::optional<double> LearningRateSearch::allowance(const Rate& rate) const {
  const std::optional<double> ert = best_score();
  if (!ert) return std::nullopt;
  double left = *ert * static_cast<double>(met_);
  for (const TrialResult& run : rate.runs()) left -= rate.steps_of(run);
  return left;
}

/// The step from which the next run has to be evaluated. It depends on the steps of one run of the incumbent, not on
/// what is left for all seeds; near a noise floor, where seeds differ much, the whole run is evaluated. So the same
/// rate and seed cross at the same step, whatever was tried before.
std::int64_t LearningRateSearch::look_from(std::optional<double> left) const {
  const std::optional<double> ert = best_score();
  if (!ert || !left) return 0;
  if (contending()) {
    const Rate& incumbent = rates_.at(*best());
    const auto runs = static_cast<double>(incumbent.runs().size());
    if (runs < 2 || incumbent.standard_error() * std::sqrt(runs) > kCalm * *ert) return 0;
  }
  return static_cast<std::int64_t>(std::min({*left, *ert, static_cast<double>(max_steps_)}) / 8);
}

void LearningRateSearch::want(int exponent) {
  if (std::abs(exponent) <= kDoubling * kMaxDoublings) rates_.try_emplace(exponent, rate_of(exponent), max_steps_);
}

/// Requests the next run of every open rate.
std::vector<TrialRequest> LearningRateSearch::open_trials() {
  std::vector<TrialRequest> round;
  const bool first = rates_.size() == 1 || contending_.size() == 1;
  for (auto& [exponent, rate] : rates_) {
    if (rate.closed()) continue;
    const std::optional<double> left = allowance(rate);
    if (left && *left <= 0) {  // possible only after a run that used up the allowance
      rate.stop();
      continue;
    }
    // If there is no incumbent that could stop the rate, its seeds may run side by side.
    const std::size_t begin = rate.runs().size(), end = first ? met_ : begin + 1;
    for (std::size_t s = begin; s < end; ++s) round.push_back({exponent, rate.lr(), seeds_[s], left, look_from(left)});
  }
  return round;
}

/// Opens the untried rates around the best one, with smaller and smaller strides down to `last_stride`; false when
/// there is none left.
bool LearningRateSearch::widen(int last_stride) {
  for (;;) {
    const int centre = *best();
    const std::size_t before = rates_.size();
    for (const int steps : {-2, -1, 1, 2})
      if (std::abs(steps) == 1 || stride_ == kDoubling) want(centre + steps * stride_);
    if (rates_.size() > before) return true;
    if (stride_ <= last_stride || !reached()) return false;  // if no rate reaches the target there is nothing to refine
    stride_ /= 2;
  }
}

/// Opens a rate until it has been tried on all seeds in use.
void LearningRateSearch::contend(int exponent) {
  if (std::abs(exponent) > kDoubling * kMaxDoublings) return;
  contending_.insert(exponent);
  rates_.try_emplace(exponent, rate_of(exponent), max_steps_).first->second.reopen(met_);
}

/// Is the mean of the rate's steps known well enough?
bool LearningRateSearch::steady(const Rate& rate) const {
  if (seeds_.size() == 1) return true;  // full-batch descent is not random
  return rate.standard_error() < kSteady * rate.mean_steps();
}

/// Starts refining, on the seeds of the walk alone, so that the best rate and its neighbours are tried on the same
/// seeds.
bool LearningRateSearch::start_refining() {
  stage_ = Stage::refine;
  contending_.clear();
  met_ = walking_;
  stride_ = kDoubling / 8;
  return widen(seeds_.size() == 1 ? kDoubling / 16 : stride_);
}

/// A rate that beats the winner of the walk on the walk's seeds may just be lucky: it is tried on the other seeds on
/// which the winner was tried.
bool LearningRateSearch::start_confirming(int challenger) {
  stage_ = Stage::confirm;
  met_ = std::min<std::size_t>(kJudgingSeeds, seeds_.size());
  contend(*judged_);
  contend(challenger);
  return true;
}

/// Tries the winner's neighbours at factors of 2^¼ and √2 on all its seeds. If the winner is better than these, runs
/// are cheap, and its mean is known well enough, also those at 2^⅛. False when the winner is confirmed.
bool LearningRateSearch::contend_neighbours() {
  const int winner = *best();
  if (winner % (kDoubling / 4) != 0) return false;  // a rate at a factor of 2^⅛: both rates around it have lost to it
  const std::size_t before = contending_.size();
  for (const int by : {-kDoubling / 2, -kDoubling / 4, kDoubling / 4, kDoubling / 2})
    if (contending_.count(winner + by) == 0) contend(winner + by);
  const bool cheap = seeds_.size() > kMostSeeds;
  if (contending_.size() == before && cheap && reached() && steady(rates_.at(winner)))
    for (const int by : {-kDoubling / 8, kDoubling / 8})
      if (contending_.count(winner + by) == 0) contend(winner + by);
  return contending_.size() > before;
}

/// Opens further rates; false when the search is over.
bool LearningRateSearch::go_on() {
  switch (stage_) {
    case Stage::walk:
      if (widen(kDoubling / 4)) return true;
      if (!reached()) return false;
      if (met_ == seeds_.size()) return steady(rates_.at(*best())) && start_refining();
      stage_ = Stage::judge;
      judged_ = best();
      met_ = std::min<std::size_t>(kJudgingSeeds, seeds_.size());
      contend(*judged_);
      return true;
    case Stage::judge:
      if (steady(rates_.at(*judged_))) return start_refining();
      stage_ = Stage::contend;
      met_ = seeds_.size();
      contend(*judged_);
      return true;
    case Stage::contend:
      return contend_neighbours();
    case Stage::refine:
      if (widen(seeds_.size() == 1 ? kDoubling / 16 : kDoubling / 8)) return true;
      return judged_ && best() != judged_ && start_confirming(*best());
    case Stage::confirm:
    case Stage::lower:
      return false;
  }
  return false;
}

/// The rate whose floor is measured next; empty if the search is over, or if a lower rate has to be tried first.
std::optional<int> LearningRateSearch::next_floor() {
  if (stage_ != Stage::lower && (!floors_ || !reached())) {
    over_ = true;
    return std::nullopt;
  }
  stage_ = Stage::lower;
  if (reached()) return best();
  lowest_ = std::min(lowest_, below_) - kDoubling / 4;
  if (++lowered_ <= kMostLowered && lowest_ >= -kDoubling * kMaxDoublings) {
    contend(lowest_);
  } else {
    below_ = kNoRate, over_ = true;  // no rate has a floor low enough and still reaches the target
  }
  return std::nullopt;
}

std::vector<TrialRequest> LearningRateSearch::next_round() {
  while (!over_) {
    std::vector<TrialRequest> round = open_trials();
    if (!round.empty()) return round;
    if (stage_ != Stage::lower && go_on()) continue;
    if (const std::optional<int> winner = next_floor())
      return {{*winner, rate_of(*winner), seeds_.front(), std::nullopt, 0, true}};
  }
  return {};
}

void LearningRateSearch::record(const TrialRequest& request, const TrialResult& result) {
  if (request.floor) {
    // If the floor could not be measured, the rate is accepted.
    over_ = !(result.floor_high.value_or(0) > kMostFloor);
    if (!over_) below_ = request.exponent;
    return;
  }
  rates_.at(request.exponent).record(result, met_, contending());
}

}  // namespace descent::sweep
