#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "bench_common.hpp"
#include "command.hpp"
#include "descent/core/error.hpp"
#include "descent/core/failure.hpp"
#include "descent/core/path.hpp"
#include "descent/core/text.hpp"
#include "descent/data/source.hpp"
#include "descent/engine/cost_model.hpp"
#include "descent/machine/topology.hpp"
#include "descent/train/model.hpp"
#include "descent/train/optimizer.hpp"

namespace descent::bench {
namespace {

/// Whole numbers from `least`, with commas between them; "full" is 0 where it is allowed.
template <class T>
std::vector<T> numbers(const std::string& option, std::string_view text, std::int64_t least, bool full = false) {
  std::vector<T> result;
  for (const std::string_view word : core::split(text, ',')) {
    const auto value = full && word == "full" ? std::optional<std::int64_t>(0) : core::parse_integer(word);
    if (!value || *value < least)
      throw core::UsageError(fmt::format("{} '{}': expected whole numbers from {}", option, word, least));
    result.push_back(static_cast<T>(*value));
  }
  return result;
}

/// One number.
template <class T>
T number(const std::string& option, const std::string& text, std::int64_t least) {
  const std::vector<T> found = numbers<T>(option, text, least);
  if (found.size() != 1) throw core::UsageError(fmt::format("{} '{}': expected one number", option, text));
  return found.front();
}

/// Each flag with its name, value, help, and what it sets.
void add_flags(CLI::App& app, Settings& settings) {
  const auto add = [&app](const std::string& name, const char* value, const char* help, const auto& set) {
    app.add_option_function<std::string>(
           name, [name, set](const std::string& text) { set(name, text); }, help)
        ->type_name(value);
  };
  using Text = const std::string&;
  add("--n", "N", "rows of made data", [&](Text name, Text text) { settings.n = number<std::size_t>(name, text, 1); });
  add("--d", "N", "features of made data",
      [&](Text name, Text text) { settings.d = number<std::size_t>(name, text, 1); });
  add("--classes", "N", "classes of made data",
      [&](Text name, Text text) { settings.classes = number<int>(name, text, 2); });
  add("--data", "URI", "the training rows of a data set in place of made data",
      [&](Text, Text text) { settings.data = text; });
  add("--order", "FILE", "rows of an epoch in this order, as numbers of four bytes",
      [&](Text, Text text) { settings.order = text; });
  add("--losses", "A,B", "losses to go through",
      [&](Text, Text text) { settings.losses = core::split_outside_brackets(text, ','); });
  add("--optimizers", "A,B", "methods whose rule bench_step goes through",
      [&](Text, Text text) { settings.optimizers = core::split_outside_brackets(text, ','); });
  add("--model", "NAME", "what bench_network times, as in 'network(hidden=128)'",
      [&](Text, Text text) { settings.model = text; });
  add("--engines", "A,B", "engines to go through",
      [&](Text, Text text) { settings.engines = core::split_outside_brackets(text, ','); });
  add("--batches", "N,N,full", "batch sizes to go through",
      [&](Text name, Text text) { settings.batches = numbers<std::size_t>(name, text, 0, true); });
  add("--threads", "N,N", "thread counts to go through",
      [&](Text name, Text text) { settings.threads = numbers<int>(name, text, 1); });
  add("--sharing", "auto|rows|features", "how `fused` shares a step",
      [&](Text, Text text) { settings.sharing = engine::parse_sharing(text); });
  app.add_flag("--oversubscribe", settings.oversubscribe, "allow more threads than CPUs");
  app.add_flag("--counters", settings.counters, "bench_step: cycles, instructions and cache misses of each worker");
}

/// Throws UsageError for unknown names, and for sizes or thread counts that do not fit the data or this machine.
void check(const Settings& settings) {
  for (const std::string& loss : settings.losses) loss::make_loss(loss);
  for (const std::string& engine : settings.engines) engine::make_engine(engine);
  for (const std::string& optimizer : settings.optimizers)
    if (train::make_optimizer(optimizer)->rule() == nullptr)
      throw core::UsageError(
          fmt::format("--optimizers {}: expected a method with a rule for each weight, as momentum", optimizer));
  train::make_model(settings.model);
  for (const int threads : settings.threads)
    if (threads > machine::available_cpus() && !settings.oversubscribe)
      throw core::UsageError(
          fmt::format("--threads {}: expected at most {}, the CPUs this process may use, or --oversubscribe", threads,
                      machine::available_cpus()));
  for (const std::size_t batch : settings.batches)
    if (batch > settings.n)
      throw core::UsageError(fmt::format("--batches {}: expected at most --n {}", batch, settings.n));
  if (!settings.order.empty() && !core::can_be_read_again(settings.order))
    throw core::UsageError(
        fmt::format("--order {}: expected a file, which each benchmark reads again", settings.order));
  if (!settings.order.empty()) given_order(settings);
}

/// --benchmark_out must be none of these.
void note_inputs(const Settings& settings) {
  if (!settings.data.empty())
    for (const std::string& file : data::files_of(settings.data)) file_roles().reads("--data", file);
  if (!settings.order.empty()) file_roles().reads("--order", settings.order);
}

}  // namespace

std::vector<std::string> engines_here(bool with_reference) {
  std::vector<std::string> engines;
  for (const auto& entry : engine::EngineRegistry::instance().entries())
    if ((with_reference || entry.name != "reference") && entry.make({})->unavailable().empty())
      engines.push_back(entry.name);
  return engines;
}

Settings parse_settings(int& argc, char** argv, Settings settings) {
  for (int threads = 1; threads <= machine::available_cpus(); threads *= 2) settings.threads.push_back(threads);
  if (settings.engines.empty()) settings.engines = engines_here(false);
  CLI::App app("Every --benchmark_* flag of Google Benchmark, and:");
  app.allow_extras();
  add_flags(app, settings);
  static std::vector<std::string> rest;  // argv points into it
  try {
    parse_or_end(app, "", argc, argv);
    if (!settings.data.empty()) settings.n = data_of(settings).rows();
    check(settings);
    note_inputs(settings);
  } catch (...) {
    std::exit(fail("", std::current_exception()));
  }
  rest = app.remaining();
  argc = 1;
  for (std::string& word : rest) argv[argc++] = word.data();
  return settings;
}

}  // namespace descent::bench
