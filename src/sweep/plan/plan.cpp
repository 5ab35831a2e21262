#include "sweep/plan/plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "descent/core/text.hpp"
#include "descent/loss/loss.hpp"
#include "sweep/search/search.hpp"

namespace descent::sweep {
namespace {

int seeds_of(const SweepOptions& options, const std::string& optimizer, std::int64_t batch) {
  if (optimizer == "gd") return 1;  // from W = 0 nothing in it is random
  if (options.seeds) return *options.seeds;
  return batch >= 4096 ? 5 : 10;
}

/// Small data are noisier, and their runs cheaper; `parameters` are those of the model.
int most_tuning_seeds(std::int64_t n, std::size_t parameters) {
  constexpr double kCheapPass = 2e7;  // rows × parameters: a millisecond of one core
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

/// Batch sizes of sgd, ascending, each once. A preset's own list is cut at n, which `notes` tell; one that the user
/// gave is held to it.
std::vector<std::int64_t> sgd_batches(const SweepOptions& options, std::int64_t n, std::vector<std::string>& notes) {
  std::vector<std::int64_t> batches;
  std::vector<std::string> cut;
  for (const std::int64_t batch : options.batch_sizes) {
    if (batch == 0) continue;
    if (batch > n && !options.batch_sizes_given) {
      cut.push_back(core::with_thousands(static_cast<std::uint64_t>(batch)));
      continue;
    }
    if (batch > n)
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

/// The rate that was given for a batch size, 0 of them being gradient descent; 0 where they are searched for.
double given_rate(const SweepOptions& options, std::int64_t batch) {
  const std::vector<double>& rates = options.learning_rates;
  if (rates.size() < 2) return rates.empty() ? 0 : rates.front();
  const auto at = std::find(options.batch_sizes.begin(), options.batch_sizes.end(), batch);
  return rates[static_cast<std::size_t>(at - options.batch_sizes.begin())];
}

/// The series of one workload under one rule and target, by batch, gd last as the largest batch there is. `base` has
/// the tuning seeds of sgd.
void add_chain(const SweepOptions& options, std::int64_t n, std::vector<std::int64_t> batches, SeriesPlan base,
               std::vector<SeriesPlan>& out) {
  const bool has_sgd = std::count(options.optimizers.begin(), options.optimizers.end(), "sgd") > 0;
  const bool has_gd = std::count(options.optimizers.begin(), options.optimizers.end(), "gd") > 0 ||
                      std::count(options.batch_sizes.begin(), options.batch_sizes.end(), 0) > 0;  // `full` is that row
  const bool untuned = base.lr_rule == "linear" || base.lr_rule == "sqrt";
  base.schedule = options.schedule;
  const std::vector<std::uint64_t> sgd_seeds = base.tuning_seeds;
  const auto add = [&](const std::string& optimizer, std::int64_t batch) {
    base.optimizer = optimizer;
    base.batch = batch;
    base.sampling = optimizer == "gd" ? "none" : options.sampling;
    base.seeds = seeds_from(1, seeds_of(options, optimizer, batch));
    base.walking_seeds = batch * 16 >= n ? 1 : 2;
    base.tuning_seeds = optimizer == "gd" ? seeds_from(kFirstTuningSeed, 1) : sgd_seeds;
    base.max_steps = budget_steps(options, n, batch);
    base.fixed_rate = given_rate(options, optimizer == "gd" ? 0 : batch);
    out.push_back(base);
  };
  if (has_sgd) {
    if (untuned && !batches.empty())
      batches.erase(batches.begin());  // the rules start from the smallest batch's winner
    for (const std::int64_t batch : batches) add("sgd", batch);
  }
  if (has_gd && !untuned) add("gd", n);
}

/// Consecutive series go to one shard, since each search starts at its neighbour's winner.
void share_out(const std::pair<int, int>& shard, std::vector<SeriesPlan>& series) {
  const auto shards = static_cast<std::size_t>(shard.second);
  for (std::size_t i = 0; i < series.size(); ++i)
    series[i].owned = i * shards / series.size() == static_cast<std::size_t>(shard.first - 1);
}

}  // namespace

std::int64_t budget_steps(const SweepOptions& options, std::int64_t n, std::int64_t batch) {
  return std::max(options.max_steps, (options.max_epochs * n + batch - 1) / batch);
}

SeriesTable plan_series(const SweepOptions& options, const data::Split& data) {
  const auto n = static_cast<std::int64_t>(data.training.rows());
  SeriesTable table;
  const std::vector<std::int64_t> batches = sgd_batches(options, n, table.notes);
  std::vector<std::string> seen;
  for (const std::string& spec : options.losses) {
    const std::unique_ptr<loss::Loss> made = loss::make_loss(spec);
    const std::string loss(made->name());
    if (std::count(seen.begin(), seen.end(), loss) > 0) continue;
    seen.push_back(loss);
    const std::size_t workload = table.workloads.size();
    table.workloads.push_back(
        {fmt::format("{}/{}/{}/{}", data.training.name, options.model, loss, core::shortest(options.l2)),
         data.training.name, loss});
    SeriesPlan base;
    base.workload = workload;
    base.lr_rule = options.learning_rates.empty() ? "tuned" : "fixed";
    base.target = options.targets.back();
    base.tuning_seeds = seeds_from(
        kFirstTuningSeed, most_tuning_seeds(n, made->columns(data.training.classes) * data.training.columns()));
    add_chain(options, n, batches, base, table.series);
    if (!options.learning_rates.empty()) continue;
    if (options.tune_each_target)
      for (std::size_t t = options.targets.size() - 1; t-- > 0;) {
        SeriesPlan other = base;
        other.target = options.targets[t];
        other.headline = false;
        add_chain(options, n, batches, other, table.series);
      }
    if (options.untuned_rules)
      for (const char* rule : {"linear", "sqrt"}) {
        SeriesPlan other = base;
        other.lr_rule = rule;
        add_chain(options, n, batches, other, table.series);
      }
  }
  if (table.series.empty())
    throw core::UsageError(
        "--optimizer and --batch-sizes: found nothing to run; expected gd, or sgd with a batch size other than full");
  if (options.shard) share_out(*options.shard, table.series);
  return table;
}

std::string series_id(const SeriesPlan& series, const std::string& workload) {
  std::string id = fmt::format("{}/{}/{}/{}/{}/{}", workload, series.optimizer, series.batch, series.sampling,
                               series.schedule, series.lr_rule);
  if (!series.headline) id += fmt::format("@{}", core::shortest(series.target));
  return id;
}

}  // namespace descent::sweep
