#include "analysis/disturbance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "analysis/same_cell.hpp"
#include "analysis/tables.hpp"
#include "analysis/times.hpp"
#include "descent/analysis/timing_checks.hpp"
#include "descent/stats/stability.hpp"
#include "descent/stats/summary.hpp"

namespace descent::analysis {
namespace {

constexpr double kMostVariation = 0.02;  // of a sentinel's times within a process (decision 10)
constexpr double kMostFrequencyChange = 0.05;
constexpr double kTrendLevel = 0.01;  // family-wise level, over processes and kernels
constexpr double kMostOfCells = 0.8;  // share of cells whose precision is reported; the worst fifth is ignored
constexpr record::Doubt kFlags[] = {record::Doubt::sentinels, record::Doubt::trend, record::Doubt::steal,
                                    record::Doubt::frequency};

constexpr std::array<std::pair<const char*, double record::Sentinel::*>, 3> kKernels{
    {{"fma", &record::Sentinel::fma_seconds},
     {"cache", &record::Sentinel::cache_seconds},
     {"memory", &record::Sentinel::memory_seconds}}};

/// The figures of one process; 0 or "" if not known.
struct Facts {
  double variation = 0, correlation = 0, steal = 0, frequency = 0;
  std::string variation_of, correlation_of;
  bool trends = false;
};

void look_at_sentinels(const record::Report& report, int invocation, Facts& facts) {
  const double level =
      kTrendLevel / static_cast<double>(kKernels.size() * std::max<std::size_t>(1, report.invocations.size()));
  for (const auto& [name, member] : kKernels) {
    std::vector<double> seconds;
    for (const record::Sentinel& sentinel : report.sentinels)
      if (sentinel.invocation == invocation) seconds.push_back(sentinel.*member);
    if (seconds.size() < 2 || !(stats::mean(seconds) > 0)) continue;
    const double variation = std::sqrt(stats::variance(seconds)) / stats::mean(seconds);
    if (variation > facts.variation) facts.variation = variation, facts.variation_of = name;
    const auto trend = stats::rank_trend(seconds);
    if (!trend || trend->p > level || std::abs(trend->correlation) <= std::abs(facts.correlation)) continue;
    facts.trends = true, facts.correlation = trend->correlation, facts.correlation_of = name;
  }
}

Facts facts_of(const record::Report& report, const record::Invocation& invocation) {
  Facts facts;
  look_at_sentinels(report, invocation.id, facts);
  // Steal is reported as a share of all CPUs' time.
  const double cpus = std::max(1, report.context.num_cpus);
  facts.steal = invocation.seconds > 0 ? invocation.steal_seconds / (cpus * invocation.seconds)
                                       : (invocation.steal_seconds > 0 ? 1 : 0);
  if (invocation.mhz_before && invocation.mhz_after && *invocation.mhz_before > 0)
    facts.frequency = std::abs(*invocation.mhz_after / *invocation.mhz_before - 1);
  return facts;
}

std::set<record::Doubt> flags_of(const Facts& facts) {
  std::set<record::Doubt> flags;
  if (facts.variation > kMostVariation) flags.insert(record::Doubt::sentinels);
  if (facts.trends) flags.insert(record::Doubt::trend);
  if (facts.steal > 0) flags.insert(record::Doubt::steal);
  if (facts.frequency > kMostFrequencyChange) flags.insert(record::Doubt::frequency);
  return flags;
}

std::string note_of(record::Doubt flag, const Facts& worst, const std::string& where) {
  if (flag == record::Doubt::sentinels)
    return fmt::format("sentinel kernels vary by up to {:.0f} % ({}){}", 100 * worst.variation, worst.variation_of,
                       where);
  if (flag == record::Doubt::trend)
    return fmt::format("the {} sentinel {} within a process (rank correlation {:.2f}){}", worst.correlation_of,
                       worst.correlation > 0 ? "slows down" : "gets faster", worst.correlation, where);
  if (flag == record::Doubt::steal)
    return fmt::format("other guests had up to {:.2g} % of the CPU time{}", 100 * worst.steal, where);
  return fmt::format("the clock rate changed by up to {:.0f} %{}", 100 * worst.frequency, where);
}

record::Verdict verdict_of(bool good) { return good ? record::Verdict::ok : record::Verdict::suspect; }

void check_processes(const record::Report& report, std::vector<record::Check>& checks) {
  std::map<record::Doubt, int> flagged;
  Facts worst;
  for (const record::Invocation& invocation : report.invocations) {
    const Facts facts = facts_of(report, invocation);
    for (const record::Doubt flag : flags_of(facts)) ++flagged[flag];
    if (facts.variation > worst.variation) worst.variation = facts.variation, worst.variation_of = facts.variation_of;
    if (std::abs(facts.correlation) > std::abs(worst.correlation))
      worst.correlation = facts.correlation, worst.correlation_of = facts.correlation_of;
    worst.steal = std::max(worst.steal, facts.steal);
    worst.frequency = std::max(worst.frequency, facts.frequency);
  }
  for (const record::Doubt flag : kFlags) {
    const record::Real value = flag == record::Doubt::sentinels ? worst.variation
                               : flag == record::Doubt::trend   ? worst.correlation
                               : flag == record::Doubt::steal   ? worst.steal
                                                                : worst.frequency;
    const int count = flagged[flag];
    const std::string where = fmt::format(" in {} of {} processes", count, report.invocations.size());
    checks.push_back({record::CheckKind::disturbance, record::to_text(flag), verdict_of(count == 0), value,
                      std::nullopt, std::nullopt, count == 0 ? "" : note_of(flag, worst, where)});
  }
}

void check_samples(const record::Report& report, std::vector<record::Check>& checks) {
  int disturbed = 0, unbound = 0;
  double least = 1;
  for (const record::Timing& timing : report.timings) {
    disturbed += timing.suspect;
    unbound += timing.unbound > 0;
    if (!timing.oversubscribed) least = std::min(least, timing.cpu_share);
  }
  const auto all = static_cast<double>(report.timings.size());
  checks.push_back(
      {record::CheckKind::disturbance, "timings", verdict_of(disturbed == 0), disturbed / all, std::nullopt,
       std::nullopt,
       fmt::format("{} of {} timings stayed disturbed after being taken again; a worker had its CPU for as little as "
                   "{:.0f} % of a sample",
                   disturbed, report.timings.size(), 100 * least)});
  if (unbound > 0)
    checks.push_back(
        {record::CheckKind::disturbance, "binding", record::Verdict::suspect, unbound / all, std::nullopt, std::nullopt,
         fmt::format("in {} of {} timings a worker could not be bound to its CPU", unbound, report.timings.size())});
}

void check_precision(const record::Report& report, std::vector<record::Check>& checks) {
  double asked = 0;
  for (const record::Invocation& invocation : report.invocations) asked = std::max(asked, invocation.precision);
  std::vector<double> widths;
  for (const record::Series& series : report.series)
    for (const record::Cell* const cell : timed_cells(report, series)) {
      const CellTimes times = cell_times(report, series, *cell);
      const auto interval = times.interval(seed_of(series.id + cell->engine + std::to_string(cell->threads)));
      if (interval && times.centre().value_or(0) > 0)
        widths.push_back(0.5 * (interval->high - interval->low) / *times.centre());
    }
  if (widths.empty() || !(asked > 0)) return;
  int rounds = 0;
  for (const record::Invocation& invocation : report.invocations) rounds = std::max(rounds, invocation.rounds);
  const double reached = stats::quantile(widths, kMostOfCells);
  const bool good = reached <= asked;
  checks.push_back({record::CheckKind::precision, "timings", verdict_of(good), reached, std::nullopt, std::nullopt,
                    fmt::format("four of five cells are known to ±{:.2g} %, asked for ±{:.2g} %: {} processes of up to "
                                "{} rounds{}",
                                100 * reached, 100 * asked, report.invocations.size(), rounds,
                                !good && rounds >= kMostTimingRounds ? ", the most there are" : "")});
}

}  // namespace

std::map<int, std::set<record::Doubt>> flags_of_invocations(const record::Report& report) {
  std::map<int, std::set<record::Doubt>> flags;
  for (const record::Invocation& invocation : report.invocations)
    flags[invocation.id] = flags_of(facts_of(report, invocation));
  return flags;
}

std::optional<StepSeconds> step_seconds_of_run(const record::Report& report, const record::Trajectory& run,
                                               const record::Cell& cell) {
  const CellTimes times = cell_times(report, cell, steps_of_run(report, run));
  const std::optional<double> centre = times.centre();
  if (!centre) return {};
  StepSeconds result{*centre, {}, {}};
  if (const auto interval = times.interval(seed_of(run.id + cell.id)))
    result.low = interval->low, result.high = interval->high;
  return result;
}

std::vector<record::Check> check_timings(const record::Report& report) {
  if (report.timings.empty()) return {};
  std::vector<record::Check> checks = compare_with_itself(report.timings, report.invocations);
  check_samples(report, checks);
  check_processes(report, checks);
  check_precision(report, checks);
  return checks;
}

}  // namespace descent::analysis
