#include "descent/machine/counters.hpp"

#include <algorithm>
#include <utility>

namespace descent::machine {
namespace {

constexpr std::array<std::string_view, kCounters> kNames{"cycles", "instructions", "l2_misses", "l3_misses"};

ThreadCounts difference(const RawCounts& before, const RawCounts& after) {
  ThreadCounts result;
  const auto running = static_cast<double>(after.running_ns - before.running_ns),
             counted = static_cast<double>(after.counted_ns - before.counted_ns);
  if (running > 0) result.counted_share = std::min(1.0, counted / running);
  for (std::size_t i = 0; i < kCounters; ++i) {
    if (!before.counts[i] || !after.counts[i]) continue;
    const auto count = static_cast<double>(*after.counts[i] - *before.counts[i]);
    if (running <= 0)
      result.counts[i] = 0;  // it slept all the time
    else if (counted > 0)
      result.counts[i] = count / result.counted_share;
  }
  return result;
}

}  // namespace

std::string_view counter_name(Counter counter) noexcept { return kNames[static_cast<std::size_t>(counter)]; }

std::string refused_counters(const ByCounter<CounterEvent>& events) {
  std::string line;
  for (std::size_t i = 0; i < kCounters; ++i) {
    const std::string& reason = events[i].reason;
    const auto same = [&](const CounterEvent& event) { return event.reason == reason; };
    if (reason.empty() || std::any_of(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(i), same)) continue;
    std::string names;
    for (std::size_t j = i; j < kCounters; ++j)
      if (same(events[j])) names += (names.empty() ? "" : ", ") + std::string(kNames[j]);
    line += (line.empty() ? "" : "; ") + names + ": " + reason;
  }
  return line;
}

void ProcessCounters::begin() {
  const std::vector<int> threads = source_.threads();
  std::erase_if(threads_, [&](const auto& known) {
    return std::find(threads.begin(), threads.end(), known.first) == threads.end();
  });
  for (const int thread : threads)
    if (const auto [at, is_new] = threads_.try_emplace(thread); is_new) at->second.counters = source_.open(thread);
  for (auto& [thread, counted] : threads_)
    if (counted.counters) counted.before = counted.counters->read();
}

CountsOfThreads ProcessCounters::end() {
  std::vector<std::pair<int, RawCounts>> after;  // all are read before anything is computed
  for (const auto& [thread, counted] : threads_)
    if (counted.counters) after.emplace_back(thread, counted.counters->read());
  CountsOfThreads result;
  for (const auto& [thread, counts] : after) result[thread] = difference(threads_.at(thread).before, counts);
  return result;
}

std::vector<ThreadCounts> counts_of_workers(const CountsOfThreads& counts, const std::vector<int>& threads,
                                            int workers) {
  std::vector<ThreadCounts> result;
  for (const int thread : threads) {
    const auto found = counts.find(thread);
    result.push_back(found != counts.end() ? found->second : ThreadCounts{});
  }
  if (!threads.empty()) return result;
  for (const auto& [thread, own] : counts) result.push_back(own);
  const auto size = [](const ThreadCounts& own) {
    for (const std::optional<double>& count : own.counts)
      if (count) return *count;
    return 0.0;
  };
  std::stable_sort(result.begin(), result.end(),
                   [&](const ThreadCounts& a, const ThreadCounts& b) { return size(a) > size(b); });
  result.resize(static_cast<std::size_t>(std::max(0, workers)));
  return result;
}

}  // namespace descent::machine
