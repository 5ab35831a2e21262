#include "machine/perf_events.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "descent/core/text.hpp"
#include "machine/system_files.hpp"

#if defined(__linux__)
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#endif

namespace descent::machine {
namespace {

constexpr const char* kParanoid = "/proc/sys/kernel/perf_event_paranoid";

}  // namespace

std::string perf_refusal(int error, std::optional<int> paranoid, bool virtual_machine) {
  constexpr int kMostParanoid = 2;  // at 3, a patch of Debian's and Ubuntu's kernels, only administrators may count
  if (error == EACCES || error == EPERM) {
    if (paranoid && *paranoid > kMostParanoid)
      return fmt::format("no permission: {} is {}; 'sysctl kernel.perf_event_paranoid={}' as administrator allows it",
                         kParanoid, *paranoid, kMostParanoid);
    return fmt::format(
        "no permission, though {} is {}: the container forbids perf_event_open; give it the capability PERFMON",
        kParanoid, paranoid ? std::to_string(*paranoid) : "not there");
  }
  if (error == ENOSYS) return "the kernel was built without perf_event_open";
  if (error == ENOENT || error == ENODEV || error == EOPNOTSUPP || error == EINVAL)
    return virtual_machine ? "the virtual machine passes no such counter on" : "the processor has no such counter";
  return fmt::format("perf_event_open failed ({})", std::strerror(error));
}

#if defined(__linux__)

namespace {

// Raw events have the unit mask in bits 8 to 15 and the number of the event below.
constexpr std::uint64_t raw(unsigned event, unsigned mask) { return mask << 8U | event; }

}  // namespace

ByCounter<PerfEvent> perf_events_of(const std::string& vendor, int family) {
  constexpr int kZen = 0x17, kZen3 = 0x19;
  ByCounter<PerfEvent> events;
  events[0] = {PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, "PERF_COUNT_HW_CPU_CYCLES"};
  events[1] = {PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS, "PERF_COUNT_HW_INSTRUCTIONS"};
  if (vendor == "GenuineIntel") {
    events[2] = {PERF_TYPE_RAW, raw(0x24, 0x3f), "L2_RQSTS.MISS (r3f24): requests that miss L2, prefetches too"};
    events[3] = {PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES,
                 "PERF_COUNT_HW_CACHE_MISSES (LONGEST_LAT_CACHE.MISS, r412e): requests that miss the last level"};
  } else if (vendor == "AuthenticAMD" && family >= kZen) {
    events[2] = {PERF_TYPE_RAW, raw(0x64, 0x09),
                 "L2CacheReqStat (r0964): requests of L1 that miss L2, without the prefetcher's of L2"};
    events[3] = family >= kZen3
                    ? PerfEvent{PERF_TYPE_RAW, raw(0x44, 0x48), "LsAnyFillsFromSys (r4844): lines from memory into L1"}
                    : PerfEvent{PERF_TYPE_RAW, raw(0x43, 0x48),
                                "LsRefillsFromSys (r4843): lines from memory into L1, demanded ones only"};
  } else if (vendor == "arm") {
    events[2] = {PERF_TYPE_RAW, 0x17, "L2D_CACHE_REFILL (r0017): lines into L2"};
    events[3] = {PERF_TYPE_RAW, 0x37, "LL_CACHE_MISS_RD (r0037): reads that miss the last level"};
  }
  return events;
}

namespace {

class File {
 public:
  explicit File(int number) : number_(number) {}
  File(File&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  File& operator=(File&&) = delete;
  ~File() {
    if (number_ >= 0) close(number_);
  }
  int number() const noexcept { return number_; }

 private:
  int number_;
};

/// Opens an event of a thread, in the group of another one if that is not -1. Only what happens outside the kernel
/// counts: that is what the engines do, and more needs more permissions.
File open_event(const PerfEvent& event, int thread, int group) {
  perf_event_attr attributes;
  std::memset(&attributes, 0, sizeof attributes);
  attributes.size = sizeof attributes;
  attributes.type = event.type;
  attributes.config = event.config;
  attributes.exclude_kernel = 1;
  attributes.exclude_hv = 1;
  attributes.read_format = PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  return File(static_cast<int>(syscall(SYS_perf_event_open, &attributes, thread, -1, group, PERF_FLAG_FD_CLOEXEC)));
}

/// The events of one thread as one group, which the kernel counts at the same time.
class Group final : public ThreadCounters {
 public:
  void add(std::size_t counter, const PerfEvent& event, int thread) {
    File file = open_event(event, thread, files_.empty() ? -1 : files_.front().number());
    if (file.number() < 0) return;
    files_.push_back(std::move(file));
    counters_.push_back(counter);
  }
  bool empty() const noexcept { return files_.empty(); }
  RawCounts read() override {
    std::array<std::uint64_t, 3 + kCounters> values{};  // number of events, two times, the counts
    const std::size_t bytes = (3 + files_.size()) * sizeof values[0];
    RawCounts result;
    if (::read(files_.front().number(), values.data(), bytes) != static_cast<ssize_t>(bytes)) return result;
    result.running_ns = values[1], result.counted_ns = values[2];
    for (std::size_t i = 0; i < counters_.size(); ++i) result.counts[counters_[i]] = values[3 + i];
    return result;
  }

 private:
  std::vector<File> files_;
  std::vector<std::size_t> counters_;  // of each file
};

class PerfSource final : public CounterSource {
 public:
  explicit PerfSource(const ByCounter<PerfEvent>& events) : events_(events) {
    const std::optional<std::string> text = first_line(kParanoid);
    const std::optional<std::int64_t> paranoid = text ? core::parse_integer(*text) : std::nullopt;
    const std::optional<std::string> flags = field_of("/proc/cpuinfo", "flags");
    const bool is_virtual = flags && flags->find(" hypervisor") != std::string::npos;
    for (std::size_t i = 0; i < kCounters; ++i) {
      if (events[i].name.empty()) {
        described_[i].reason = "no event is known for this make of processor";
        continue;
      }
      const File file = open_event(events[i], 0, -1);
      const int error = errno;
      if (file.number() >= 0)
        described_[i].event = events[i].name;
      else
        described_[i].reason =
            perf_refusal(error, paranoid ? std::optional(static_cast<int>(*paranoid)) : std::nullopt, is_virtual);
    }
  }
  const ByCounter<CounterEvent>& events() const noexcept override { return described_; }
  std::unique_ptr<ThreadCounters> open(int thread) override {
    auto group = std::make_unique<Group>();
    for (std::size_t i = 0; i < kCounters; ++i)
      if (described_[i].reason.empty()) group->add(i, events_[i], thread);
    if (group->empty()) return nullptr;
    return group;
  }
  std::vector<int> threads() const override {
    std::vector<int> threads;
    std::error_code error;
    for (std::filesystem::directory_iterator at("/proc/self/task", error), end; !error && at != end;
         at.increment(error))
      if (const auto number = core::parse_integer(at->path().filename().string()))
        threads.push_back(static_cast<int>(*number));
    return threads;
  }

 private:
  ByCounter<PerfEvent> events_;
  ByCounter<CounterEvent> described_;
};

}  // namespace

std::unique_ptr<CounterSource> perf_source(const ByCounter<PerfEvent>& events) {
  return std::make_unique<PerfSource>(events);
}

CounterSource& processor_counters() {
  static const std::unique_ptr<CounterSource> source = [] {
#if defined(__aarch64__)
    return perf_source(perf_events_of("arm", 0));
#else
    const auto family = core::parse_integer(field_of("/proc/cpuinfo", "cpu family").value_or(""));
    return perf_source(
        perf_events_of(field_of("/proc/cpuinfo", "vendor_id").value_or(""), static_cast<int>(family.value_or(0))));
#endif
  }();
  return *source;
}

#else

namespace {

class NoSource final : public CounterSource {
 public:
  NoSource() { described_.fill({"", "counters are read by Linux's perf_event_open; this system is another"}); }
  const ByCounter<CounterEvent>& events() const noexcept override { return described_; }
  std::unique_ptr<ThreadCounters> open(int) override { return nullptr; }
  std::vector<int> threads() const override { return {}; }

 private:
  ByCounter<CounterEvent> described_;
};

}  // namespace

ByCounter<PerfEvent> perf_events_of(const std::string&, int) { return {}; }
std::unique_ptr<CounterSource> perf_source(const ByCounter<PerfEvent>&) { return std::make_unique<NoSource>(); }
CounterSource& processor_counters() {
  static NoSource source;
  return source;
}

#endif

}  // namespace descent::machine
