#include "sweep/plan/remaining.hpp"

#include <algorithm>

namespace descent::sweep {
namespace {

// largest correction of the plan's estimates; a stage that ended at once says little about others
constexpr double kMostScale = 20;

constexpr double kUntilOver = 0.9;  // share of expected work that pieces may count for, until the work is over

}  // namespace

double Instalments::next() {
  const double units = std::min(piece_, std::max(0.0, kUntilOver * whole_ - counted_));
  counted_ += units;
  return units;
}

void RemainingTime::close(double now) {
  if (fresh_ <= 0 || planned_ <= 0) return;
  measured_ += now - begin_;
  expected_ += stage_seconds_ * std::min(1.0, fresh_ / planned_);
}

void RemainingTime::enter(const std::string& stage, double units, double now) {
  close(now);
  stage_ = stage;
  begin_ = now;
  planned_ = units;
  done_ = fresh_ = stage_seconds_ = later_seconds_ = 0;
  std::size_t at = next_;
  while (at < estimates_.size() && estimates_[at].first != stage) ++at;
  if (at < estimates_.size())
    for (; next_ <= at; ++next_) stage_seconds_ += estimates_[next_].second;
  for (std::size_t later = next_; later < estimates_.size(); ++later) later_seconds_ += estimates_[later].second;
}

void RemainingTime::finished(double units, bool from_journal) {
  done_ += units;
  if (!from_journal) fresh_ += units;
}

double RemainingTime::share_of_stage() const { return planned_ > 0 ? std::min(1.0, done_ / planned_) : 0; }

double RemainingTime::seconds(double now) const {
  const double scale = expected_ > 0 ? std::clamp(measured_ / expected_, 1 / kMostScale, kMostScale) : 1;
  const double left = std::max(0.0, planned_ - done_);
  double per_unit = planned_ > 0 ? scale * stage_seconds_ / planned_ : 0;
  if (fresh_ > 0) per_unit = (now - begin_) / fresh_;
  return left * per_unit + scale * later_seconds_;
}

}  // namespace descent::sweep
