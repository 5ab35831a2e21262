#include "report/methods.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "report/batch_sizes.hpp"
#include "report/format.hpp"

namespace descent::report {
namespace {

/// The method with the least seconds, or steps where none was timed, at one batch size.
struct Fastest {
  std::string optimizer;
  double figure = 0, next = 0;  ///< its own, and the least of the others'; next 0: there is no other
};

/// By batch, whole batches last. Of seconds where every batch that came to the target was timed, else of steps.
std::vector<std::pair<std::string, Fastest>> fastest_by_batch(const std::vector<Row>& rows, bool timed) {
  std::map<std::pair<bool, std::int64_t>, Fastest> found;
  for (const Row& row : rows) {
    const record::Real figure = timed ? (row.best.time != nullptr ? row.best.time->seconds : record::Real())
                                : row.convergence != nullptr ? row.convergence->ert_steps
                                                             : record::Real();
    if (!figure) continue;
    Fastest& best = found[{row.series->full_batch, row.series->batch}];
    if (best.optimizer.empty() || *figure < best.figure) {
      best.next = best.optimizer.empty() || best.optimizer == row.series->optimizer ? best.next : best.figure;
      best.figure = *figure, best.optimizer = row.series->optimizer;
    } else if (row.series->optimizer != best.optimizer && (best.next == 0 || *figure < best.next)) {
      best.next = *figure;
    }
  }
  std::vector<std::pair<std::string, Fastest>> result;
  for (const auto& [batch, fastest] : found)
    if (fastest.next > 0) result.emplace_back(record::batch_name(batch.first, batch.second), fastest);
  return result;
}

/// "svrg at batch 1; momentum(beta=0.9) at batch 32, 64 and full (1.2 to 3.1 times as fast as the next)."
std::string winners_text(const std::vector<Row>& rows) {
  const bool timed = std::any_of(rows.begin(), rows.end(), [](const Row& row) { return row.best.time != nullptr; });
  std::vector<std::string> parts;
  const auto all = fastest_by_batch(rows, timed);
  for (std::size_t i = 0; i < all.size();) {
    std::vector<std::string> batches;
    double least = 1e300, most = 0;
    std::size_t next = i;
    for (; next < all.size() && all[next].second.optimizer == all[i].second.optimizer; ++next) {
      batches.push_back(all[next].first);
      const double lead = all[next].second.next / all[next].second.figure;
      least = std::min(least, lead), most = std::max(most, lead);
    }
    const std::string lead = most < 1.05 ? "less than 5 % faster than the next"
                             : batches.size() == 1 || most / least < 1.05
                                 ? fmt::format("{:.2g} times as fast as the next", most)
                                 : fmt::format("{:.2g} to {:.2g} times as fast as the next", least, most);
    parts.push_back(fmt::format("{} at batch {} ({})", all[i].second.optimizer, fmt::join(batches, ", "), lead));
    i = next;
  }
  if (parts.empty()) return "";
  return fmt::format("Least {} to the target, by batch size: {}.", timed ? "time" : "steps", fmt::join(parts, "; "));
}

/// Does the method take plain steps on drawn batches?
bool is_plain(const std::vector<Row>& rows, const std::string& optimizer) {
  return std::any_of(rows.begin(), rows.end(), [&](const Row& row) {
    return row.series->optimizer == optimizer && row.series->plain_step && !row.series->full_batch;
  });
}

/// Do other methods move the batch up to which doubling saves √2 of plain steps? Told by the intervals of both.
std::string doubling_text(const std::vector<const record::Returns*>& all, const std::vector<Row>& rows) {
  const auto plain = std::find_if(all.begin(), all.end(), [&](const record::Returns* returns) {
    return is_plain(rows, returns->optimizer) && !half_efficiency_text(*returns).empty();
  });
  if (plain == all.end()) return "";
  std::vector<std::string> up, down, alike;
  for (const record::Returns* const other : all) {
    const std::string half = half_efficiency_text(*other);
    if (other == *plain || half.empty()) continue;
    const std::string text = fmt::format("{} ({})", other->optimizer, half);
    if ((*plain)->half_high && other->half_low && *other->half_low > *(*plain)->half_high)
      up.push_back(text);
    else if ((*plain)->half_low && other->half_high && *other->half_high < *(*plain)->half_low)
      down.push_back(text);
    else
      alike.push_back(text);
  }
  std::vector<std::string> parts;
  if (!up.empty()) parts.push_back(fmt::format("it does so up to larger batches with {}", fmt::join(up, ", ")));
  if (!down.empty()) parts.push_back(fmt::format("only up to smaller ones with {}", fmt::join(down, ", ")));
  if (!alike.empty()) parts.push_back(fmt::format("the intervals do not tell that from {}", fmt::join(alike, ", ")));
  if (parts.empty()) return "";
  return fmt::format("Doubling the batch saves a factor of √2 or more in steps {} with {}; {}.",
                     half_efficiency_text(**plain), (*plain)->optimizer, fmt::join(parts, "; "));
}

/// Which steps cannot be found again.
std::string unrepeatable_text(const std::vector<Row>& rows) {
  std::set<std::string> methods;
  for (const Row& row : rows)
    if (row.series->unrepeatable) methods.insert(row.series->optimizer);
  if (methods.empty()) return "";
  return fmt::format("Runs of {} differ even with the same seed: the same command finds different steps for {}.",
                     fmt::join(methods, " and "), methods.size() == 1 ? "it" : "them");
}

}  // namespace

std::vector<std::string> methods_text(const record::Report& report, const record::Workload& workload,
                                      const Target& target, const std::vector<Row>& rows) {
  std::vector<std::string> sentences;
  if (target.kind == record::TargetKind::escape) return sentences;
  if (std::string text = winners_text(rows); !text.empty()) sentences.push_back(std::move(text));
  if (std::string text = doubling_text(headline_returns(report, workload, target), rows); !text.empty())
    sentences.push_back(std::move(text));
  if (std::string text = unrepeatable_text(rows); !text.empty()) sentences.push_back(std::move(text));
  return sentences;
}

}  // namespace descent::report
