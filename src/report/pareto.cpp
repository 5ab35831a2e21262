#include "report/pareto.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "descent/record/find.hpp"
#include "report/format.hpp"
#include "report/phrases.hpp"

namespace descent::report {
namespace {

struct Member {
  const record::TimeToTarget* time;
  const record::Series* series;
  const record::Cell* cell;
  double examples;
};

std::vector<Member> members_of(const record::Report& report, const record::Workload& workload, const Target& target) {
  std::vector<Member> members;
  for (const record::TimeToTarget& time : report.time_to_target) {
    if (!time.pareto || !time.seconds || !time.steps || time.target_kind != target.kind ||
        time.target_value != target.value)
      continue;
    const record::Series* const series = record::find_series(report, time.series);
    const record::Cell* const cell = record::find_cell(report, time.cell);
    if (series != nullptr && cell != nullptr && series->workload == workload.id)
      members.push_back({&time, series, cell, *time.steps * series->rows_per_step});
  }
  std::sort(members.begin(), members.end(),
            [](const Member& a, const Member& b) { return *a.time->seconds < *b.time->seconds; });
  return members;
}

bool of_many_engines(const std::vector<Member>& members) {
  std::set<std::string> engines;
  for (const Member& member : members) engines.insert(member.cell->engine);
  return engines.size() > 1;
}

}  // namespace

std::string pareto_text(const record::Report& report, const record::Workload& workload, const Target& target) {
  const std::vector<Member> members = members_of(report, workload, target);
  if (members.empty()) return "";
  std::vector<std::string> texts;
  for (const Member& member : members)
    texts.push_back(fmt::format("{}: {}, {} examples", cell_phrase(report, member.cell->id),
                                seconds_with_interval(member.time->seconds, {}, {}), with_prefix(member.examples)));
  if (texts.size() == 1) return texts[0] + ": the fewest of both, as measured";
  return fmt::format("{}", fmt::join(texts, "; "));
}

TextTable pareto_table(const record::Report& report, const record::Workload& workload, const Target& target) {
  constexpr auto left = TextTable::Align::left, right = TextTable::Align::right;
  TextTable table({{"optimizer", left},
                   {"batch", right},
                   {"threads", right},
                   {"engine", left},
                   {"time to target", left},
                   {"examples", right}});
  const std::vector<Member> members = members_of(report, workload, target);
  const bool engines = of_many_engines(members);
  std::set<std::string> optimizers;  // with mini-batches: a whole batch says what it is
  for (const Member& member : members)
    if (!member.series->full_batch) optimizers.insert(member.series->optimizer);
  for (const Member& member : members)
    table.add({optimizers.size() > 1 ? member.series->optimizer : "", batch_text(*member.series),
               std::to_string(member.cell->threads), engines ? member.cell->engine : "",
               seconds_with_interval(member.time->seconds, member.time->low, member.time->high),
               with_prefix(member.examples)});
  return table;
}

}  // namespace descent::report
