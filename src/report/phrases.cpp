#include "report/phrases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "descent/record/find.hpp"
#include "report/format.hpp"

namespace descent::report {
namespace {

const record::Series* series_of(const record::Report& report, const record::Cell& cell) {
  for (const record::Series& series : report.series)
    if (record::times(cell, series)) return &series;
  return nullptr;
}

/// Do several optimizers of this workload take mini-batches, or several the whole batch?
bool needs_optimizer(const record::Report& report, const record::Series& series) {
  return std::any_of(report.series.begin(), report.series.end(), [&](const record::Series& other) {
    return other.workload == series.workload && other.full_batch == series.full_batch &&
           other.optimizer != series.optimizer;
  });
}

std::string engine_phrase(const record::Report& report, const record::Cell& cell) {
  const bool several = std::any_of(report.cells.begin(), report.cells.end(), [&](const record::Cell& other) {
    return other.workload == cell.workload && other.engine != cell.engine;
  });
  return several ? " with engine " + cell.engine : "";
}

/// "3", "1 or 2", "1, 2 or 4".
std::string alternatives(const std::vector<int>& numbers) {
  std::string text;
  for (std::size_t i = 0; i < numbers.size(); ++i)
    text += (i == 0 ? "" : i + 1 == numbers.size() ? " or " : ", ") + count_text(numbers[i]);
  return text;
}

/// Cells that one phrase names: "batch 32 and 64 on 1 or 2 threads".
struct Group {
  std::string before, after;          ///< "batch ", or of a whole batch all that stands before the threads
  std::vector<std::int64_t> batches;  ///< of mini-batches
  std::vector<int> threads;
};

Group group_of(const record::Report& report, const record::Cell& cell) {
  const record::Series* const series = series_of(report, cell);
  const std::string after =
      (cell.ranks == 1 ? "" : fmt::format(" of {} ranks", cell.ranks)) + engine_phrase(report, cell);
  if (series != nullptr && series->full_batch) return {batch_phrase(report, *series), after, {}, {cell.threads}};
  const bool named = series != nullptr && needs_optimizer(report, *series);
  return {named ? series->optimizer + " with batch " : "batch ", after, {cell.batch}, {cell.threads}};
}

/// Puts each group's `take` together where all else is equal.
template <class T>
std::vector<Group> joined(const std::vector<Group>& groups, std::vector<T> Group::*take) {
  std::vector<Group> result;
  for (const Group& group : groups) {
    const auto same = std::find_if(result.begin(), result.end(), [&](Group other) {
      other.*take = group.*take;
      return !group.threads.empty() && other.batches == group.batches && other.threads == group.threads &&
             other.before == group.before && other.after == group.after;
    });
    if (same == result.end()) {
      result.push_back(group);
      continue;
    }
    ((*same).*take).insert(((*same).*take).end(), (group.*take).begin(), (group.*take).end());
  }
  for (Group& group : result) std::sort((group.*take).begin(), (group.*take).end());
  return result;
}

std::string text_of(const Group& group) {
  if (group.threads.empty()) return group.before;
  std::vector<std::string> batches;
  for (const std::int64_t batch : group.batches) batches.push_back(count_text(batch));
  return fmt::format("{}{} on {} thread{}{}", group.before, listed(batches, batches.size()),
                     alternatives(group.threads), group.threads == std::vector{1} ? "" : "s", group.after);
}

}  // namespace

std::string listed(const std::vector<std::string>& parts, std::size_t most) {
  const std::size_t shown = parts.size() > most ? most : parts.size();
  const bool nested = std::any_of(parts.begin(), parts.end(),
                                  [](const std::string& part) { return part.find(" and ") != std::string::npos; });
  const char* const last_and = nested ? ", and " : " and ";
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) {
    const bool last = i + 1 == parts.size();
    text += (i == 0 ? "" : last ? last_and : ", ") + parts[i];
  }
  if (shown < parts.size()) text += fmt::format("{}{} more", last_and, parts.size() - shown);
  return text;
}

std::string counted(std::int64_t count, const std::string& noun) {
  const char* const plural = noun.ends_with("s") ? "es" : "s";
  return count_text(count) + " " + noun + (count == 1 ? "" : plural);
}

std::string loss_phrase(const record::Report& report, const record::Workload& workload) {
  const bool landscape =
      std::any_of(report.datasets.begin(), report.datasets.end(), [&](const record::DatasetRecord& data) {
        return data.id == workload.dataset && data.n == 0;  // without rows
      });
  return landscape ? workload.dataset : workload.loss;
}

std::string batch_phrase(const record::Report& report, const record::Series& series) {
  const bool several = needs_optimizer(report, series);
  if (!series.full_batch)
    return fmt::format("{}batch {}", several ? series.optimizer + " with " : "", count_text(series.batch));
  if (series.plain_step) return "full-batch gradient descent";
  return series.optimizer + " with the full batch";
}

std::string cell_phrase(const record::Report& report, const std::string& id) { return cells_phrase(report, {id}); }

std::string cells_phrase(const record::Report& report, const std::vector<std::string>& ids, std::size_t most) {
  std::vector<Group> groups;
  for (const std::string& id : ids) {
    const record::Cell* const cell = record::find_cell(report, id);
    groups.push_back(cell == nullptr ? Group{id, "", {}, {}} : group_of(report, *cell));
  }
  groups = joined(joined(groups, &Group::batches), &Group::threads);
  std::vector<std::string> parts;
  for (const Group& group : groups) parts.push_back(text_of(group));
  return listed(parts, most);
}

std::string times_as_long(double factor) {
  if (factor < 1.05) return "about as long as the fastest";
  if (factor < 9.95) return fmt::format("{:.1f} times as long", factor);
  return count_text(std::llround(factor)) + " times as long";
}

std::string interval_phrase(const record::Real& low, const record::Real& high, bool lucky) {
  const char* const luck = lucky ? ", widened because the fastest of several was picked" : "";
  if (is_too_wide(low, high)) return " (its 95 % interval is too wide to tell much)";
  if (low && high) {
    const std::string least = seconds_with_interval(low, {}, {}), most = seconds_with_interval(high, {}, {});
    // One unit for both where it is the same: "342 to 600 µs".
    const std::size_t space = least.rfind(' ');
    const bool same = most.ends_with(least.substr(space));
    return fmt::format(" (95 % interval {} to {}{})", same ? least.substr(0, space) : least, most, luck);
  }
  if (low)
    return fmt::format(" (95 % interval from {} on, without an upper end{})", seconds_with_interval(low, {}, {}), luck);
  return "";
}

std::string capital(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

}  // namespace descent::report
