#include "sweep/state.hpp"

#include <algorithm>

namespace descent::sweep {

std::optional<double> WorkloadState::value_at(double target) const {
  if (!record.optimum_value || record.optimum_kind == record::OptimumKind::none) return std::nullopt;
  return *record.optimum_value + target * (record.f0 - *record.optimum_value);
}

bool SweepState::stopping() const {
  return cancel.load(std::memory_order_relaxed) || (stage_deadline && Clock::now() >= *stage_deadline);
}

void SweepState::enter(const std::string& name, std::size_t pieces, double units, double budget_share) {
  const std::lock_guard lock(mutex);
  remaining.enter(name, units, elapsed());
  if (options.budget_seconds)
    stage_deadline = begin + std::chrono::duration_cast<Clock::duration>(
                                 std::chrono::duration<double>(*options.budget_seconds * budget_share));
  observer.stage(name, pieces);
}

void SweepState::counted(double units, bool from_journal) {
  const std::lock_guard lock(mutex);
  remaining.finished(units, from_journal);
}

void SweepState::finished(const std::string& account, const std::string& what, double seconds, double units,
                          bool from_journal) {
  const std::lock_guard lock(mutex);
  if (!account.empty()) spend(account, seconds);
  remaining.finished(units, from_journal);
  observer.piece(what, seconds, from_journal);
  double left = remaining.seconds(elapsed());
  if (options.budget_seconds) left = std::clamp(*options.budget_seconds - elapsed(), 0.0, left);
  observer.progress(remaining.share_of_stage(), left, best);
}

void SweepState::spend(const std::string& account, double seconds) {
  for (record::Spent& spent : report.spent)
    if (spent.what == account) {
      spent.seconds += seconds;
      return;
    }
  report.spent.push_back({account, seconds});
}

void SweepState::warn(const std::string& text) {
  const std::lock_guard lock(mutex);
  observer.warn(text);
}

}  // namespace descent::sweep
