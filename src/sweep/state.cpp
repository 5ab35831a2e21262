#include "sweep/state.hpp"

#include <algorithm>

namespace descent {

std::optional<double> WorkloadState::value_at(double target) const {
  if (!record.optimum_value || record.optimum_kind == "none") return std::nullopt;
  return *record.optimum_value + target * (record.f0 - *record.optimum_value);
}

bool SweepState::stopping() const {
  return cancel.load(std::memory_order_relaxed) || (stage_deadline && Clock::now() >= *stage_deadline);
}

void SweepState::enter(const std::string& name, std::size_t pieces, double units, double budget_share) {
  const std::lock_guard lock(mutex);
  units_done = 0;
  units_planned = units;
  stage_begin = Clock::now();
  later_seconds = 0;
  for (auto stage = estimates.rbegin(); stage != estimates.rend() && stage->first != name; ++stage)
    later_seconds += stage->second;
  if (options.budget_seconds)
    stage_deadline = begin + std::chrono::duration_cast<Clock::duration>(
                                 std::chrono::duration<double>(*options.budget_seconds * budget_share));
  observer.stage(name, pieces);
}

void SweepState::finished(const std::string& account, const std::string& what, double seconds, double units,
                          bool from_journal) {
  const std::lock_guard lock(mutex);
  if (!account.empty()) spend(account, seconds);
  units_done += units;
  observer.piece(what, seconds, from_journal);
  const double share = units_planned > 0 ? std::min(1.0, units_done / units_planned) : 0;
  const double spent = std::chrono::duration<double>(Clock::now() - stage_begin).count();
  // The stage goes on as it went so far; later stages are held against the estimate.
  double remaining = (share > 0 ? spent * (1 - share) / share : 0) + later_seconds;
  if (options.budget_seconds) remaining = std::clamp(*options.budget_seconds - elapsed(), 0.0, remaining);
  observer.progress(share, remaining, best);
}

void SweepState::spend(const std::string& account, double seconds) {
  for (Spent& spent : report.spent)
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

}  // namespace descent
