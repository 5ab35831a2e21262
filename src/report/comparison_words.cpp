#include "report/comparison_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "descent/core/text.hpp"
#include "report/format.hpp"
#include "report/phrases.hpp"

namespace descent::report {
namespace {

using join::Reason;
using join::StepsVerdict;

std::string count_of(int count, int of, const char* word) {
  return count == 0    ? fmt::format("none {}", word)
         : count == of ? fmt::format("all {}", word)
                       : fmt::format("{} {}", count, word);
}

/// "took 1.39 [1.21, 1.60] times as long as BASE", or how many times as fast it ran where that is above 1 for sure.
std::string course_of(const join::GroupRatio& all, const std::string& base) {
  if (all.low && *all.low > 1)
    return fmt::format("ran {} times as fast as {}", ratio_text(all.ratio, all.low, all.high), base);
  const auto turned = [](const record::Real& ratio) { return ratio ? record::Real(1 / *ratio) : record::Real(); };
  return fmt::format("took {} times as long as {}", ratio_text(turned(all.ratio), turned(all.high), turned(all.low)),
                     base);
}

}  // namespace

std::string processes_text(const join::Comparison& comparison) {
  const int base = comparison.base.processes, found = comparison.found.processes;
  return base == found ? fmt::format("{} processes each", base) : fmt::format("{} and {} processes", base, found);
}

namespace {

/// What stands against a verdict, of all cells with this reason.
std::string sentence_of(Reason reason, const join::Comparison& comparison) {
  switch (reason) {
    case Reason::within_runs:
      return "two runs of one build may differ by as much";
    case Reason::sentinels:
      return "the machine itself changed by as much";
    case Reason::suspect:
      return "timings are doubtful in both reports";
    case Reason::too_few:
      return processes_text(comparison) + " are too few";
    default:
      return "it may be chance";
  }
}

/// "it may be chance (7 cells); timings are doubtful in both reports (1 cell)": their counts add up to those of all
/// inconclusive cells.
std::string why_inconclusive(const join::Comparison& comparison) {
  std::vector<std::pair<int, Reason>> counts;
  int all = 0;
  for (const join::CellRatio& cell : comparison.cells) {
    if (cell.verdict != join::CellVerdict::inconclusive) continue;
    const auto known = std::find_if(counts.begin(), counts.end(),
                                    [&](const std::pair<int, Reason>& other) { return other.second == cell.reason; });
    if (known == counts.end())
      counts.emplace_back(1, cell.reason);
    else
      ++known->first;
    ++all;
  }
  std::stable_sort(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::string text;
  for (const auto& [count, reason] : counts) {
    text += (text.empty() ? "" : "; ") + sentence_of(reason, comparison);
    if (count < all) text += fmt::format(" ({})", counted(count, "cell"));
  }
  return text;
}

/// "42 of 44 cells faster, none slower, 2 inconclusive: it may be chance".
std::string tally(const join::Comparison& comparison) {
  const join::GroupRatio& group = comparison.groups.front();
  const bool faster_first = group.faster >= group.slower;
  const int first = faster_first ? group.faster : group.slower, second = faster_first ? group.slower : group.faster;
  const char *const word = faster_first ? "faster" : "slower", *const other = faster_first ? "slower" : "faster";
  std::string text = first == group.cells ? fmt::format("all {} {}", counted(group.cells, "cell"), word)
                                          : fmt::format("{} of {} {}", first, counted(group.cells, "cell"), word);
  if (group.cells == 1) text = fmt::format("the one cell {}", word);
  text += fmt::format(", {}", count_of(second, group.cells, other));
  if (group.same > 0) text += fmt::format(", {} the same", group.same);
  if (group.inconclusive == 0) return text;
  const std::string why = why_inconclusive(comparison);
  return text + fmt::format(", {} inconclusive{}{}", group.inconclusive, why.empty() ? "" : ": ", why);
}

/// No cell has a verdict of a difference, and not all are the same.
std::string inconclusive_sentence(const join::Comparison& comparison, const join::GroupRatio& all) {
  const bool faster = all.low && *all.low > 1, slower = all.high && *all.high < 1;
  const char* const what = faster ? "faster" : slower ? "slower" : "faster or slower";
  const std::string course = course_of(all, comparison.base.label);
  const std::string subject =
      all.cells == 1
          ? fmt::format("{} {}, which does not show that it is {}", comparison.found.label, course, what)
          : fmt::format("{} {} over all {} together, {} no cell by itself is shown to be {}", comparison.found.label,
                        course, counted(all.cells, "cell"), faster || slower ? "but" : "and", what);
  const std::string same =
      all.same == 0 ? "" : fmt::format("; {} the same, {} inconclusive", all.same, all.inconclusive);
  const std::string why = why_inconclusive(comparison);
  return fmt::format("Inconclusive: {}{}{}{}.", subject, same, why.empty() ? "" : ": ", why);
}

}  // namespace

std::string ratio_digits(double ratio) {
  const double size = std::abs(ratio);
  return size >= 9.995 ? three_digits(ratio) : fmt::format("{:.{}f}", ratio, size >= 0.0995 ? 2 : 3);
}

std::string interval_only(const record::Real& low, const record::Real& high) {
  return low && high ? fmt::format("[{}, {}]", ratio_digits(*low), ratio_digits(*high)) : "";
}

std::string ratio_text(const record::Real& ratio, const record::Real& low, const record::Real& high) {
  if (!ratio) return "";
  const std::string ends = interval_only(low, high);
  return ratio_digits(*ratio) + (ends.empty() ? "" : " " + ends);
}

std::string short_text(const std::string& text) {
  constexpr std::size_t kMost = 28;
  const bool hash = text.size() >= 40 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (hash) return text.substr(0, 8);
  return text.size() > kMost ? text.substr(0, kMost - 1) + "…" : text;
}

const join::Difference* first_of(const join::Comparison& comparison, join::Fingerprint kind) {
  for (const join::Difference& difference : comparison.differences)
    if (difference.kind == kind) return &difference;
  return nullptr;
}

std::string target_words(record::TargetKind kind, double value) {
  switch (kind) {
    case record::TargetKind::suboptimality:
      return fmt::format("{} of gap", percent(value));
    case record::TargetKind::accuracy:
      return fmt::format("accuracy within {} points", core::shortest(100 * value));
    case record::TargetKind::loss:
      return fmt::format("loss {}", core::shortest(value));
    case record::TargetKind::escape:
      return fmt::format("{} from saddle", core::shortest(value));
  }
  return "";
}

std::string reason_text(const join::CellRatio& cell) {
  switch (cell.reason) {
    case Reason::within_runs:
      return fmt::format("two runs may differ by {:.0f} %", 100 * cell.margin.value_or(0));
    case Reason::sentinels:
      return "the machine changed as much";
    case Reason::suspect:
      return "timings doubtful in both";
    case Reason::too_few:
      return "too few processes";
    case Reason::not_shown:
      return "may be chance";
    default:
      return "";
  }
}

std::string first_sentence(const join::Comparison& comparison) {
  const std::string &base = comparison.base.label, &found = comparison.found.label;
  const join::Difference* const change = first_of(comparison, join::Fingerprint::steps);
  if (comparison.steps == StepsVerdict::changed && comparison.same_arithmetic && change != nullptr) {
    return fmt::format("{} computes other values than {} though its arithmetic is the same: {}: found {}, expected {}.",
                       found, base, change->place, short_text(change->found), short_text(change->base));
  }
  const join::GroupRatio* const all = comparison.groups.empty() ? nullptr : &comparison.groups.front();
  if (all == nullptr && !comparison.best.empty()) {
    const join::BestRatio& best = comparison.best.front();
    return fmt::format(
        "The best cell of {} comes to its target ({}) {} times as fast as that of {}; no cell was timed in both "
        "reports.",
        found, target_words(best.target_kind, best.target_value), ratio_text(best.ratio, best.low, best.high), base);
  }
  if (all == nullptr)
    return fmt::format("{} and {} have runs in common, but no cell that was timed in both.", found, base);
  const std::string ratio = ratio_text(all->ratio, all->low, all->high);
  if (all->same == all->cells)
    return fmt::format("{} is as fast as {}: {} times, {} the same within {}.", found, base, ratio,
                       all->cells == 1 ? "the one cell" : fmt::format("all {}", counted(all->cells, "cell")),
                       percent(comparison.same_within));
  if (all->faster + all->slower == 0) return inconclusive_sentence(comparison, *all);
  if (all->low && *all->low > 1)
    return fmt::format("{} is {} times as fast as {}; {}.", found, ratio, base, tally(comparison));
  if (all->high && *all->high < 1)
    return fmt::format("{} takes {} times as long as {}; {}.", found,
                       ratio_text(1 / *all->ratio, 1 / *all->high, 1 / *all->low), base, tally(comparison));
  return fmt::format("{} against {}: {}. Over all cells together it {}, which may be chance.", found, base,
                     tally(comparison), course_of(*all, base));
}

}  // namespace descent::report
