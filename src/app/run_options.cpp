#include "app/run_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "descent/core/error.hpp"
#include "descent/core/text.hpp"
#include "descent/data/source.hpp"
#include "descent/engine/engine.hpp"
#include "descent/loss/loss.hpp"

namespace descent::app {
namespace {

using O = sweep::SweepOptions;
using Text = std::string;

[[noreturn]] void bad(const Text& place, std::string_view found, const char* expected) {
  throw core::UsageError(fmt::format("{}: found {}; expected {}", place, found.empty() ? "nothing" : found, expected));
}

std::int64_t whole(const Text& place, std::string_view text, const char* expected, std::int64_t least = 1) {
  const auto value = core::parse_integer(core::trim(text));
  if (!value || *value < least) bad(place, text, expected);
  return *value;
}

int small_whole(const Text& place, std::string_view text, const char* expected, std::int64_t least = 1) {
  const std::int64_t value = whole(place, text, expected, least);
  if (value > 1'000'000) bad(place, text, "a whole number, at most 1,000,000");
  return static_cast<int>(value);
}

/// A number that `good` accepts.
template <class F>
double real(const Text& place, std::string_view text, const char* expected, F&& good) {
  const auto value = core::parse_real(core::trim(text));
  if (!value || !std::isfinite(*value) || !good(*value)) bad(place, text, expected);
  return *value;
}

bool either(const Text& place, const Text& text, const char* yes, const char* no) {
  if (text != yes && text != no) bad(place, text, fmt::format("{} or {}", yes, no).c_str());
  return text == yes;
}
bool is_on(const Text& place, const Text& text) { return either(place, text, "on", "off"); }
bool is_true(const Text& place, const Text& text) { return either(place, text, "true", "false"); }

const Text& one_of(const char* kind, const Text& text, const std::vector<Text>& known) {
  if (std::find(known.begin(), known.end(), text) == known.end())
    throw core::UsageError(core::unknown_name(kind, text, known));
  return text;
}

/// Throws UsageError where no reader takes the URI.
void make_reader_of(const Text& uri) {
  data::ReaderRegistry::instance().make("data format", data::parse_data_uri(uri).scheme);
}

/// The parts of a comma list, of which none is empty.
std::vector<Text> parts(const Text& place, const Text& text, const char* expected) {
  std::vector<Text> result;
  for (const Text& part : core::split_outside_brackets(text, ',')) {
    result.emplace_back(core::trim(part));
    if (result.back().empty()) bad(place, text.empty() ? "nothing" : "an empty place in '" + text + "'", expected);
  }
  if (result.empty()) bad(place, "nothing", expected);
  return result;
}

template <class T>
void keep_each_once(std::vector<T>& values) {
  std::vector<T> kept;
  for (const T& value : values)
    if (std::find(kept.begin(), kept.end(), value) == kept.end()) kept.push_back(value);
  values = std::move(kept);
}

void set_batch_sizes(O& o, const Text& place, const Text& text) {
  constexpr const char* expected = "whole numbers of 1 or more, or full";
  o.batch_sizes.clear();
  o.batch_sizes_given = true;
  for (const Text& part : parts(place, text, expected))
    o.batch_sizes.push_back(part == "full" ? 0 : whole(place, part, expected));
  keep_each_once(o.batch_sizes);
}

void set_threads(O& o, const Text& place, const Text& text) {
  constexpr const char* expected = "whole numbers of 1 or more, or all";
  o.threads.clear();
  for (const Text& part : parts(place, text, expected)) {
    if (part != "all") {
      o.threads.push_back(small_whole(place, part, expected));
      continue;
    }
    for (int threads = 1; threads < machine::available_cpus(); threads *= 2) o.threads.push_back(threads);
    o.threads.push_back(machine::available_cpus());
  }
  std::sort(o.threads.begin(), o.threads.end());
  keep_each_once(o.threads);
}

void set_target(O& o, const Text& place, const Text& text) {
  constexpr double least = 1e-300;  // smaller ones are 0 in double, or nearly
  constexpr const char* expected = "numbers from 1e-300 to below 1, shares of the starting gap, or accuracy";
  std::vector<double> targets;
  for (const Text& part : parts(place, text, expected)) {
    if (part == "accuracy")
      o.accuracy_target = true;
    else
      targets.push_back(real(place, part, expected, [](double x) { return x >= least && x < 1; }));
  }
  // Accuracy alone comes beside the targets that there are: rates are searched for one of those.
  if (targets.empty()) return;
  o.targets = targets;
  std::sort(o.targets.rbegin(), o.targets.rend());  // the headline is the hardest
  keep_each_once(o.targets);
}

void set_lr(O& o, const Text& place, const Text& text) {
  constexpr const char* expected = "auto, or finite numbers above 0: one, or one for each batch size";
  o.learning_rates.clear();
  if (text == "auto") return;
  for (const Text& part : parts(place, text, expected))
    o.learning_rates.push_back(real(place, part, expected, [](double x) { return x > 0; }));
}

/// "90s", "20m", "1h30m"; a number alone is seconds.
void set_budget(O& o, const Text& place, const Text& text) {
  constexpr const char* expected = "a time above 0 like 90s, 20m or 1h30m";
  double seconds = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const double unit = text[i] == 'h' ? 3600 : text[i] == 'm' ? 60 : text[i] == 's' ? 1 : 0;
    if (unit == 0) continue;
    seconds += unit * real(place, text.substr(begin, i - begin), expected, [](double x) { return x >= 0; });
    begin = i + 1;
  }
  if (begin < text.size()) {
    if (begin > 0) bad(place, text, expected);
    seconds = real(place, text, expected, [](double x) { return x >= 0; });
  }
  if (!(seconds > 0)) bad(place, text, expected);
  o.budget_seconds = seconds;
}

/// "2%" or 0.02.
void set_precision(O& o, const Text& place, const Text& text) {
  const bool percent = text.ends_with('%');
  const Text number = percent ? text.substr(0, text.size() - 1) : text;
  const double scale = percent ? 0.01 : 1;
  const auto good = [scale](double x) { return x * scale > 0 && x * scale < 1; };
  o.precision = percent ? real(place, number, "a share between 0 % and 100 %", good) / 100
                        : real(place, number, "a share between 0 and 1, or a percentage like 2%", good);
}

void set_aa_cells(O& o, const Text& place, const Text& text) {
  if (text == "auto")
    o.aa_cells.reset();
  else
    o.aa_cells = text == "all" ? sweep::kAllCells : small_whole(place, text, "auto, all, or a number of cells", 0);
}

void set_shard(O& o, const Text& place, const Text& text) {
  constexpr const char* expected = "I/N with 1 <= I <= N";
  const std::size_t slash = text.find('/');
  if (slash == Text::npos) bad(place, text, expected);
  const int index = small_whole(place, text.substr(0, slash), expected);
  const int of = small_whole(place, text.substr(slash + 1), expected);
  if (index > of) bad(place, text, expected);
  o.shard = std::pair(index, of);
}

constexpr const char *kFrom = "Options from", *kProblem = "What is trained", *kSearch = "How",
                     *kMachine = "On which threads and engines", *kBudget = "How long", *kOutput = "Where to";

const auto kNotNegative = [](double x) { return x >= 0; };

using enum OptionKind;
constexpr RunOption kOptions[] = {
    {"preset", text, "NAME", kFrom, "quick, standard or full: what is not given below (default standard)",
     [](O& o, const Text&, const Text& t) { o = sweep::preset_options(t); }},
    {"data", text, "URI", kProblem, "idx:DIR, cifar10:DIR, libsvm:FILE, csv:FILE, synthetic:NAME; see 'descent list'",
     [](O& o, const Text&, const Text& t) {
       make_reader_of(t);
       o.data = t;
     }},
    {"model", text, "NAME", kProblem, "linear",
     [](O& o, const Text&, const Text& t) { o.model = one_of("model", t, {"linear"}); }},
    {"loss", texts, "A,B", kProblem, "losses, with parameters as in 'huber(delta=1)'",
     [](O& o, const Text& p, const Text& t) {
       o.losses = parts(p, t, "one or more losses");
       for (const Text& loss : o.losses) loss::make_loss(loss);
     }},
    {"l2", number, "X", kProblem, "weight of (1/2)|W|^2",
     [](O& o, const Text& p, const Text& t) { o.l2 = real(p, t, "a finite number, 0 or more", kNotNegative); }},
    {"preprocess", texts, "A,B", kProblem, "unit, center, standardise, none (default: bytes of images / 255)",
     [](O& o, const Text& p, const Text& t) {
       for (const Text& step : parts(p, t, "one or more steps"))
         one_of("preprocessing", step, {"center", "none", "standardise", "unit"});
       o.preprocess = t;
     }},
    {"bias", on_off, "on|off", kProblem, "append a constant feature",
     [](O& o, const Text& p, const Text& t) { o.bias = is_on(p, t); }},
    {"validation-fraction", number, "P", kProblem, "share of the training rows kept for validation",
     [](O& o, const Text& p, const Text& t) {
       o.validation_fraction = real(p, t, "a number from 0 to below 1", [](double x) { return x >= 0 && x < 1; });
     }},
    {"optimizer", texts, "A,B", kSearch, "gd, sgd",
     [](O& o, const Text& p, const Text& t) {
       o.optimizers = parts(p, t, "gd, sgd or both");
       for (const Text& optimizer : o.optimizers) one_of("optimizer", optimizer, {"gd", "sgd"});
       keep_each_once(o.optimizers);
     }},
    {"batch-sizes", numbers, "B,B,full", kSearch, "batches of sgd; full is gradient descent", set_batch_sizes},
    {"lr", numbers, "auto|X|X,X", kSearch, "learning rate, or one for each batch size; auto searches for the best",
     set_lr},
    {"schedule", text, "NAME", kSearch, "constant, inverse, inverse_sqrt",
     [](O& o, const Text&, const Text& t) {
       o.schedule = one_of("schedule", t, {"constant", "inverse", "inverse_sqrt"});
     }},
    {"sampling", text, "NAME", kSearch, "reshuffle, iid_replace, iid_distinct",
     [](O& o, const Text&, const Text& t) {
       o.sampling = one_of("sampling", t, {"reshuffle", "iid_replace", "iid_distinct"});
     }},
    {"seeds", number, "N", kSearch, "runs of each stochastic series",
     [](O& o, const Text& p, const Text& t) { o.seeds = small_whole(p, t, "a whole number, 1 or more"); }},
    {"target", numbers, "X,X", kSearch,
     "share of the starting gap that is left; the smallest is the headline; or accuracy", set_target},
    {"accuracy-target", flag, "", kSearch, "also the time to the optimum's validation accuracy less 0.5 points",
     [](O& o, const Text& p, const Text& t) { o.accuracy_target = is_true(p, t); }},
    {"tune-each-target", flag, "", kSearch, "search a learning rate for each target, not only the headline",
     [](O& o, const Text& p, const Text& t) { o.tune_each_target = is_true(p, t); }},
    {"untuned-rules", flag, "", kSearch, "also run the linear and square-root rules",
     [](O& o, const Text& p, const Text& t) { o.untuned_rules = is_true(p, t); }},
    {"passage", text, "grid|exact", kSearch, "evaluate on the grid, or after every step",
     [](O& o, const Text& p, const Text& t) { o.passage = either(p, t, "exact", "grid") ? "exact" : "grid"; }},
    {"threads", numbers, "N,N|all", kMachine, "thread counts to time; all: powers of two up to all", set_threads},
    {"oversubscribe", flag, "", kMachine, "allow more threads than the machine has",
     [](O& o, const Text& p, const Text& t) { o.oversubscribe = is_true(p, t); }},
    {"pin", on_off, "on|off", kMachine, "bind each thread to a core",
     [](O& o, const Text& p, const Text& t) { o.pin = is_on(p, t); }},
    {"placement", text, "NAME", kMachine, "compact, or spread over sockets",
     [](O& o, const Text& p, const Text& t) {
       o.placement = either(p, t, "compact", "spread") ? machine::Placement::compact : machine::Placement::spread;
     }},
    {"engine", texts, "A,B", kMachine, "engines to time; see 'descent list'",
     [](O& o, const Text& p, const Text& t) {
       o.engines = parts(p, t, "one or more engines");
       for (const Text& engine : o.engines) engine::make_engine(engine);
       keep_each_once(o.engines);
     }},
    {"trajectory-engine", text, "NAME", kMachine, "engine that trains",
     [](O& o, const Text&, const Text& t) { o.trajectory_engine = engine::make_engine(t)->name(); }},
    {"schedule-of-work", text, "NAME", kMachine, "auto, rows, features: how the fused engine shares a step",
     [](O& o, const Text&, const Text& t) {
       o.schedule_of_work = one_of("schedule of work", t, {"auto", "features", "rows"});
     }},
    {"max-epochs", number, "E", kBudget, "a run is censored once past both limits",
     [](O& o, const Text& p, const Text& t) { o.max_epochs = small_whole(p, t, "a whole number, 1 or more"); }},
    {"max-steps", number, "K", kBudget, "see --max-epochs",
     [](O& o, const Text& p, const Text& t) { o.max_steps = whole(p, t, "a whole number, 1 or more"); }},
    {"budget", text, "T", kBudget, "time for the whole command, like 20m; what does not fit is not run", set_budget},
    {"precision", number, "P", kBudget, "half-width asked of a timing, like 2%", set_precision},
    {"invocations", number, "N", kBudget, "processes that take timings; 0: this one",
     [](O& o, const Text& p, const Text& t) { o.invocations = small_whole(p, t, "a whole number, 0 or more", 0); }},
    {"aa-cells", number, "auto|all|N", kBudget, "cells timed under two names, which tells what differences can be told",
     set_aa_cells},
    {"out", text, "FILE", kOutput, "the report (default results/NAME.json)",
     [](O& o, const Text& p, const Text& t) {
       if (t.empty()) bad(p, t, "the name of a file");
       o.out = t;
     }},
    {"resume", flag, "", kOutput, "continue from the journal beside the report",
     [](O& o, const Text& p, const Text& t) { o.resume = is_true(p, t); }},
    {"shard", text, "I/N", kOutput, "run a share of the work; 'descent merge' joins the reports", set_shard},
    {"shard-what", text, "NAME", kOutput, "all, statistics, timings",
     [](O& o, const Text&, const Text& t) {
       o.shard_what = one_of("kind of work", t, {"all", "statistics", "timings"});
     }},
};

}  // namespace

std::span<const RunOption> run_options() { return kOptions; }

std::span<const char* const> command_flags() {
  static constexpr const char* kFlags[] = {"dry-run", "explain", "list", "quiet"};
  return kFlags;
}

std::string unknown_option(const std::string& name, std::span<const std::string> known) {
  const std::string nearest = core::nearest_name(name, known);
  return fmt::format("found '{}'; expected {}", name,
                     nearest.empty() ? "an option that exists, see --help" : "'" + nearest + "'");
}

const RunOption& find_run_option(const std::string& name, const std::string& place) {
  std::vector<std::string> names;
  for (const RunOption& option : kOptions) {
    if (name == option.name) return option;
    names.emplace_back(option.name);
  }
  throw core::UsageError(fmt::format("{}: {}", place, unknown_option(name, names)));
}

sweep::SweepOptions options_of(const Settings& settings) {
  const auto preset = settings.find("preset");
  sweep::SweepOptions options = sweep::preset_options("standard");
  const auto set = [&](const std::string& name, const Setting& setting) {
    const RunOption& option = find_run_option(name, setting.place);
    try {
      option.set(options, setting.place, setting.text);
    } catch (const core::UsageError& error) {  // of a registry, which does not know the place
      const std::string_view text = error.what();
      throw core::UsageError(text.starts_with(setting.place) ? std::string(text)
                                                             : fmt::format("{}: {}", setting.place, text));
    }
  };
  if (preset != settings.end()) set("preset", preset->second);
  for (const auto& [name, setting] : settings)
    if (name != "preset") set(name, setting);
  return options;
}

}  // namespace descent::app
