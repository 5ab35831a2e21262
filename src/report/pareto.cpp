#include "report/pareto.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "report/format.hpp"

namespace descent::report {
namespace {

struct Member {
  const record::TimeToTarget* time;
  const record::Series* series;
  double examples;
  bool gd() const { return series->optimizer == "gd"; }
};

std::vector<Member> members_of(const record::Report& report, const record::Workload& workload, const Target& target) {
  std::vector<Member> members;
  for (const record::TimeToTarget& time : report.time_to_target) {
    if (!time.pareto || !time.seconds || !time.steps || time.target_kind != target.kind ||
        time.target_value != target.value)
      continue;
    for (const record::Series& series : report.series)
      if (series.id == time.series && series.workload == workload.id)
        members.push_back({&time, &series, *time.steps * static_cast<double>(series.batch)});
  }
  std::sort(members.begin(), members.end(),
            [](const Member& a, const Member& b) { return *a.time->seconds < *b.time->seconds; });
  return members;
}

bool of_many_engines(const std::vector<Member>& members) {
  std::set<std::string> engines;
  for (const Member& member : members) engines.insert(member.time->engine);
  return engines.size() > 1;
}

}  // namespace

std::string pareto_text(const record::Report& report, const record::Workload& workload, const Target& target) {
  const std::vector<Member> members = members_of(report, workload, target);
  if (members.empty()) return "";
  const bool engines = of_many_engines(members);
  std::vector<std::string> texts;
  for (const Member& member : members)
    texts.push_back(fmt::format("{}{} {}, {} examples", engines ? member.time->engine + " " : "",
                                cell_name(member.gd(), member.series->batch, member.time->threads),
                                seconds_with_interval(member.time->seconds, {}, {}), with_prefix(member.examples)));
  if (texts.size() == 1) return texts[0] + ": the fewest of both";
  return fmt::format("{}", fmt::join(texts, "; "));
}

TextTable pareto_table(const record::Report& report, const record::Workload& workload, const Target& target) {
  constexpr auto left = TextTable::Align::left, right = TextTable::Align::right;
  TextTable table(
      {{"batch", right}, {"threads", right}, {"engine", left}, {"time to target", left}, {"examples", right}});
  const std::vector<Member> members = members_of(report, workload, target);
  const bool engines = of_many_engines(members);
  for (const Member& member : members)
    table.add({member.gd() ? "full" : count_text(member.series->batch), std::to_string(member.time->threads),
               engines ? member.time->engine : "",
               seconds_with_interval(member.time->seconds, member.time->low, member.time->high),
               with_prefix(member.examples)});
  return table;
}

}  // namespace descent::report
