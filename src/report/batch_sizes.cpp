#include "report/batch_sizes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>

#include "report/format.hpp"
#include "report/phrases.hpp"

namespace descent::report {
namespace {

std::string whole(double batch) { return steps_text(std::round(batch)); }

std::string half_interval(const record::Returns& returns) {
  if (returns.half_interval_status == record::EndsStatus::one_seed) return " (by one seed, so without an interval)";
  if (returns.half_low && returns.half_high)
    return fmt::format(" (95 % interval {} to {})", whole(*returns.half_low), whole(*returns.half_high));
  if (returns.half_low) return fmt::format(" (95 % interval {} or more)", whole(*returns.half_low));
  return returns.half_high ? fmt::format(" (95 % interval {} or less)", whole(*returns.half_high)) : "";
}

/// Seconds to the target by mini-batch, each on its fastest threads, of one optimizer.
std::map<std::int64_t, double> seconds_by_batch(const std::vector<Row>& rows, const std::string& optimizer) {
  std::map<std::int64_t, double> seconds;
  for (const Row& row : rows) {
    if (row.series->full_batch || row.series->optimizer != optimizer || row.best.time == nullptr) continue;
    const auto [found, added] = seconds.try_emplace(row.series->batch, *row.best.time->seconds);
    found->second = std::min(found->second, *row.best.time->seconds);
  }
  return seconds;
}

/// "Larger batches save time up to batch 128"; "" where fewer than two batches came to the target in time.
std::string time_clause(const std::map<std::int64_t, double>& seconds) {
  if (seconds.size() < 2) return "";
  const auto best = std::min_element(seconds.begin(), seconds.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  const std::string batch = count_text(best->first);
  if (best == seconds.begin())
    return fmt::format("Larger batches save no time: batch {}, the smallest tried, is the fastest mini-batch.", batch);
  if (std::next(best) == seconds.end())
    return fmt::format("Larger batches save time up to batch {}, the largest mini-batch tried.", batch);
  return fmt::format("Larger batches save time up to batch {}; batch {} takes longer.", batch,
                     count_text(std::next(best)->first));
}

}  // namespace

std::string half_efficiency_text(const record::Returns& returns) {
  if (returns.half_efficiency_batch)
    return fmt::format("up to about batch {}{}", whole(*returns.half_efficiency_batch), half_interval(returns));
  if (returns.half_status == record::HalfStatus::beyond_range)
    return returns.half_low ? fmt::format("up to batch {} and beyond", whole(*returns.half_low))
                            : "up to the largest batch tried, and beyond";
  if (returns.half_status == record::HalfStatus::below_range)
    return returns.half_high ? fmt::format("only below batch {}", whole(*returns.half_high))
                             : "at none of the batch sizes tried";
  return "";
}

std::string batch_sizes_text(const record::Report& report, const record::Workload& workload, const Target& target,
                             const record::Summary& summary, const std::vector<Row>& rows) {
  const std::vector<const record::Returns*> all = headline_returns(report, workload, target);
  const record::Series* const best = record::find_series(report, summary.best_series);
  const record::Returns* returns = all.empty() ? nullptr : all.front();
  for (const record::Returns* row : all)
    if (best != nullptr && row->optimizer == best->optimizer) returns = row;
  std::string optimizer = returns != nullptr ? returns->optimizer : "";
  for (const Row& row : rows)
    if (optimizer.empty() && !row.series->full_batch) optimizer = row.series->optimizer;
  const std::string half = returns == nullptr ? "" : half_efficiency_text(*returns);
  const std::string time = time_clause(seconds_by_batch(rows, optimizer));
  std::string text;
  if (!half.empty()) text = fmt::format("Doubling the batch saves a factor of √2 or more in steps {}.", half);
  if (summary.gain_32_64 && summary.gain_8192_16384)
    text += fmt::format(
        "{}From 32 to 64 it divides the steps by {:.2f}, from 8,192 to 16,384 {}.", text.empty() ? "" : " ",
        *summary.gain_32_64,
        *summary.gain_8192_16384 < 1.005 ? "it saves none" : fmt::format("by {:.2f}", *summary.gain_8192_16384));
  if (!time.empty()) text += (text.empty() ? "" : " ") + time;
  const bool several = std::any_of(rows.begin(), rows.end(), [&](const Row& row) {
    return !row.series->full_batch && row.series->optimizer != optimizer;
  });
  if (!several || text.empty()) return text;
  text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return fmt::format("With {}, {}", optimizer, text);
}

}  // namespace descent::report
