#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "descent/machine/counters.hpp"

namespace descent::machine {

/// An event as perf_event_open() takes it, with its name for people; no name: none is known.
struct PerfEvent {
  std::uint32_t type = 0;
  std::uint64_t config = 0;
  std::string name;
};

/// The event of each counter on a processor, by vendor and family as /proc/cpuinfo and CPUID name them; `vendor` is
/// "arm" on any ARM processor. Misses have events of their own on every make: see docs/decisions/0055.
ByCounter<PerfEvent> perf_events_of(const std::string& vendor, int family);

/// Why perf_event_open() failed with this error, and what to do about it: one line. `paranoid`: what
/// /proc/sys/kernel/perf_event_paranoid has.
std::string perf_refusal(int error, std::optional<int> paranoid, bool virtual_machine);

/// A source of these events. Each is tried once, on the calling thread.
std::unique_ptr<CounterSource> perf_source(const ByCounter<PerfEvent>& events);

}  // namespace descent::machine
