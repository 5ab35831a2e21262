#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>

#include "descent/core/path.hpp"
#include "descent/core/text.hpp"
#include "descent/data/source.hpp"
#include "descent/engine/cost_model.hpp"
#include "descent/engine/engine.hpp"
#include "descent/loss/loss.hpp"
#include "descent/sweep/options.hpp"
#include "descent/train/sampler.hpp"
#include "descent/train/schedule.hpp"

namespace descent::sweep {
namespace {

void need(bool good, const char* option, const std::string& found, const char* expected) {
  if (!good)
    throw core::UsageError(
        fmt::format("--{}: found {}; expected {}", option, found.empty() ? "nothing" : found, expected));
}

void need_name(const char* kind, const std::string& name, const std::vector<std::string>& known) {
  for (const std::string& candidate : known)
    if (candidate == name) return;
  throw core::UsageError(core::unknown_name(kind, name, known));
}

void check_data(const SweepOptions& options) {
  const data::DataUri uri = data::parse_data_uri(options.data);
  need_name("data format", uri.scheme, data::ReaderRegistry::instance().names());
  need(options.validation_fraction >= 0 && options.validation_fraction < 1, "validation-fraction",
       core::shortest(options.validation_fraction), "a number from 0 to below 1");
  if (options.preprocess.empty()) return;
  for (const std::string_view step : core::split(options.preprocess, ','))
    need_name("preprocessing", std::string(core::trim(step)), {"center", "none", "standardise", "unit"});
}

void check_rates(const SweepOptions& options) {
  const std::size_t count = options.learning_rates.size(), batches = options.batch_sizes.size();
  for (const double rate : options.learning_rates)
    need(rate > 0 && std::isfinite(rate), "lr", core::shortest(rate), "auto, or finite numbers above 0");
  if (count < 2) return;
  need(count == batches, "lr", fmt::format("{} rates for {} batch sizes", count, batches),
       "one, or one for each batch size");
  const bool gd = std::count(options.optimizers.begin(), options.optimizers.end(), "gd") > 0;
  const bool full = std::count(options.batch_sizes.begin(), options.batch_sizes.end(), 0) > 0;
  need(full || !gd, "lr", "no rate for gd", "full among --batch-sizes, or --optimizer sgd");
}

void check_training(const SweepOptions& options) {
  need(!options.losses.empty(), "loss", "", "one or more names");
  for (const std::string& loss : options.losses) loss::make_loss(loss);
  need(!options.optimizers.empty(), "optimizer", "", "gd, sgd or both");
  for (const std::string& optimizer : options.optimizers) need_name("optimizer", optimizer, {"gd", "sgd"});
  need(!options.batch_sizes.empty(), "batch-sizes", "", "one or more numbers, or full");
  for (const std::int64_t batch : options.batch_sizes)
    need(batch >= 0, "batch-sizes", std::to_string(batch), "1 or more, or full");
  need(options.l2 >= 0 && std::isfinite(options.l2), "l2", core::shortest(options.l2), "a finite number, 0 or more");
  check_rates(options);
  need(!options.targets.empty(), "target", "", "one or more numbers between 0 and 1");
  for (const double target : options.targets)
    need(target > 0 && target < 1, "target", core::shortest(target),
         "a number between 0 and 1, the share of the starting gap");
  need(std::is_sorted(options.targets.rbegin(), options.targets.rend()), "target", "targets out of order",
       "the largest first: the last one is the headline");
  if (options.seeds) need(*options.seeds >= 1, "seeds", std::to_string(*options.seeds), "1 or more");
  train::parse_schedule(options.schedule);
  need(train::parse_sampling(options.sampling) != train::Sampling::none, "sampling", "none",
       "reshuffle, iid_replace or iid_distinct");
  need_name("passage", options.passage, {"exact", "grid"});
  need(options.max_epochs >= 1, "max-epochs", std::to_string(options.max_epochs), "1 or more");
  need(options.max_steps >= 1, "max-steps", std::to_string(options.max_steps), "1 or more");
}

void check_timing(const SweepOptions& options) {
  need(!options.threads.empty(), "threads", "", "one or more numbers, or all");
  for (const int threads : options.threads) {
    need(threads >= 1, "threads", std::to_string(threads), "1 or more, or all");
    if (threads > machine::available_cpus() && !options.oversubscribe)
      throw core::UsageError(
          fmt::format("--threads: found {}; expected at most {}, the CPUs this process may use, or --oversubscribe",
                      threads, machine::available_cpus()));
  }
  need(!options.engines.empty(), "engine", "", "one or more names");
  for (const std::string& engine : options.engines) engine::make_engine(engine);
  if (!engine::make_engine(options.trajectory_engine)->reproducible())
    throw core::UsageError(
        fmt::format("--trajectory-engine: found {}; expected an engine whose weights do not depend on the threads",
                    options.trajectory_engine));
  engine::parse_sharing(options.schedule_of_work);
  if (options.budget_seconds)
    need(*options.budget_seconds > 0 && std::isfinite(*options.budget_seconds), "budget",
         core::shortest(*options.budget_seconds), "a time above 0");
  need(options.precision > 0 && options.precision < 1, "precision", core::shortest(options.precision),
       "a share between 0 and 1");
  need(options.invocations >= 0, "invocations", std::to_string(options.invocations), "0 or more");
}

/// Opens a new file there, since permission bits alone do not tell (root, read-only file systems, full disks).
void check_folder(const std::string& out, const std::filesystem::path& file_in_it) {
  const std::filesystem::path folder = file_in_it.has_parent_path() ? file_in_it.parent_path() : ".";
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored))
    throw core::UsageError(
        fmt::format("--out {}: found no folder '{}'; expected one that exists", out, folder.string()));
  const std::string probe = (folder / fmt::format(".descent-{}", getpid())).string();
  const int file = ::open(probe.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0)
    throw core::UsageError(fmt::format("--out {}: folder '{}' cannot be written ({}); expected a writable folder", out,
                                       folder.string(), std::strerror(errno)));
  ::close(file);
  ::unlink(probe.c_str());
}

/// The report goes where links lead; the journal lies beside the name as given.
void check_output(const std::string& out) {
  if (out.starts_with('-'))
    throw core::UsageError(fmt::format(
        "--out {}: found a name that begins with a dash; expected a file (or ./{} for that name)", out, out));
  std::error_code ignored;
  if (std::filesystem::is_directory(out, ignored))
    throw core::UsageError(fmt::format("--out {}: found a folder; expected the name of a file", out));
  if (core::takes_writes(out))
    throw core::UsageError(
        fmt::format("--out {}: found a pipe, terminal or device; expected a file, with its journal beside it", out));
  check_folder(out, out);
  check_folder(out, core::without_links(out));
}

}  // namespace

void check_options(const SweepOptions& options) {
  need_name("preset", options.preset, preset_names());
  need_name("model", options.model, {"linear"});
  check_data(options);
  check_training(options);
  check_timing(options);
  need_name("kind of work (--shard-what)", options.shard_what, {"all", "statistics", "timings"});
  if (options.shard)
    need(options.shard->second >= 1 && options.shard->first >= 1 && options.shard->first <= options.shard->second,
         "shard", fmt::format("{}/{}", options.shard->first, options.shard->second), "I/N with 1 <= I <= N");
  if (!options.out.empty())
    check_output(options.out);
  else if (options.resume)
    throw core::UsageError("--resume: found no --out; expected the report whose journal is to be continued");
}

}  // namespace descent::sweep
