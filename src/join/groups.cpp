#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "descent/core/text.hpp"
#include "descent/stats/summary.hpp"
#include "descent/stats/two_samples.hpp"
#include "join/comparing.hpp"

namespace descent::join {
namespace {

/// Upper ends of the ranges of batch sizes that are commonly called small, medium and large.
constexpr std::int64_t kRangeEnds[] = {32, 256, 2048};

std::string range_of(const CellRatio& cell) {
  if (cell.full_batch) return "full batch";
  std::int64_t from = 1;
  for (const std::int64_t end : kRangeEnds) {
    if (cell.batch <= end)
      return fmt::format("batch {} to {}", from, core::with_thousands(static_cast<std::uint64_t>(end)));
    from = end + 1;
  }
  return fmt::format("batch from {} on", core::with_thousands(static_cast<std::uint64_t>(from)));
}

/// For each process, the mean over cells of ln seconds relative to the cell's median, so that a process without some
/// cell does not look fast or slow. Cells of a process share its conditions, so only processes are independent.
LogSeconds means_of_processes(const std::vector<const TimedCell*>& cells) {
  const auto means = [&](std::vector<double> LogSeconds::*side) {
    std::size_t processes = 0;
    for (const TimedCell* cell : cells) processes = std::max(processes, (cell->seconds.*side).size());
    std::vector<double> result;
    for (std::size_t process = 0; process < processes; ++process) {
      std::vector<double> away;
      for (const TimedCell* cell : cells) {
        const std::vector<double>& seconds = cell->seconds.*side;
        if (process < seconds.size()) away.push_back(seconds[process] - stats::median(seconds));
      }
      result.push_back(stats::mean(away));
    }
    return result;
  };
  return {means(&LogSeconds::base), means(&LogSeconds::found)};
}

GroupRatio describe(GroupKind kind, const std::string& name, const std::vector<const TimedCell*>& timed,
                    const std::vector<const CellRatio*>& cells) {
  GroupRatio group;
  group.kind = kind, group.name = name, group.cells = static_cast<int>(cells.size());
  double sum = 0;
  for (const CellRatio* cell : cells) {
    sum += std::log(*cell->ratio);
    (cell->verdict == CellVerdict::faster   ? group.faster
     : cell->verdict == CellVerdict::slower ? group.slower
     : cell->verdict == CellVerdict::same   ? group.same
                                            : group.inconclusive)++;
  }
  const double centre = sum / static_cast<double>(cells.size());
  group.ratio = std::exp(centre);
  const LogRatio scatter = log_ratio(means_of_processes(timed));
  if (scatter.interval) {
    group.low = std::exp(centre + scatter.interval->low - scatter.centre);
    group.high = std::exp(centre + scatter.interval->high - scatter.centre);
  }
  return group;
}

}  // namespace

std::vector<GroupRatio> compare_groups(const std::vector<TimedCell>& timed, const std::vector<CellRatio>& cells) {
  std::vector<GroupRatio> groups;
  const auto add = [&](GroupKind kind, const std::function<std::string(const CellRatio&)>& name_of) {
    std::vector<std::string> names;  // in the order of the cells
    std::map<std::string, std::vector<const TimedCell*>> timed_of;
    std::map<std::string, std::vector<const CellRatio*>> cells_of;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string name = name_of(cells[i]);
      if (!cells_of.contains(name)) names.push_back(name);
      timed_of[name].push_back(&timed[i]), cells_of[name].push_back(&cells[i]);
    }
    for (const std::string& name : names) groups.push_back(describe(kind, name, timed_of[name], cells_of[name]));
  };
  add(GroupKind::all, [](const CellRatio&) { return std::string(); });
  add(GroupKind::loss, [](const CellRatio& cell) { return cell.loss; });
  add(GroupKind::batch_range, range_of);
  add(GroupKind::threads,
      [](const CellRatio& cell) { return fmt::format("{} thread{}", cell.threads, cell.threads == 1 ? "" : "s"); });
  return groups;
}

std::vector<SentinelRatio> compare_sentinels(const record::Report& base, const record::Report& found) {
  const auto by_process = [](const record::Report& report, double record::Sentinel::*seconds) {
    std::map<int, std::vector<double>> logs;
    for (const record::Sentinel& sentinel : report.sentinels)
      if (sentinel.*seconds > 0) logs[sentinel.invocation].push_back(std::log(sentinel.*seconds));
    std::vector<double> means;
    for (const auto& [process, values] : logs) means.push_back(stats::mean(values));
    return means;
  };
  std::vector<SentinelRatio> ratios;
  for (const auto& [kind, seconds] : {std::pair{SentinelKind::arithmetic, &record::Sentinel::fma_seconds},
                                      {SentinelKind::cache, &record::Sentinel::cache_seconds},
                                      {SentinelKind::memory, &record::Sentinel::memory_seconds}}) {
    const LogSeconds logs{by_process(base, seconds), by_process(found, seconds)};
    if (logs.base.empty() || logs.found.empty()) continue;
    const LogRatio ratio = log_ratio(logs);
    SentinelRatio row{kind, std::exp(ratio.centre), {}, {}};
    if (ratio.interval) row.low = std::exp(ratio.interval->low), row.high = std::exp(ratio.interval->high);
    ratios.push_back(row);
  }
  return ratios;
}

bool take_turns(const record::Report& base, const record::Report& found) {
  std::vector<std::pair<std::string, bool>> processes;
  for (const record::Report* report : {&base, &found})
    for (const record::Invocation& process : report->invocations)
      processes.emplace_back(process.date, report == &found);
  constexpr std::size_t kLeast = 3;
  if (base.invocations.size() < kLeast || found.invocations.size() < kLeast || &base == &found) return false;
  std::stable_sort(processes.begin(), processes.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::size_t stretch = 0;
  for (std::size_t i = 0; i < processes.size(); ++i) {
    stretch = i > 0 && processes[i].second == processes[i - 1].second ? stretch + 1 : 1;
    if (stretch > 2 || processes[i].first.empty()) return false;
  }
  return true;
}

}  // namespace descent::join
