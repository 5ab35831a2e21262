#include "sweep/timing/counter_totals.hpp"

#include <algorithm>

namespace descent::sweep {

void CounterTotals::add(const Sample& sample) {
  workers_.resize(std::max(workers_.size(), sample.counts.size()));
  for (std::size_t worker = 0; worker < sample.counts.size(); ++worker) {
    const machine::ThreadCounts& counted = sample.counts[worker];
    bool any = false;
    for (std::size_t i = 0; i < machine::kCounters; ++i) {
      if (!counted.counts[i]) continue;
      workers_[worker][i].count += *counted.counts[i];
      workers_[worker][i].steps += static_cast<double>(sample.steps);
      any = true;
    }
    if (any) counted_share_ = std::min(counted_share_.value_or(1), counted.counted_share);
  }
}

record::Counters CounterTotals::record(const machine::ByCounter<machine::CounterEvent>& events) const {
  using Column = std::vector<record::Real> record::Counters::*;
  constexpr machine::ByCounter<Column> kColumns{&record::Counters::cycles, &record::Counters::instructions,
                                                &record::Counters::l2_misses, &record::Counters::l3_misses};
  record::Counters result;
  machine::ByCounter<machine::CounterEvent> found = events;
  std::size_t counted = 0;
  for (std::size_t i = 0; i < machine::kCounters; ++i) {
    const auto counter = static_cast<machine::Counter>(i);
    bool any = false;
    for (const machine::ByCounter<Total>& worker : workers_) {
      const bool has = worker[i].steps > 0;
      (result.*kColumns[i]).push_back(has ? record::Real(worker[i].count / worker[i].steps) : record::Real());
      any = any || has;
    }
    if (!events[i].event.empty()) result.events[std::string(machine::counter_name(counter))] = events[i].event;
    if (any)
      ++counted;
    else if (found[i].reason.empty())
      found[i].reason = "the processor counted for other programs all the time";
  }
  using enum record::CountersStatus;
  result.status = counted == machine::kCounters ? ok : counted > 0 ? part : none;
  result.reason = machine::refused_counters(found);
  result.counted_share = counted_share_;
  return result;
}

}  // namespace descent::sweep
