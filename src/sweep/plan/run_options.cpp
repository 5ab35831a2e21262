#include "descent/sweep/run_options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "descent/core/error.hpp"
#include "descent/data/source.hpp"
#include "descent/engine/cost_model.hpp"
#include "descent/engine/engine.hpp"
#include "descent/loss/loss.hpp"
#include "descent/train/landscape.hpp"
#include "descent/train/model.hpp"
#include "descent/train/optimizer.hpp"
#include "descent/train/sampler.hpp"
#include "descent/train/schedule.hpp"
#include "sweep/plan/option_text.hpp"
#include "sweep/plan/option_values.hpp"

namespace descent::sweep {
namespace {

using O = SweepOptions;
using Text = std::string;
using Names = std::vector<Text>;

// Names of values that are not in a registry. Those of an enumeration are in its order.
const Names& placement_names() {
  static const Names names{"compact", "spread"};
  return names;
}
const Names& passage_names() {
  static const Names names{"grid", "exact"};
  return names;
}
const Names& work_names() {
  static const Names names{"all", "statistics"};
  return names;
}

Text listed(const Names& names, std::string_view more = "") {
  return fmt::format("{}{}", fmt::join(names, ", "), more);
}

// Options of one kind are read and written in the same way. `Field` is the member that holds the option.
template <auto Field>
void set_flag(O& o, const Text& place, const Text& text) {
  o.*Field = either(place, text, "true", "false");
}
template <auto Field>
OptionText get_flag(const O& o) {
  return o.*Field ? "true" : "false";
}
template <auto Field>
void set_switch(O& o, const Text& place, const Text& text) {
  o.*Field = either(place, text, "on", "off");
}
template <auto Field>
OptionText get_switch(const O& o) {
  return o.*Field ? "on" : "off";
}
template <auto Field>
OptionText get_text(const O& o) {
  return o.*Field;
}
/// The same for a text that may be absent.
template <auto Field>
OptionText get_given(const O& o) {
  return (o.*Field).empty() ? OptionText() : o.*Field;
}
template <auto Field>
OptionText get_texts(const O& o) {
  return list_text(o.*Field);
}
template <auto Field>
OptionText get_real(const O& o) {
  return core::shortest(o.*Field);
}
template <auto Field>
void set_count(O& o, const Text& place, const Text& text) {
  o.*Field = whole(place, text, "a whole number, 1 or more");
}
template <auto Field>
OptionText get_count(const O& o) {
  return std::to_string(o.*Field);
}
template <auto Field>
void set_seconds(O& o, const Text& place, const Text& text) {
  o.*Field = real(place, text, "a number of seconds above 0", [](double x) { return x > 0; });
}

constexpr const char *kFrom = "Options from", *kProblem = "What is trained", *kSearch = "How",
                     *kMachine = "On which threads and engines", *kBudget = "How long", *kOutput = "Where to";

using enum OptionKind;

std::vector<RunOption> make_options() {
  return {
      {kPresetOption, text, "NAME", kFrom,
       listed(preset_names(), ": the values of options that are not given (default standard)"),
       [](O& o, const Text&, const Text& t) { o = preset_options(t); }, get_text<&O::preset>},
      {"data", text, "URI", kProblem, "idx:DIR, cifar10:DIR, libsvm:FILE, csv:FILE, synthetic:NAME, landscape:NAME",
       [](O& o, const Text&, const Text& t) {
         o.data = t;
         if (!train::landscape_of(t)
                  .empty()) {  // a landscape has neither rows nor a loss; later options may still change its defaults
           o.model = kLandscapeModel;
           o.losses.clear();
           o.l2 = 0;
           set_landscape_targets(o);
           return;
         }
         data::ReaderRegistry::instance().make("data format", data::parse_data_uri(t).scheme);
       },
       get_text<&O::data>},
      {"model", text, "NAME", kProblem, listed(train::ModelRegistry::instance().names()),
       [](O& o, const Text&, const Text& t) {
         const auto model = train::make_model(t);
         o.model = model->name();
         if (!model->has_loss()) o.losses.clear();
       },
       get_text<&O::model>},
      {"loss", texts, "A,B", kProblem, "losses, with parameters as in 'huber(delta=1)'",
       [](O& o, const Text& p, const Text& t) {
         o.losses = parts(p, t, "one or more losses");
         for (const Text& loss : o.losses) loss::make_loss(loss);
       },
       [](const O& o) { return o.losses.empty() ? OptionText() : list_text(o.losses); }},
      {"l2", number, "X", kProblem, "weight of the regulariser (1/2)|W|^2",
       [](O& o, const Text& p, const Text& t) {
         o.l2 = real(p, t, "a finite number, 0 or more", [](double x) { return x >= 0; });
       },
       get_real<&O::l2>},
      {"preprocess", texts, "A,B", kProblem, listed(data::preprocess_names(), " (default: bytes of images / 255)"),
       [](O& o, const Text& p, const Text& t) {
         o.preprocess = list_text(parts(p, t, "one or more steps"));
         data::parse_preprocess(o.preprocess);
       },
       get_given<&O::preprocess>},
      {"bias", on_off, "on|off", kProblem, "append a constant feature", set_switch<&O::bias>, get_switch<&O::bias>},
      {"validation-fraction", number, "P", kProblem, "share of the training rows kept for validation",
       [](O& o, const Text& p, const Text& t) {
         o.validation_fraction = real(p, t, "a number from 0 to below 1", [](double x) { return x >= 0 && x < 1; });
       },
       get_real<&O::validation_fraction>},
      {"optimizer", texts, "A,B", kSearch,
       "methods, with parameters as in 'momentum(beta=0.9)'; descent list optimizers has them",
       [](O& o, const Text& p, const Text& t) {
         o.optimizers = parts(p, t, "one or more optimizers");
         for (Text& optimizer : o.optimizers) optimizer = train::make_optimizer(optimizer)->name();
         keep_each_once(o.optimizers);
       },
       get_texts<&O::optimizers>},
      {"batch-sizes", numbers, "B,B,full", kSearch, "rows that a step reads; full: all of them", set_batch_sizes,
       get_batch_sizes},
      {"lr", numbers, "auto|X|X,X", kSearch, "learning rate, or one for each batch size; auto searches for the best",
       set_learning_rates, get_learning_rates},
      {"schedule", text, "NAME", kSearch, listed(train::schedule_names()),
       [](O& o, const Text&, const Text& t) { o.schedule = record::to_text(train::parse_schedule(t)); },
       get_text<&O::schedule>},
      {"sampling", text, "NAME", kSearch, listed(train::sampling_names()),
       [](O& o, const Text&, const Text& t) { o.sampling = record::to_text(train::parse_sampling(t)); },
       get_text<&O::sampling>},
      {"seeds", number, "auto|N", kSearch, "runs of each stochastic series; auto: 10, or 5 from batch 4,096 on",
       [](O& o, const Text& p, const Text& t) {
         o.seeds = t == "auto" ? std::nullopt : std::optional(small_whole(p, t, "a whole number, 1 or more, or auto"));
       },
       [](const O& o) { return OptionText(o.seeds ? std::to_string(*o.seeds) : "auto"); }},
      {"target", numbers, "X,X", kSearch,
       "shares of the starting gap, accuracy, loss:X, escape:X; rates for the hardest", set_targets, get_targets},
      {"accuracy-target", flag, "", kSearch,
       "also measure the time to a validation accuracy 0.5 points below the optimum's", set_flag<&O::accuracy_target>,
       get_flag<&O::accuracy_target>},
      {"accuracy-patience", number, "X", kSearch, "to reach the accuracy, go on up to X times the steps to the target",
       [](O& o, const Text& p, const Text& t) {
         o.accuracy_patience = real(p, t, "a number of 1 or more", [](double x) { return x >= 1; });
       },
       get_real<&O::accuracy_patience>},
      {"tune-each-target", flag, "", kSearch, "search a learning rate for each target, not only for the hardest",
       set_flag<&O::tune_each_target>, get_flag<&O::tune_each_target>},
      {"untuned-rules", flag, "", kSearch,
       "also run rates scaled from the smallest batch's, linearly and by the square root", set_flag<&O::untuned_rules>,
       get_flag<&O::untuned_rules>},
      {"passage", text, "grid|exact", kSearch, "evaluate the loss at steps of a grid, or after every step",
       [](O& o, const Text&, const Text& t) { o.passage = one_of("passage", t, passage_names()); },
       get_text<&O::passage>},
      {"threads", numbers, "N,N|all", kMachine, "thread counts to time; all: powers of two up to all", set_threads,
       get_threads},
      {"oversubscribe", flag, "", kMachine, "allow more threads than there are CPUs", set_flag<&O::oversubscribe>,
       get_flag<&O::oversubscribe>},
      {"pin", on_off, "on|off", kMachine, "bind each thread to a core", set_switch<&O::pin>, get_switch<&O::pin>},
      {"placement", text, "NAME", kMachine, "compact, or spread over sockets",
       [](O& o, const Text&, const Text& t) {
         const Names& names = placement_names();
         const auto at = std::find(names.begin(), names.end(), one_of("placement", t, names));
         o.placement = static_cast<machine::Placement>(at - names.begin());
       },
       [](const O& o) { return OptionText(placement_names()[static_cast<std::size_t>(o.placement)]); }},
      {"engine", texts, "A,B", kMachine, "engines to time; see 'descent list engines'",
       [](O& o, const Text& p, const Text& t) {
         o.engines = parts(p, t, "one or more engines");
         for (const Text& engine : o.engines) engine::make_engine(engine);
         keep_each_once(o.engines);
       },
       get_texts<&O::engines>},
      {"trajectory-engine", text, "NAME", kMachine, "engine that trains",
       [](O& o, const Text&, const Text& t) { o.trajectory_engine = engine::make_engine(t)->name(); },
       get_text<&O::trajectory_engine>},
      {"sharing", text, "NAME", kMachine,
       listed(engine::sharing_names(), ": how threads share a step of the engine fused"),
       [](O& o, const Text&, const Text& t) { o.sharing = engine::sharing_name(engine::parse_sharing(t)); },
       get_text<&O::sharing>},
      {"counters", flag, "", kMachine, "count cycles, instructions and cache misses of each worker beside the times",
       set_flag<&O::counters>, get_flag<&O::counters>},
      {"max-epochs", number, "E", kBudget,
       "a run that misses its target ends after the larger of --max-epochs and --max-steps",
       [](O& o, const Text& p, const Text& t) { o.max_epochs = small_whole(p, t, "a whole number, 1 or more"); },
       get_count<&O::max_epochs>},
      {"max-steps", number, "K", kBudget, "steps; see --max-epochs", set_count<&O::max_steps>,
       get_count<&O::max_steps>},
      {"budget", text, "T", kBudget, "time for the whole command, like 20m; series that do not fit are left out",
       set_budget, get_budget},
      {"solver-seconds", number, "S", kBudget, "time limit for the reference optimum of one loss",
       set_seconds<&O::solver_seconds>, get_real<&O::solver_seconds>},
      {"roof-seconds", number, "S", kBudget, "time for measuring the machine's roofs, for each thread count",
       set_seconds<&O::roof_seconds>, get_real<&O::roof_seconds>},
      {"precision", number, "P", kBudget, "wanted half-width of a timing's interval, like 2%", set_precision,
       get_real<&O::precision>},
      {"invocations", number, "N", kBudget,
       "processes that take timings, one after the other; at least 5, or 0: this process",
       [](O& o, const Text& p, const Text& t) { o.invocations = small_whole(p, t, "a whole number, 0 or more", 0); },
       get_count<&O::invocations>},
      {"aa-cells", number, "auto|all|N", kBudget,
       "cells timed under two names, to find the smallest difference that can be told", set_aa_cells, get_aa_cells},
      {"out", text, "FILE", kOutput, "the report (default results/NAME.json)",
       [](O& o, const Text& p, const Text& t) {
         if (t.empty()) bad_option(p, t, "the name of a file");
         o.out = t;
       },
       get_given<&O::out>, false},
      {"resume", flag, "", kOutput, "continue from the journal beside the report", set_flag<&O::resume>,
       get_flag<&O::resume>, false},
      {"shard", text, "I/N", kOutput, "run share I of N of the work; 'descent merge' joins the reports", set_shard,
       get_shard},
      {"shard-what", text, "NAME", kOutput, listed(work_names()),
       [](O& o, const Text&, const Text& t) { o.shard_what = one_of("kind of work", t, work_names()); },
       get_text<&O::shard_what>},
  };
}

void set_at(const RunOption& option, O& options, const Setting& setting) {
  try {
    option.set(options, setting.place, setting.text);
  } catch (const core::UsageError& error) {  // from a registry, which does not know the place
    const std::string_view message = error.what();
    throw core::UsageError(message.starts_with(setting.place) ? Text(message)
                                                              : fmt::format("{}: {}", setting.place, message));
  }
}

}  // namespace

std::span<const RunOption> run_options() {
  static const std::vector<RunOption> options = make_options();
  return options;
}

std::string unknown_option(const std::string& name, std::span<const std::string> known) {
  const std::string nearest = core::nearest_name(name, known);
  return fmt::format("found '{}'; expected {}", name,
                     nearest.empty() ? "an option that exists, see --help" : "'" + nearest + "'");
}

const RunOption& find_run_option(const std::string& name, const std::string& place) {
  std::vector<std::string> names;
  for (const RunOption& option : run_options()) {
    if (name == option.name) return option;
    names.push_back(option.name);
  }
  throw core::UsageError(fmt::format("{}: {}", place, unknown_option(name, names)));
}

SweepOptions options_of(const Settings& settings) {
  SweepOptions options = preset_options("standard");
  if (const auto preset = settings.find(kPresetOption); preset != settings.end())
    set_at(find_run_option(kPresetOption, preset->second.place), options, preset->second);
  // Data and model decide the default losses and targets, so they are set first.
  const auto first = [](const Text& name) { return name == "data" || name == "model"; };
  for (const bool now : {true, false})
    for (const auto& [name, setting] : settings)
      if (name != kPresetOption && first(name) == now) set_at(find_run_option(name, setting.place), options, setting);
  return options;
}

std::map<std::string, std::string> configuration_of(const SweepOptions& options) {
  std::map<std::string, std::string> result;
  for (const RunOption& option : run_options())
    if (const OptionText text = option.stored ? option.get(options) : std::nullopt) result[option.name] = *text;
  return result;
}

void check_each_option(const SweepOptions& options) {
  for (const RunOption& option : run_options()) {
    if (option.name == kPresetOption) continue;  // it only says where the values came from
    SweepOptions read_back = options;
    if (const OptionText text = option.get(options)) set_at(option, read_back, {*text, "--" + option.name});
  }
}

}  // namespace descent::sweep
