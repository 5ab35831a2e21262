#include "sweep/plan/plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "descent/core/text.hpp"
#include "descent/loss/loss.hpp"
#include "descent/record/find.hpp"
#include "descent/train/landscape.hpp"
#include "descent/train/model.hpp"
#include "descent/train/sampler.hpp"
#include "descent/train/schedule.hpp"
#include "sweep/search/search.hpp"

namespace descent::sweep {
namespace {

int seeds_of(const SweepOptions& options, bool full_batch, std::int64_t batch) {
  if (full_batch) return 1;  // full-batch descent is not random
  if (options.seeds) return *options.seeds;
  return batch >= 4096 ? 5 : 10;
}

/// The most seeds of a search. Small data are noisier and their runs cheaper, so they get more. `parameters` are those
/// of the model.
int most_tuning_seeds(std::int64_t n, std::size_t parameters) {
  constexpr double kCheapPass = 2e7;  // rows × parameters: takes about a millisecond of one core
  if (n <= 2'000) return LearningRateSearch::kMostSeedsOfTinyData;
  return n <= 10'000 || static_cast<double>(n) * static_cast<double>(parameters) <= kCheapPass
             ? LearningRateSearch::kMostSeedsOfSmallData
             : LearningRateSearch::kMostSeeds;
}

std::vector<std::uint64_t> seeds_from(std::uint64_t first, int count) {
  std::vector<std::uint64_t> seeds(static_cast<std::size_t>(count));
  std::iota(seeds.begin(), seeds.end(), first);
  return seeds;
}

/// Drawn batch sizes, ascending, each once. A preset's own list is cut at n, and `notes` say so; if the user gave the
/// list, a batch larger than n is an error.
std::vector<std::int64_t> drawn_batches(const SweepOptions& options, std::int64_t n, std::vector<std::string>& notes) {
  std::vector<std::int64_t> batches;
  std::vector<std::string> cut;
  for (const std::int64_t batch : options.batch_sizes) {
    if (batch == 0) continue;
    if (n > 0 && batch > n && !options.batch_sizes_given) {
      cut.push_back(core::with_thousands(static_cast<std::uint64_t>(batch)));
      continue;
    }
    if (n > 0 && batch > n)
      throw core::UsageError(fmt::format("--batch-sizes: found {}; expected at most {}, the training rows", batch, n));
    batches.push_back(batch);
  }
  if (!cut.empty())
    notes.push_back(fmt::format("batch size {} of the preset left out: there are {} training rows",
                                fmt::join(cut, ", "), core::with_thousands(static_cast<std::uint64_t>(n))));
  std::sort(batches.begin(), batches.end());
  batches.erase(std::unique(batches.begin(), batches.end()), batches.end());
  return batches;
}

/// The learning rate that was given for a batch size (0: all rows); 0 if rates are searched for.
double given_rate(const SweepOptions& options, std::int64_t batch) {
  const std::vector<double>& rates = options.learning_rates;
  if (rates.size() < 2) return rates.empty() ? 0 : rates.front();
  const auto at = std::find(options.batch_sizes.begin(), options.batch_sizes.end(), batch);
  return rates[static_cast<std::size_t>(at - options.batch_sizes.begin())];
}

/// Methods whose searches form one chain, from batch to batch and then to all rows: one method that does both, or a
/// method for drawn batches and the one that replaces it on all rows.
struct Family {
  std::string name;
  std::shared_ptr<const train::Optimizer> drawn, full;  // null if not asked for
};

/// The families, those of plain steps first, since their noise has a theory; then by name.
std::vector<Family> families_of(const SweepOptions& options) {
  const bool full = std::count(options.batch_sizes.begin(), options.batch_sizes.end(), 0) > 0;
  std::map<std::pair<bool, std::string>, Family> families;
  for (const std::string& spec : options.optimizers) {
    const std::shared_ptr<const train::Optimizer> method = train::make_optimizer(spec);
    const std::string_view other = method->at_full_batch();
    const std::shared_ptr<const train::Optimizer> whole = other.empty() ? method : train::make_optimizer(other);
    Family& family = families[{!method->plain_step(), whole->name()}];
    family.name = whole->name();
    if (method->stochastic()) family.drawn = method;
    if (whole->full_batch() && (full || !method->stochastic())) family.full = whole;
  }
  std::vector<Family> result;
  for (auto& [key, family] : families) result.push_back(std::move(family));
  return result;
}

/// Throws UsageError if a method cannot run on these data or with one of the drawn batch sizes.
void expect_possible(const Family& family, const SweepOptions& options, std::span<const std::int64_t> batches) {
  for (const auto& method : {family.drawn, family.full}) {
    if (!method) continue;
    if (const std::string landscape = train::landscape_of(options.data); method->needs_rows() && !landscape.empty())
      throw core::UsageError(
          fmt::format("--optimizer {}: found the landscape {}; expected rows of data, which it draws from",
                      method->name(), landscape));
    if (method->needs_linear_model() && !train::make_model(options.model)->is_linear())
      throw core::UsageError(fmt::format(
          "--optimizer {}: found model {}; expected linear, whose rows' gradients are a slope for each score",
          method->name(), options.model));
    for (const std::int64_t batch : batches)
      if (batch < static_cast<std::int64_t>(method->least_batch()))
        throw core::UsageError(fmt::format("--batch-sizes: found {}; expected at least {} for --optimizer {}", batch,
                                           method->least_batch(), method->name()));
  }
}

/// Adds the series of one family of a workload under one rule and target, ordered by batch; all rows come last, as the
/// largest batch. `base` has the tuning seeds of drawn batches.
void add_chain(const SweepOptions& options, std::int64_t n, std::vector<std::int64_t> batches, const Family& family,
               SeriesPlan base, std::vector<SeriesPlan>& out) {
  const bool untuned = record::is_scaled(base.lr_rule);
  base.schedule = train::parse_schedule(options.schedule);
  base.family = family.name;
  const std::vector<std::uint64_t> drawn_seeds = base.tuning_seeds;
  const auto add = [&](const std::shared_ptr<const train::Optimizer>& method, bool full_batch, std::int64_t batch) {
    base.method = method;
    base.optimizer = method->name();
    base.full_batch = full_batch;
    base.batch = batch;
    base.sampling = full_batch ? record::Sampling::none : train::parse_sampling(options.sampling);
    base.seeds = seeds_from(1, seeds_of(options, full_batch, batch));
    base.walking_seeds = batch * 16 >= n ? 1 : 2;
    base.tuning_seeds = full_batch ? seeds_from(kFirstTuningSeed, 1) : drawn_seeds;
    base.max_steps = budget_steps(options, n, batch);
    base.fixed_rate = given_rate(options, full_batch ? 0 : batch);
    out.push_back(base);
  };
  if (family.drawn) {
    if (untuned && !batches.empty())
      batches.erase(batches.begin());  // these rules scale the smallest batch's winner, which is a series already
    for (const std::int64_t batch : batches) add(family.drawn, false, batch);
  }
  if (family.full && !untuned) add(family.full, true, n);
}

/// Canonical names of the losses, each once, and their outputs. A workload without a loss, as a landscape has, is named
/// kNoLoss.
std::vector<std::pair<std::string, std::size_t>> losses_of(const SweepOptions& options, const data::Dataset& training) {
  std::vector<std::pair<std::string, std::size_t>> result;
  if (const std::string landscape = train::landscape_of(options.data); !landscape.empty()) {
    if (options.learning_rates.empty() && !train::make_landscape(landscape)->minimum())
      throw core::UsageError(
          fmt::format("--lr: found auto; expected a rate: {} has no known minimum to search by", landscape));
    return {{kNoLoss, 1}};
  }
  if (!train::make_model(options.model)->has_loss()) return {{kNoLoss, 1}};
  for (const std::string& spec : options.losses) {
    const std::unique_ptr<loss::Loss> made = loss::make_loss(spec);
    const std::string loss(made->name());
    if (std::none_of(result.begin(), result.end(), [&](const auto& other) { return other.first == loss; }))
      result.emplace_back(loss, made->outputs(training.classes));
  }
  return result;
}

/// Assigns consecutive series to one shard, since each search starts at its neighbour's winner.
void share_out(const std::pair<int, int>& shard, std::vector<SeriesPlan>& series) {
  const auto shards = static_cast<std::size_t>(shard.second);
  for (std::size_t i = 0; i < series.size(); ++i)
    series[i].owned = i * shards / series.size() == static_cast<std::size_t>(shard.first - 1);
}

}  // namespace

std::vector<record::Target> targets_of(const SweepOptions& options) {
  std::vector<record::Target> targets;
  for (const double share : options.targets) targets.push_back({record::TargetKind::suboptimality, share});
  for (const double value : options.loss_targets) targets.push_back({record::TargetKind::loss, value});
  if (!targets.empty()) targets.back().headline = true;
  if (options.escape_target) targets.push_back({record::TargetKind::escape, *options.escape_target, targets.empty()});
  return targets;
}

record::Target headline_of(const SweepOptions& options) {
  const std::vector<record::Target> targets = targets_of(options);
  return *std::find_if(targets.begin(), targets.end(), [](const record::Target& target) { return target.headline; });
}

std::string target_label(const record::Target& target) {
  const std::string value = core::shortest(target.value);
  return target.kind == record::TargetKind::suboptimality ? value : record::to_text(target.kind) + ":" + value;
}

std::int64_t budget_steps(const SweepOptions& options, std::int64_t n, std::int64_t batch) {
  return std::max(options.max_steps, (options.max_epochs * n + batch - 1) / std::max<std::int64_t>(1, batch));
}

SeriesTable plan_series(const SweepOptions& options, const data::Split& data) {
  const auto n = static_cast<std::int64_t>(data.training.rows());
  SeriesTable table;
  const std::vector<std::int64_t> batches = drawn_batches(options, n, table.notes);
  const std::vector<Family> families = families_of(options);
  for (const Family& family : families) expect_possible(family, options, batches);
  const auto add_chains = [&](const SeriesPlan& base) {
    for (const Family& family : families) add_chain(options, n, batches, family, base, table.series);
  };
  for (const auto& [loss, outputs] : losses_of(options, data.training)) {
    const std::size_t workload = table.workloads.size();
    table.workloads.push_back(
        {fmt::format("{}/{}/{}/{}", data.training.name, options.model, loss, core::shortest(options.l2)),
         data.training.name, loss});
    SeriesPlan base;
    base.workload = workload;
    base.lr_rule = options.learning_rates.empty() ? record::RateRule::tuned : record::RateRule::fixed;
    const record::Target headline = headline_of(options);
    base.target = headline.value, base.target_kind = headline.kind;
    base.tuning_seeds = seeds_from(kFirstTuningSeed, most_tuning_seeds(n, outputs * data.training.width()));
    add_chains(base);
    if (!options.learning_rates.empty()) continue;
    if (options.tune_each_target) {
      std::vector<record::Target> targets = targets_of(options);
      std::reverse(targets.begin(), targets.end());
      for (const record::Target& target : targets) {
        if (target.headline || target.kind == record::TargetKind::escape) continue;
        SeriesPlan other = base;
        other.target = target.value, other.target_kind = target.kind;
        other.headline = false;
        add_chains(other);
      }
    }
    if (options.untuned_rules)
      for (const record::RateRule rule : {record::RateRule::linear, record::RateRule::sqrt}) {
        SeriesPlan other = base;
        other.lr_rule = rule;
        add_chains(other);
      }
  }
  if (table.series.empty())
    throw core::UsageError(
        "--optimizer and --batch-sizes: found nothing to run; expected gd, or sgd with a batch size other than full");
  if (options.shard) share_out(*options.shard, table.series);
  return table;
}

std::string series_id(const SeriesPlan& series, const std::string& workload) {
  std::string id =
      fmt::format("{}/{}/{}/{}/{}/{}", workload, series.optimizer, series.batch, record::to_text(series.sampling),
                  record::to_text(series.schedule), record::to_text(series.lr_rule));
  if (!series.headline) id += "@" + target_label({series.target_kind, series.target});
  return id;
}

}  // namespace descent::sweep
