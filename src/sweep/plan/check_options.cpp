#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "descent/core/file_roles.hpp"
#include "descent/core/input_file.hpp"
#include "descent/core/path.hpp"
#include "descent/engine/engine.hpp"
#include "descent/sweep/options.hpp"
#include "descent/sweep/sweep.hpp"
#include "descent/train/landscape.hpp"
#include "descent/train/model.hpp"
#include "descent/train/optimizer.hpp"
#include "sweep/plan/option_text.hpp"
#include "sweep/plan/option_values.hpp"
#include "sweep/plan/plan.hpp"

namespace descent::sweep {
namespace {

void need(bool good, const char* option, const std::string& found, const char* expected) {
  if (!good)
    throw core::UsageError(
        fmt::format("--{}: found {}; expected {}", option, found.empty() ? "nothing" : found, expected));
}

void check_data(const SweepOptions& options) {
  for (const std::string& file : input_files(options.data))
    if (!core::can_be_read_again(file)) {
      core::let_writer_go(file);
      throw core::UsageError(fmt::format(
          "--data {}: found a pipe, terminal or device at {}, which can be read only once; expected a file, "
          "since processes that take timings read it again",
          options.data, file));
    }
}

void check_rates(const SweepOptions& options) {
  const std::size_t count = options.learning_rates.size(), batches = options.batch_sizes.size();
  if (count < 2) return;
  need(count == batches, "lr", fmt::format("{} rates for {} batch sizes", count, batches),
       "one, or one for each batch size");
  const bool full = std::count(options.batch_sizes.begin(), options.batch_sizes.end(), 0) > 0;
  for (const std::string& optimizer : options.optimizers)
    need(full || train::make_optimizer(optimizer)->stochastic(), "lr", "no rate for " + optimizer,
         "full among --batch-sizes, or another --optimizer");
}

/// A landscape has no rows and no loss, and a model of its own.
void check_landscape(const SweepOptions& options) {
  const bool landscape = !train::landscape_of(options.data).empty();
  if (!landscape) {
    need(options.model != kLandscapeModel, "model", options.model, "a model of data, or --data landscape:NAME");
    if (train::make_model(options.model)->has_loss())
      need(!options.losses.empty(), "loss", "", "one or more losses");
    else
      need(options.losses.empty(), "loss", list_text(options.losses),
           fmt::format("no such option with --model {}", options.model).c_str());
    need(!options.escape_target, "target", "escape", "--data landscape:NAME of one that has a saddle");
    return;
  }
  const auto none = [](bool good, const char* option, const std::string& found) {
    need(good, option, found, "no such option with --data landscape:NAME");
  };
  need(options.model == kLandscapeModel, "model", options.model, "landscape, which --data landscape:NAME selects");
  none(options.losses.empty(), "loss", list_text(options.losses));
  none(options.l2 == 0, "l2", core::shortest(options.l2));
  none(options.preprocess.empty(), "preprocess", options.preprocess);
  none(options.validation_fraction == 0, "validation-fraction", core::shortest(options.validation_fraction));
  none(options.bias, "bias", "off");
  const auto made = train::make_landscape(train::landscape_of(options.data));
  const std::string name = train::landscape_of(options.data);
  need(!options.escape_target || made->saddle(), "target", "escape",
       fmt::format("a landscape that has a saddle, which {} has not", name).c_str());
  const std::vector<record::Target> targets = targets_of(options);
  for (const record::Target& target : targets)
    need(target.kind == record::TargetKind::escape || made->minimum(), "target", target_label(target),
         fmt::format("escape: {} has no minimum", name).c_str());
}

/// Refuses --passage exact and --shard for methods whose runs cannot be repeated.
void check_reproducible(const SweepOptions& options) {
  for (const std::string& optimizer : options.optimizers) {
    if (train::make_optimizer(optimizer)->reproducible()) continue;
    need(options.passage != "exact", "passage", "exact",
         fmt::format("grid with --optimizer {}, whose runs differ even with the same seed", optimizer).c_str());
    if (options.shard)
      throw core::UsageError(fmt::format(
          "--shard: found {}/{}; expected none with --optimizer {}, whose runs differ even with the same seed",
          options.shard->first, options.shard->second, optimizer));
  }
}

void check_threads(const SweepOptions& options) {
  for (const int threads : options.threads)
    if (threads > machine::available_cpus() && !options.oversubscribe)
      throw core::UsageError(
          fmt::format("--threads: found {}; expected at most {}, the CPUs this process may use, or --oversubscribe",
                      threads, machine::available_cpus()));
}

/// Opens a new file in the folder, since permission bits alone do not tell (root, read-only file systems, full disks).
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

/// What lies beside the report must be a file of an earlier run, too: nobody named it, so that it replaces nothing
/// else.
void check_companions(const SweepOptions& options) {
  constexpr std::string_view kJournalBegin = "{\"descentbench_journal\"", kTimingBegin = "{\"";
  std::error_code ignored;
  const OutputFiles files = output_files(options);
  for (const auto& [file, begin] :
       {std::pair(files.journal, kJournalBegin), {files.old_journal, kJournalBegin}, {files.timing, kTimingBegin}}) {
    if (!std::filesystem::exists(file, ignored)) continue;
    if (!std::filesystem::is_regular_file(file, ignored))
      throw core::UsageError(fmt::format(
          "--out {}: found something other than a file at {}; expected a file or nothing", options.out, file));
    // A run that was killed at once leaves an empty file, or the begin of a line.
    if (const std::string found = core::first_bytes(file, begin.size()); !begin.starts_with(found))
      throw core::UsageError(
          fmt::format("--out {}: found a file of something else at {}; expected one of an earlier run, or nothing",
                      options.out, file));
  }
}

}  // namespace

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
  check_folder(out, core::without_links(out));
}

void check_options(const SweepOptions& options) {
  check_each_option(options);
  check_landscape(options);
  check_data(options);
  check_rates(options);
  need(std::is_sorted(options.targets.rbegin(), options.targets.rend()), "target", "targets out of order",
       "the largest first: the last one is the headline");
  check_reproducible(options);
  check_threads(options);
  const auto trains = engine::make_engine(options.trajectory_engine);
  for (const double target : options.targets)
    if (target < trains->least_target())
      throw core::UsageError(
          fmt::format("--target: found {}; expected at least {}, down to which engine {} trains as exact numbers would",
                      core::shortest(target), core::shortest(trains->least_target()), options.trajectory_engine));
  if (!trains->reproducible())
    throw core::UsageError(
        fmt::format("--trajectory-engine: found {}; expected an engine whose weights do not depend on the threads",
                    options.trajectory_engine));
  if (!options.out.empty())
    check_output(options.out), check_companions(options);
  else if (options.resume)
    throw core::UsageError("--resume: found no --out; expected the report whose journal is to be continued");
}

}  // namespace descent::sweep
