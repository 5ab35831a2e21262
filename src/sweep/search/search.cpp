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

/// Steps that the next run may take before the sum over the seeds passes the incumbent's; nothing without an incumbent.
std::optional<double> LearningRateSearch::allowance(const Rate& rate) const {
  const std::optional<double> ert = best_score();
  if (!ert) return std::nullopt;
  double left = *ert * static_cast<double>(met_);
  for (const TrialResult& run : rate.runs()) left -= rate.steps_of(run);
  return left;
}

/// Where the next run has to be looked at. It hangs on what one run of the incumbent took, never on what all its seeds
/// are allowed, and while seeds differ much near a noise floor, all of a run counts: the same rate and seed cross at
/// the same step whatever came before.
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

/// The next run of every rate that is open.
std::vector<TrialRequest> LearningRateSearch::open_trials() {
  std::vector<TrialRequest> round;
  const bool first = rates_.size() == 1 || contending_.size() == 1;
  for (auto& [exponent, rate] : rates_) {
    if (rate.closed()) continue;
    const std::optional<double> left = allowance(rate);
    if (left && *left <= 0) {  // only after a run that took all of it
      rate.stop();
      continue;
    }
    // Where no incumbent could stop it, its seeds may run side by side.
    const std::size_t begin = rate.runs().size(), end = first ? met_ : begin + 1;
    for (std::size_t s = begin; s < end; ++s) round.push_back({exponent, rate.lr(), seeds_[s], left, look_from(left)});
  }
  return round;
}

/// Wants what is still to be tried around the best, by ever smaller strides down to the last; false when it has come to
/// its end.
bool LearningRateSearch::widen(int last_stride) {
  for (;;) {
    const int centre = *best();
    const std::size_t before = rates_.size();
    for (const int steps : {-2, -1, 1, 2})
      if (std::abs(steps) == 1 || stride_ == kDoubling) want(centre + steps * stride_);
    if (rates_.size() > before) return true;
    if (stride_ <= last_stride || !reached())
      return false;  // where nothing reaches the target nothing is to be refined
    stride_ /= 2;
  }
}

/// Opens a rate for all seeds there are by now.
void LearningRateSearch::contend(int exponent) {
  if (std::abs(exponent) > kDoubling * kMaxDoublings) return;
  contending_.insert(exponent);
  rates_.try_emplace(exponent, rate_of(exponent), max_steps_).first->second.reopen(met_);
}

/// Is the mean of its steps known well enough?
bool LearningRateSearch::steady(const Rate& rate) const {
  if (seeds_.size() == 1) return true;  // nothing in it is random
  return rate.standard_error() < kSteady * rate.mean_steps();
}

/// On the seeds of the walk alone, which the same rate's neighbours meet too.
bool LearningRateSearch::start_refining() {
  stage_ = Stage::refine;
  contending_.clear();
  met_ = walking_;
  stride_ = kDoubling / 8;
  return widen(seeds_.size() == 1 ? kDoubling / 16 : stride_);
}

/// What beats the winner of the walk on the walk's seeds may owe it to luck: it meets the others that the winner has
/// met.
bool LearningRateSearch::start_confirming(int challenger) {
  stage_ = Stage::confirm;
  met_ = std::min<std::size_t>(kJudgingSeeds, seeds_.size());
  contend(*judged_);
  contend(challenger);
  return true;
}

/// The winner's neighbours meet its seeds too: those by 2^¼ and √2, and where it is the best of them and runs are cheap
/// those by 2^⅛, if its mean is known well enough to tell. False when the winner stands.
bool LearningRateSearch::contend_neighbours() {
  const int winner = *best();
  if (winner % (kDoubling / 4) != 0) return false;  // one by 2^⅛, between two that have lost to it
  const std::size_t before = contending_.size();
  for (const int by : {-kDoubling / 2, -kDoubling / 4, kDoubling / 4, kDoubling / 2})
    if (contending_.count(winner + by) == 0) contend(winner + by);
  const bool cheap = seeds_.size() > kMostSeeds;
  if (contending_.size() == before && cheap && reached() && steady(rates_.at(winner)))
    for (const int by : {-kDoubling / 8, kDoubling / 8})
      if (contending_.count(winner + by) == 0) contend(winner + by);
  return contending_.size() > before;
}

/// Wants more; false when the search is over.
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

/// The rate whose floor is to be measured next; nothing when the search is over, or where a lower rate is to be tried
/// before that.
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
    below_ = kNoRate, over_ = true;  // no rate is low enough and still reaches the target
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
    // Without a figure nothing speaks against the rate.
    over_ = !(result.floor_high.value_or(0) > kMostFloor);
    if (!over_) below_ = request.exponent;
    return;
  }
  rates_.at(request.exponent).record(result, met_, contending());
}

}  // namespace descent::sweep
