#include "sweep/search/rate.hpp"

#include <algorithm>
#include <cmath>
#include <span>

namespace descent::sweep {

using record::TrialStatus;

void Rate::record(const TrialResult& run, std::size_t met, bool contending) {
  runs_.push_back(run);
  const bool may_go_on = run.status == TrialStatus::reached || (run.status == TrialStatus::budget && contending);
  if (!may_go_on || runs_.size() == met) closed_ = true;
}

void Rate::stop() {
  runs_.push_back({TrialStatus::stopped, 0, std::nullopt, 0});
  closed_ = true;
}

void Rate::reopen(std::size_t met) {
  std::erase_if(runs_, [](const TrialResult& run) { return run.status == TrialStatus::stopped; });
  closed_ = runs_.size() >= met || std::any_of(runs_.begin(), runs_.end(), [](const TrialResult& run) {
              return run.status == TrialStatus::diverged;
            });
}

double Rate::mean_steps() const {
  double mean = 0;
  for (const TrialResult& run : runs_) mean += steps_of(run) / static_cast<double>(runs_.size());
  return mean;
}

double Rate::standard_error() const {
  const auto count = static_cast<double>(runs_.size());
  const double mean = mean_steps();
  double squares = 0;
  for (const TrialResult& run : runs_) squares += (steps_of(run) - mean) * (steps_of(run) - mean);
  return std::sqrt(squares / (count - 1) / count);
}

RateScore Rate::score(std::size_t met, bool contending) const {
  double steps = 0, loss = 0;
  int stopped = 0, short_of = 0, diverged = 0;
  const std::size_t count = std::min(runs_.size(), met);
  for (const TrialResult& run : std::span(runs_).first(count)) {
    stopped += run.status == TrialStatus::stopped;
    short_of += run.status == TrialStatus::budget;
    diverged += run.status == TrialStatus::diverged;
    steps += steps_of(run);
    loss += run.final_loss / static_cast<double>(count);
  }
  const bool met_all = count == met;
  const auto reached = static_cast<double>(count) - short_of;
  if (diverged > 0) return {3, lr_};
  if (stopped > 0) return {1, 0};
  if (short_of > 0 && (!met_all || reached == 0 || !contending)) return {2, loss};
  return {0, steps / reached + (contending && met_all ? standard_error() : 0)};
}

}  // namespace descent::sweep
