#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <ctime>

#include "descent/core/hash.hpp"
#include "descent/machine/environment.hpp"
#include "sweep/timing/cell_sampler.hpp"
#include "sweep/timing/counter_totals.hpp"
#include "sweep/timing/placement_notes.hpp"
#include "sweep/timing/retakes.hpp"

namespace descent::sweep {
namespace {

// times that one sample may be lengthened: a slow warm-up may have chosen too few steps
constexpr int kLengthenings = 8;

std::string now() {
  const std::time_t time = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&time, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S+00:00", &utc);
  return text;
}

/// A name made of boot, process and time, which no other process has.
std::string process_name() {
  const auto moment = std::chrono::system_clock::now().time_since_epoch().count();
  const std::string text =
      fmt::format("{} {} {}", machine::boot_id(), getpid(), std::chrono::nanoseconds(moment).count());
  core::Sha256 hash;
  hash.update_values(std::span(text.data(), text.size()));
  return hash.hex().substr(0, 16);
}

/// The samples of one process: a warm-up of every cell, then its rounds.
class TimingRun {
 public:
  TimingRun(const TimingOrder& order, const data::Split& data, const std::atomic<bool>& cancel,
            machine::CounterSource& source)
      : order_(order),
        cancel_(cancel),
        source_(source),
        sampler_(order, data, source),
        retakes_(order.cells.size(), order.rounds),
        counts_(order.cells.size()) {
    for (const TimingCell& cell : order.cells) {
      record::Timing timing;
      timing.cell = cell.cell.id;
      timing.twin = cell.twin;
      timing.invocation = order.invocation;
      timing.oversubscribed = cell.cell.threads > machine::available_cpus();
      result_.timings.push_back(timing);
    }
  }

  TimingResult run() {
    const machine::SystemCounters before = machine::read_system_counters();
    record::Invocation& invocation = result_.invocation;
    invocation.id = order_.invocation;
    invocation.date = now();
    invocation.process = process_name();
    invocation.rounds = order_.rounds;
    const Stopwatch watch;
    warm_up();
    take_blocks();
    const machine::SystemCounters after = machine::read_system_counters();
    for (std::size_t c = 0; c < order_.cells.size(); ++c) {
      result_.first_steps.push_back(sampler_.first_step(c));
      result_.next_steps.push_back(sampler_.next_step(c));
      if (order_.counters) result_.timings[c].counters = counts_[c].record(source_.events());
    }
    invocation.seconds = watch.seconds();
    invocation.load_before = before.load;
    invocation.load_after = after.load;
    invocation.steal_seconds = after.steal_seconds - before.steal_seconds;
    invocation.involuntary_switches = after.involuntary_switches - before.involuntary_switches;
    invocation.mhz_before = before.mhz;
    invocation.mhz_after = after.mhz;
    return std::move(result_);
  }

 private:
  void warm_up() {
    for (std::size_t c = 0; c < order_.cells.size() && !cancel_; ++c) {
      const engine::Cost cost = sampler_.warm_up(c, cancel_);
      record::Timing& timing = result_.timings[c];
      timing.flops = cost.flops, timing.int8_ops = cost.int8_ops;
      timing.bytes = cost.bytes, timing.joins = cost.joins;
      timing.note = "warm-up of 2 or more samples not kept";
    }
  }

  void take_blocks() {
    std::vector<std::pair<std::size_t, std::size_t>> samples;  // cell and origin
    for (std::size_t c = 0; c < order_.cells.size(); ++c)
      for (std::size_t p = 0; p < order_.cells[c].origins.size(); ++p) samples.emplace_back(c, p);
    for (int round = 0; round < order_.rounds && !cancel_; ++round) {
      const std::vector<std::uint32_t> turns = turns_of_round(order_.invocation, round, samples.size());
      for (std::size_t turn = 0; turn < turns.size() && !cancel_; ++turn)
        take(samples[turns[turn]].first, samples[turns[turn]].second, round, static_cast<int>(turn));
    }
  }

  /// Takes one sample that counts, or keeps the last attempt.
  void take(std::size_t c, std::size_t p, int round, int turn) {
    const TimingCell& cell = order_.cells[c];
    const engine::Objective& objective = sampler_.objective(c);
    const int workers = objective.expected_workers(static_cast<std::size_t>(cell.cell.batch));
    record::Timing& timing = result_.timings[c];
    Sample sample;
    machine::SentinelTimes sentinel{};
    for (int attempt = 0, longer = 0;;) {
      sentinel = machine::run_sentinels();
      sample = sampler_.measure(c, p);
      if (longer < kLengthenings && sampler_.lengthen(c, sample)) {
        ++longer;
        continue;
      }
      const Retakes::Verdict verdict = retakes_.judge(sample, workers, timing.oversubscribed, sentinel, attempt);
      timing.suspect = timing.suspect || verdict == Retakes::Verdict::suspect;
      if (verdict != Retakes::Verdict::again) break;
      ++attempt;
    }
    result_.sentinels.push_back(
        {order_.invocation, round, turn, sentinel.fma_seconds, sentinel.cache_seconds, sentinel.memory_seconds});
    timing.seconds_per_step.push_back(sample.seconds_per_step);
    timing.steps_per_sample.push_back(sample.steps);
    timing.timed_from.push_back(cell.origins[p].label);
    timing.sharing = std::string(objective.sharing());
    note_placement(sample, usable_, timing);
    counts_[c].add(sample);
  }

  const TimingOrder& order_;
  const std::atomic<bool>& cancel_;
  machine::CounterSource& source_;
  CellSampler sampler_;
  Retakes retakes_;
  std::vector<CounterTotals> counts_;  // of each cell
  const std::vector<machine::Cpu> usable_ = machine::usable_cpus();
  TimingResult result_;
};

}  // namespace

TimingResult take_timings(const TimingOrder& order, const data::Split& data, const std::atomic<bool>& cancel,
                          machine::CounterSource& source) {
  return TimingRun(order, data, cancel, source).run();
}

}  // namespace descent::sweep
