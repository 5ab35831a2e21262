#include "sweep/search.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace descent {

LearningRateSearch::LearningRateSearch(double start, std::vector<std::uint64_t> seeds, std::int64_t max_steps)
    : start_(start), seeds_(std::move(seeds)), max_steps_(max_steps) {
  rates_[0];
}

double LearningRateSearch::rate_of(int exponent) const { return start_ * std::exp2(exponent / 4.0); }

LearningRateSearch::Score LearningRateSearch::score(int exponent, const Rate& rate) const {
  double ert = 0, loss = 0;
  int rank = 0;
  for (const TrialResult& run : rate.runs) {
    rank = std::max(rank, run.status == "reached" ? 0 : run.status == "stopped" ? 1 : run.status == "budget" ? 2 : 3);
    ert += run.steps_to_target.value_or(static_cast<double>(max_steps_)) / static_cast<double>(seeds_.size());
    loss += run.final_loss / static_cast<double>(rate.runs.size());
  }
  return {rank, rank == 0 ? ert : rank == 2 ? loss : rank == 3 ? rate_of(exponent) : 0};
}

std::optional<int> LearningRateSearch::best() const {
  std::optional<int> winner;
  Score least{4, 0};
  for (const auto& [exponent, rate] : rates_) {
    if (!rate.closed || rate.runs.empty()) continue;
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

std::optional<double> LearningRateSearch::best_ert() const {
  if (!reached()) return std::nullopt;
  return score(*best(), rates_.at(*best())).value;
}

bool LearningRateSearch::at_edge() const { return std::abs(best().value_or(0)) > 4 * (kMaxDoublings - 2); }

double LearningRateSearch::best_rate() const { return rate_of(best().value_or(0)); }

/// Steps that the next run may take before the sum over the seeds passes the incumbent's; nothing without an incumbent.
std::optional<double> LearningRateSearch::allowance(const Rate& rate) const {
  const std::optional<double> ert = best_ert();
  if (!ert) return std::nullopt;
  double left = *ert * static_cast<double>(seeds_.size());
  for (const TrialResult& run : rate.runs) left -= run.steps_to_target.value_or(static_cast<double>(max_steps_));
  return left;
}

void LearningRateSearch::want(int exponent) {
  if (std::abs(exponent) <= 4 * kMaxDoublings) rates_.try_emplace(exponent);
}

std::vector<TrialRequest> LearningRateSearch::next_round() {
  while (!over_) {
    std::vector<TrialRequest> round;
    for (auto& [exponent, rate] : rates_) {
      if (rate.closed) continue;
      const std::optional<double> left = allowance(rate);
      if (left && *left <= 0) {  // only after a run that took all of it
        rate.runs.push_back({"stopped", 0, std::nullopt, 0});
        rate.closed = true;
        continue;
      }
      // The very first rate has no incumbent to stop it: its seeds may run side by side.
      const std::size_t first = rate.runs.size(), last = rates_.size() == 1 ? seeds_.size() : first + 1;
      for (std::size_t s = first; s < last; ++s) round.push_back({exponent, rate_of(exponent), seeds_[s], left});
    }
    if (!round.empty()) return round;

    const int centre = *best(), before = static_cast<int>(rates_.size());
    for (const int steps : {-2, -1, 1, 2})
      if (std::abs(steps) == 1 || stride_ == 4) want(centre + steps * stride_);
    if (static_cast<int>(rates_.size()) > before) continue;
    over_ = stride_ == 1 || !reached();  // where nothing reaches the target there is nothing to refine
    stride_ /= 2;
  }
  return {};
}

void LearningRateSearch::record(const TrialRequest& request, const TrialResult& result) {
  Rate& rate = rates_.at(request.exponent);
  rate.runs.push_back(result);
  if (result.status != "reached" || rate.runs.size() == seeds_.size()) rate.closed = true;
}

}  // namespace descent
