#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "descent/machine/team.hpp"

namespace descent::sweep {

inline constexpr int kAllCells = 1 << 30;
inline constexpr double kEscapeDistance = 0.5;               ///< of the target escape, unless told otherwise
inline constexpr double kSaddleNoise = 0.01;                 ///< sigma of a landscape with a saddle, likewise
inline constexpr const char* kLandscapeModel = "landscape";  ///< what `--data landscape:NAME` is trained by

/// Everything `descent run` can be told, resolved: what is absent on the command line has its preset's value here.
/// Values as the user spells them where a later stage parses them (losses, data URI). run_options.hpp has how each is
/// read, checked and written back.
struct SweepOptions {
  std::string preset = "standard";                 ///< where the values came from; nothing else hangs on it
  std::string data, model = "linear", preprocess;  ///< preprocess "": the source's default
  bool bias = true;
  double validation_fraction = 0;
  std::vector<std::string> losses;
  std::vector<std::string> optimizers;    ///< with their parameters
  std::vector<std::int64_t> batch_sizes;  ///< rows a step; `full` is 0: all rows, once
  bool batch_sizes_given = false;         ///< by the user; a preset's own list is cut at the training rows
  std::vector<int> threads;
  std::vector<std::string> engines;     ///< to time; steps come from trajectory_engine
  std::string trajectory_engine;        ///< fused where available, else eigen
  std::string sharing = "auto";         ///< auto, rows, features: how `fused` shares a step
  std::optional<int> seeds;             ///< absent: by batch size
  std::vector<double> targets;          ///< suboptimality, descending
  std::vector<double> loss_targets;     ///< values of f, descending
  std::optional<double> escape_target;  ///< distance from a landscape's saddle
  bool accuracy_target = false;
  double accuracy_patience = 2;   ///< a run goes on for its accuracy to this times its steps to the target
  bool tune_each_target = false;  ///< a tuned series per target, not only for the headline (full)
  bool untuned_rules = false;     ///< add the linear and square-root rules as series (full)
  double l2 = 1e-4;
  std::vector<double> learning_rates;  ///< none: auto (search); one for all, or one for each of batch_sizes
  std::string schedule = "constant", sampling = "reshuffle", passage = "grid";
  std::int64_t max_epochs = 0, max_steps = 0;  ///< censored once past both
  std::optional<double> budget_seconds;
  double solver_seconds = 300;  ///< most that the reference optimum of one workload may take
  double roof_seconds = 2;      ///< of the probes of the machine's roofs, for each thread count
  double precision = 0.02;      ///< half-width asked of a timing, relative
  int invocations = 0;          ///< processes that take timings; 0: this process takes them
  std::optional<int> aa_cells;  ///< cells timed under two names; absent: an eighth of them, 4 to 24
  bool pin = true, oversubscribe = false;
  machine::Placement placement = machine::Placement::compact;
  std::string out;  ///< report path
  bool resume = false;
  std::optional<std::pair<int, int>> shard;  ///< I of N, 1-based
  std::string shard_what = "all";            ///< all, statistics
};

/// The options of a preset, for data that are not known yet. Throws UsageError with the nearest name.
SweepOptions preset_options(const std::string& name);
std::vector<std::string> preset_names();

/// The engine that trains unless told otherwise: fused where it can run, else eigen.
std::string default_trajectory_engine();

/// The options as the command line and --config spell them: long option without dashes to value. Equal for equal
/// sweeps, whatever the order in which options were given. The report's context.configuration.
std::map<std::string, std::string> configuration_of(const SweepOptions& options);

/// What a sweep writes, each with its name for messages: report, journal, the journal kept of an earlier run, the
/// orders of timing processes. The last three lie beside the file that --out leads to, whatever links lead there: they
/// belong to the file, not to its name. Empty without --out.
struct OutputFiles {
  std::string report, journal, old_journal, timing;
};
OutputFiles output_files(const SweepOptions& options);

/// Throws UsageError on anything that can be judged without the data: options whose texts would not be taken back,
/// options that do not go together, thread counts, an output folder that cannot be written.
void check_options(const SweepOptions& options);

/// Throws UsageError where a report cannot be put there: a folder, a pipe or device, a name that begins with a dash, or
/// a folder that cannot be written.
void check_output(const std::string& out);

}  // namespace descent::sweep
