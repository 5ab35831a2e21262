#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "descent/machine/counters.hpp"

namespace descent::machine {

/// A source whose every read of a thread adds `each` to its counts, from a start that is the thread's own.
class FakeCounters final : public CounterSource {
 public:
  ByCounter<CounterEvent> described{{{"event of cycles", ""}, {"event of instructions", ""}, {"event of L2", ""}, {}}};
  std::vector<int> running;                          ///< the ids of the threads that exist
  ByCounter<std::uint64_t> each{};                   ///< what each read adds to the counts …
  std::uint64_t running_ns = 100, counted_ns = 100;  ///< … and to the times
  int opened = 0;

  FakeCounters() { described[3].reason = "no such event"; }
  const ByCounter<CounterEvent>& events() const noexcept override { return described; }
  std::vector<int> threads() const override { return running; }
  std::unique_ptr<ThreadCounters> open(int thread) override {
    ++opened;
    return std::make_unique<Thread>(*this, thread);
  }

 private:
  struct Thread final : ThreadCounters {
    FakeCounters& source;
    RawCounts counts;
    Thread(FakeCounters& from, int thread) : source(from) {
      for (std::size_t i = 0; i < kCounters; ++i)
        if (source.described[i].reason.empty()) counts.counts[i] = 1000 * static_cast<std::uint64_t>(thread);
    }
    RawCounts read() override {
      for (std::size_t i = 0; i < kCounters; ++i)
        if (counts.counts[i]) *counts.counts[i] += source.each[i];
      counts.running_ns += source.running_ns, counts.counted_ns += source.counted_ns;
      return counts;
    }
  };
};

}  // namespace descent::machine
