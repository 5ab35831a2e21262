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
inline constexpr double kEscapeDistance = 0.5;               ///< default of the target escape: distance from the saddle
inline constexpr double kSaddleNoise = 0.01;                 ///< default sigma of a landscape with a saddle
inline constexpr const char* kLandscapeModel = "landscape";  ///< the model that trains `--data landscape:NAME`

/// All options of `descent run`, resolved: an option that is absent on the command line has its preset's value here.
/// Values that a later stage parses (losses, data URI) are kept as the user wrote them. run_options.hpp says how each
/// option is read, checked and written back.
struct SweepOptions {
  std::string preset = "standard";                 ///< where the values came from; nothing else depends on it
  std::string data, model = "linear", preprocess;  ///< preprocess "": the source's default
  bool bias = true;
  double validation_fraction = 0;
  std::vector<std::string> losses;
  std::vector<std::string> optimizers;    ///< with their parameters
  std::vector<std::int64_t> batch_sizes;  ///< rows per step; 0 is `full`: all rows
  /// true if the user gave them; a preset's own list is cut at the number of training rows
  bool batch_sizes_given = false;
  std::vector<int> threads;
  std::vector<std::string> engines;     ///< engines to time; steps come from trajectory_engine
  std::string trajectory_engine;        ///< fused if available, else eigen
  std::string sharing = "auto";         ///< auto, rows, features: how `fused` shares a step
  std::optional<int> seeds;             ///< absent: by batch size
  std::vector<double> targets;          ///< suboptimality, descending
  std::vector<double> loss_targets;     ///< values of f, descending
  std::optional<double> escape_target;  ///< distance from a landscape's saddle
  bool accuracy_target = false;
  /// to reach its accuracy target, a run goes on up to this multiple of its steps to the other target
  double accuracy_patience = 2;
  bool tune_each_target = false;  ///< a tuned series per target, not only for the headline (full)
  bool untuned_rules = false;     ///< add the linear and square-root rules as series (full)
  double l2 = 1e-4;
  std::vector<double> learning_rates;  ///< empty: auto (search); else one for all, or one for each of batch_sizes
  std::string schedule = "constant", sampling = "reshuffle", passage = "grid";
  std::int64_t max_epochs = 0, max_steps = 0;  ///< a run is censored when it is past both
  std::optional<double> budget_seconds;
  double solver_seconds = 300;  ///< limit for the reference optimum of one workload
  double roof_seconds = 2;      ///< for the probes of the machine's roofs, per thread count
  double precision = 0.02;      ///< wanted relative half-width of a timing's interval
  int invocations = 0;          ///< processes that take timings; 0: this process takes them
  std::optional<int> aa_cells;  ///< cells timed under two names; absent: an eighth of them, 4 to 24
  bool pin = true, oversubscribe = false;
  bool counters = false;  ///< count cycles, instructions and misses in the timings
  machine::Placement placement = machine::Placement::compact;
  std::string out;  ///< report path
  bool resume = false;
  std::optional<std::pair<int, int>> shard;  ///< I of N, 1-based
  std::string shard_what = "all";            ///< all, statistics
};

/// The options of a preset; they do not depend on the data. Throws UsageError with the nearest name.
SweepOptions preset_options(const std::string& name);
std::vector<std::string> preset_names();

/// The engine that trains by default: fused if it can run here, else eigen.
std::string default_trajectory_engine();

/// The options as the command line and --config spell them: a map from the long option, without dashes, to its value.
/// It is equal for equal sweeps, whatever the order in which options were given. It becomes the report's
/// context.configuration.
std::map<std::string, std::string> configuration_of(const SweepOptions& options);

/// The files that a sweep writes, each with its name for messages: report, journal, the journal kept from an earlier
/// run, and the orders of timing processes. The last three lie beside the file that --out finally names, with all links
/// followed: they belong to the file, not to its name. Empty without --out.
struct OutputFiles {
  std::string report, journal, old_journal, timing;
};
OutputFiles output_files(const SweepOptions& options);

/// Throws UsageError on any error that can be found without the data: options whose texts would not be read back,
/// options that cannot be combined, thread counts, an output folder that cannot be written.
void check_options(const SweepOptions& options);

/// Throws UsageError if a report cannot be written to `out`: it is a folder, a pipe or a device, its name begins with a
/// dash, or its folder cannot be written.
void check_output(const std::string& out);

}  // namespace descent::sweep
