#include "descent/machine/counters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/perf_event.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <thread>

#include "descent/machine/team.hpp"
#include "machine/fake_counters.hpp"
#include "machine/perf_events.hpp"

namespace descent::machine {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Optional;

constexpr std::size_t kCycles = 0, kInstructions = 1, kL2 = 2, kL3 = 3;

TEST(ProcessCounters, GiveWhatEachThreadDidInTheStretch) {
  FakeCounters source;
  source.running = {7, 9};
  source.each = {300, 50, 4, 0};
  ProcessCounters counters(source);
  counters.begin();
  const CountsOfThreads counts = counters.end();
  ASSERT_THAT(counts, testing::SizeIs(2));
  for (const int thread : {7, 9}) {
    EXPECT_THAT(counts.at(thread).counts, ElementsAre(Optional(300.0), Optional(50.0), Optional(4.0), std::nullopt));
    EXPECT_EQ(counts.at(thread).counted_share, 1);
  }
}

TEST(ProcessCounters, AreScaledWhereTheProcessorCountedAPartOfTheTime) {
  FakeCounters source;
  source.running = {1};
  source.each = {300, 0, 6, 0};
  source.running_ns = 400, source.counted_ns = 100;
  ProcessCounters counters(source);
  counters.begin();
  const ThreadCounts quarter = counters.end().at(1);
  EXPECT_THAT(quarter.counts, ElementsAre(Optional(1200.0), Optional(0.0), Optional(24.0), std::nullopt));
  EXPECT_EQ(quarter.counted_share, 0.25);
  // Other programs had the counting registers all the time. The counts are then unknown, and not 0.
  source.counted_ns = 0;
  counters.begin();
  const ThreadCounts never = counters.end().at(1);
  EXPECT_THAT(never.counts, testing::Each(std::optional<double>()));
  EXPECT_EQ(never.counted_share, 0);
  source.running_ns = 0;  // the thread slept, so that its counts are 0
  counters.begin();
  EXPECT_THAT(counters.end().at(1).counts[kCycles], Optional(0.0));
}

TEST(ProcessCounters, FollowThreadsThatComeAndGo) {
  FakeCounters source;
  source.running = {1, 2};
  ProcessCounters counters(source);
  counters.begin();
  source.running = {1, 2, 3};  // this thread started after begin()
  EXPECT_EQ(counters.end().size(), 2U);
  source.running = {1, 3};
  counters.begin();
  EXPECT_THAT(counters.end(), ElementsAre(testing::Key(1), testing::Key(3)));
  EXPECT_EQ(source.opened, 3);
}

TEST(CountsOfWorkers, FollowTheThreadsOfATeamElseTheBusiest) {
  CountsOfThreads counts;
  for (const int thread : {10, 20, 30}) counts[thread].counts[kCycles] = thread == 20 ? 5 : thread;
  const auto cycles = [](const std::vector<ThreadCounts>& workers) {
    std::vector<double> found;
    for (const ThreadCounts& worker : workers) found.push_back(worker.counts[kCycles].value_or(-1));
    return found;
  };
  EXPECT_THAT(cycles(counts_of_workers(counts, {30, 10}, 2)), ElementsAre(30, 10));
  EXPECT_THAT(cycles(counts_of_workers(counts, {20, 0}, 2)), ElementsAre(5, -1));  // one worker did not take part
  EXPECT_THAT(cycles(counts_of_workers(counts, {}, 2)), ElementsAre(30, 10));
  EXPECT_THAT(cycles(counts_of_workers({}, {}, 2)), ElementsAre(-1, -1));
}

TEST(Team, SaysWhichThreadEveryWorkerWas) {
  Team team({.threads = 2, .pin = false, .oversubscribe = true, .backend = TeamBackend::std_thread});
  std::vector<int> threads(2);
  const Participation found = team.run([&](Worker& worker) {
    worker.phase(2, [&](std::size_t) {});
    threads[static_cast<std::size_t>(worker.index())] = static_cast<int>(gettid());
  });
  ASSERT_EQ(found.threads.size(), 2U);
  EXPECT_EQ(threads[0], static_cast<int>(gettid()));
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(found.threads[i], found.cpus[i] < 0 ? 0 : threads[i]) << i;
}

TEST(RefusedCounters, AreOneLineByReason) {
  ByCounter<CounterEvent> events;
  EXPECT_EQ(refused_counters(events), "");
  events[kCycles].reason = events[kL2].reason = "not here";
  events[kL3].reason = "not known";
  EXPECT_EQ(refused_counters(events), "cycles, l2_misses: not here; l3_misses: not known");
}

TEST(PerfRefusal, NamesTheReasonAndWhatToDo) {
  EXPECT_THAT(perf_refusal(EACCES, 4, false),
              AllOf(HasSubstr("/proc/sys/kernel/perf_event_paranoid is 4"), HasSubstr("perf_event_paranoid=2")));
  EXPECT_THAT(perf_refusal(EPERM, 2, false), AllOf(HasSubstr("perf_event_paranoid is 2"), HasSubstr("container")));
  EXPECT_THAT(perf_refusal(EPERM, {}, false), HasSubstr("perf_event_paranoid is not there"));
  EXPECT_THAT(perf_refusal(ENOENT, 2, true), HasSubstr("virtual machine"));
  EXPECT_THAT(perf_refusal(ENOENT, 2, false), AllOf(HasSubstr("processor"), Not(HasSubstr("virtual"))));
  EXPECT_THAT(perf_refusal(ENOSYS, {}, false), HasSubstr("kernel"));
  EXPECT_THAT(perf_refusal(EMFILE, 2, false), HasSubstr("Too many open files"));
}

// The codes are from the processor makers' documents, as in Linux's list of events (tools/perf/pmu-events).
TEST(PerfEvents, AreThoseOfTheMake) {
  const auto configs = [](const char* vendor, int family) {
    std::vector<std::pair<std::uint32_t, std::uint64_t>> found;
    for (const PerfEvent& event : perf_events_of(vendor, family))
      if (!event.name.empty()) found.emplace_back(event.type, event.config);
    return found;
  };
  constexpr std::uint32_t kHardware = 0, kRaw = 4;
  const std::pair<std::uint32_t, std::uint64_t> cycles{kHardware, 0}, instructions{kHardware, 1};
  using P = std::pair<std::uint32_t, std::uint64_t>;
  EXPECT_THAT(configs("GenuineIntel", 6), ElementsAre(cycles, instructions, P(kRaw, 0x3f24), P(kHardware, 3)));
  EXPECT_THAT(configs("AuthenticAMD", 0x1a), ElementsAre(cycles, instructions, P(kRaw, 0x964), P(kRaw, 0x4844)));
  EXPECT_THAT(configs("AuthenticAMD", 0x19), ElementsAre(cycles, instructions, P(kRaw, 0x964), P(kRaw, 0x4844)));
  EXPECT_THAT(configs("AuthenticAMD", 0x17), ElementsAre(cycles, instructions, P(kRaw, 0x964), P(kRaw, 0x4843)));
  EXPECT_THAT(configs("AuthenticAMD", 0x15), ElementsAre(cycles, instructions));
  EXPECT_THAT(configs("arm", 0), ElementsAre(cycles, instructions, P(kRaw, 0x17), P(kRaw, 0x37)));
  EXPECT_THAT(configs("", 0), ElementsAre(cycles, instructions));
}

/// Writes to new pages of 4 KiB one after the other; each causes a page fault.
void touch_pages(std::size_t pages) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* const memory = mmap(nullptr, pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  madvise(memory, pages * page, MADV_NOHUGEPAGE);
  for (std::size_t i = 0; i < pages; ++i) static_cast<volatile char*>(memory)[i * page] = 1;
  munmap(memory, pages * page);
}

// Reads the kernel's own event, page faults, in the same way as events of the processor. Virtual machines have it, too.
TEST(PerfSource, CountsAnotherThreadOfThisProcess) {
  ByCounter<PerfEvent> events;
  events[kInstructions] = {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS, "page faults"};
  events[kL3] = {PERF_TYPE_MAX + 1000, 0, "an event that is nowhere"};
  const auto source = perf_source(events);
  EXPECT_THAT(source->events()[kCycles].reason, HasSubstr("no event is known"));
  EXPECT_NE(source->events()[kL3].reason, "");
  if (const std::string& reason = source->events()[kInstructions].reason; !reason.empty())
    GTEST_SKIP() << "the kernel refuses: " << reason;
  EXPECT_EQ(source->events()[kInstructions].event, "page faults");
  constexpr std::size_t kPages = 400;
  std::atomic<int> turn{0};
  int other = 0;
  std::thread thread([&] {
    other = static_cast<int>(gettid());
    turn = 1, turn.notify_all();
    turn.wait(1);
    touch_pages(kPages);
    turn = 3, turn.notify_all();
    turn.wait(3);
  });
  turn.wait(0);
  ProcessCounters counters(*source);
  counters.begin();
  turn = 2, turn.notify_all();
  turn.wait(2);
  const CountsOfThreads counts = counters.end();
  turn = 4, turn.notify_all();
  thread.join();
  ASSERT_TRUE(counts.contains(other));
  const auto& found = counts.at(other).counts;
  ASSERT_TRUE(found[kInstructions]);
  EXPECT_GE(*found[kInstructions], kPages);
#if !defined(DESCENT_SANITIZE_ADDRESS) && !defined(DESCENT_SANITIZE_THREAD)  // sanitizers touch pages of their own
  EXPECT_LT(*found[kInstructions], kPages * 3 / 2);
#endif
  EXPECT_LT(counts.at(static_cast<int>(getpid())).counts[kInstructions].value_or(1e9), kPages);
  EXPECT_FALSE(found[kCycles] || found[kL3]);
}

TEST(ProcessorCounters, AreThereOrSayWhyNot) {
  for (const CounterEvent& counter : processor_counters().events())
    EXPECT_NE(counter.event.empty(), counter.reason.empty()) << counter.event << counter.reason;
  EXPECT_EQ(refused_counters(processor_counters().events()).find('\n'), std::string::npos);
}

}  // namespace
}  // namespace descent::machine
