#include "report/doubling_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "report/format.hpp"

namespace descent::report {

std::vector<const record::Doubling*> doublings_of(const record::Report& report, const record::Workload& workload,
                                                  const Target& target) {
  std::vector<const record::Doubling*> doublings;
  for (const record::Doubling& doubling : report.doublings)
    if (doubling.workload == workload.id && doubling.target_kind == target.kind &&
        doubling.target_value == target.value)
      doublings.push_back(&doubling);
  std::stable_sort(doublings.begin(), doublings.end(),
                   [](const record::Doubling* a, const record::Doubling* b) { return a->batch < b->batch; });
  return doublings;
}

TextTable doubling_table(const record::Report& report, const record::Workload& workload, const Target& target) {
  constexpr auto left = TextTable::Align::left, right = TextTable::Align::right;
  const std::vector<const record::Doubling*> doublings = doublings_of(report, workload, target);
  const bool several = std::any_of(doublings.begin(), doublings.end(), [&](const record::Doubling* row) {
    return row->optimizer != doublings.front()->optimizer;
  });
  TextTable table({{"optimizer", left},
                   {"doubling", right},
                   {"steps saved", left},
                   {"regime", left},
                   {"time saved", left},
                   {"noise taken off", right},
                   {"of its noise", right}});
  for (const record::Doubling* row : doublings) {
    const char* const alone = row->interval_status == record::EndsStatus::one_seed ? " (one seed)" : "";
    const std::string steps = gain_text(row->step_gain, row->step_gain_low, row->step_gain_high);
    table.add({several ? row->optimizer : "", fmt::format("{}→{}", count_text(row->batch), count_text(2 * row->batch)),
               steps.empty() ? "" : steps + alone, row->regime == record::Regime::none ? "" : to_text(row->regime),
               gain_text(row->time_gain, row->time_gain_low, row->time_gain_high),
               row->noise_gain_absolute ? three_digits(*row->noise_gain_absolute) : "",
               row->noise_gain_relative ? fmt::format("{:.1f} %", 100 * *row->noise_gain_relative) : ""});
  }
  return table;
}

}  // namespace descent::report
