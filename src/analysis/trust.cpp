#include "analysis/trust.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <optional>
#include <string>

#include "analysis/tables.hpp"

namespace descent::analysis {
namespace {

bool is_suspect(const record::Report& report, const Contender& cell) {
  return std::any_of(report.throughput.begin(), report.throughput.end(), [&](const record::Throughput& row) {
    return row.series == cell.series->id && row.cell == cell.cell->id && row.suspect;
  });
}

/// Half of the range of ln seconds per step over a cell's processes. With `other`: the same for ln of the ratio of the
/// two cells, over the processes that timed both; effects common to a process cancel there. Empty with fewer than two
/// processes.
std::optional<double> half_range(const Contender& cell, const Contender* other) {
  std::vector<double> logs;
  for (std::size_t i = 0; i < cell.times.ids.size(); ++i) {
    if (other == nullptr) {
      logs.push_back(std::log(cell.times.means[i]));
    } else if (const auto base = other->times.mean_of(cell.times.ids[i])) {
      logs.push_back(std::log(cell.times.means[i] / *base));
    }
  }
  if (logs.size() < 2) return {};
  const auto [least, most] = std::minmax_element(logs.begin(), logs.end());
  return (*most - *least) / 2;
}

/// The relative disturbance between the best cell and the next one.
record::Real disturbance_of(const Contender& best, const Contender* next) {
  std::optional<double> seen = half_range(best, next);
  if (!seen && next != nullptr) {  // no processes in common: the disturbances of both add up
    const std::optional<double> one = half_range(best, nullptr), two = half_range(*next, nullptr);
    if (one && two) seen = *one + *two;
  }
  return seen ? record::Real(std::expm1(*seen)) : record::Real();
}

/// The reason to believe that seconds composed of steps and seconds per step are not those of a run; "" if there is
/// none.
std::string composition_note(const record::Report& report, const Contender& best) {
  using record::CheckKind, record::Verdict;
  const record::Check* const own = end_to_end_of(report, *best.series, *best.cell);
  if (own != nullptr && own->verdict == Verdict::suspect)
    return own->value
               ? fmt::format("the best cell's run took {:.2f} times the seconds that are composed for it", *own->value)
               : own->note;
  for (const record::Check& check : report.checks)
    if (check.kind == CheckKind::composition && check.verdict == Verdict::suspect) return check.note;
  return "";
}

/// The text as a sentence, with a capital letter and a full stop.
std::string sentence(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text + (text.ends_with('.') ? "" : ".");
}

std::string percent(double share) { return fmt::format("{:.{}f} %", 100 * share, share < 0.1 ? 1 : 0); }

}  // namespace

const record::Check* end_to_end_of(const record::Report& report, const record::Series& series,
                                   const record::Cell& cell) {
  const std::string subject = fmt::format("{} threads:{}", series.id, cell.threads);
  for (const record::Check& check : report.checks)
    if (check.kind == record::CheckKind::end_to_end && check.subject == subject) return &check;
  return nullptr;
}

void judge_ranking(const record::Report& report, const std::vector<Contender>& cells,
                   const std::vector<const Contender*>& best, record::Summary& row) {
  using record::SummaryStatus, record::Withheld;
  std::vector<std::string> notes;
  row.uncertified = best[0]->row->status == record::PassageStatus::uncertified;
  if (row.uncertified) notes.emplace_back("the optimum is not known well enough for this target");

  const auto next = std::find_if(cells.begin(), cells.end(), [&](const Contender& cell) {
    return std::find(best.begin(), best.end(), &cell) == best.end();
  });
  const bool has_next = next != cells.end();
  if (has_next) row.gap = *next->row->seconds / *best[0]->row->seconds - 1;

  if (const std::string wrong = composition_note(report, *best[0]); !wrong.empty()) {
    row.withheld = Withheld::composition;
    notes.push_back(wrong);
  }
  int disturbed = has_next && is_suspect(report, *next) ? 1 : 0;
  for (const Contender* cell : best) disturbed += is_suspect(report, *cell);
  if (disturbed > 0) {
    row.disturbance = disturbance_of(*best[0], has_next ? &*next : nullptr);
    const bool given = row.gap && row.disturbance && *row.gap > *row.disturbance;
    if (!given && row.withheld == Withheld::none) row.withheld = Withheld::disturbance;
    const std::string seen = row.disturbance ? fmt::format("processes differ by up to ±{}", percent(*row.disturbance))
                                             : "one process alone cannot tell by how much";
    notes.push_back(!row.gap ? fmt::format("timings were disturbed and are suspect: {}", seen)
                    : given
                        ? fmt::format("timings were disturbed: {}; the next cell is {} slower, so that the order holds",
                                      seen, percent(*row.gap))
                        : fmt::format("timings were disturbed and are suspect: {}; the next cell is only {} slower",
                                      seen, percent(*row.gap)));
  }
  row.suspect = row.withheld != Withheld::none;
  row.status = row.suspect ? SummaryStatus::suspect : row.uncertified ? SummaryStatus::uncertified : SummaryStatus::ok;
  for (const std::string& note : notes) row.note += (row.note.empty() ? "" : " ") + sentence(note);
}

}  // namespace descent::analysis
