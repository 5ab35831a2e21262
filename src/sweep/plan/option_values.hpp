#pragma once

#include <optional>
#include <string>
#include <vector>

#include "descent/sweep/options.hpp"

namespace descent::sweep {

// The options whose texts are more than one name or number: how each is read, and written back so that it reads the
// same. See RunOption.

using OptionText = std::optional<std::string>;

void set_batch_sizes(SweepOptions& options, const std::string& place, const std::string& text);
OptionText get_batch_sizes(const SweepOptions& options);

/// 1 and the powers of two up to `all`, then `all`.
std::vector<int> powers_of_two_up_to(int all);
void set_threads(SweepOptions& options, const std::string& place, const std::string& text);
OptionText get_threads(const SweepOptions& options);

/// "accuracy" among the targets sets the accuracy target, which is written back as an option of its own.
/// What a landscape can be asked for unless something else is: to leave the saddle that it has, and shares of the
/// starting gap where it has a minimum. Where the data URI
/// does not give sigma beside a saddle, adds it.
void set_landscape_targets(SweepOptions& options);
void set_targets(SweepOptions& options, const std::string& place, const std::string& text);
OptionText get_targets(const SweepOptions& options);

void set_learning_rates(SweepOptions& options, const std::string& place, const std::string& text);
OptionText get_learning_rates(const SweepOptions& options);

/// "90s", "20m", "1h30m"; a number alone is seconds.
void set_budget(SweepOptions& options, const std::string& place, const std::string& text);
OptionText get_budget(const SweepOptions& options);

/// "2%" or 0.02.
void set_precision(SweepOptions& options, const std::string& place, const std::string& text);

void set_aa_cells(SweepOptions& options, const std::string& place, const std::string& text);
OptionText get_aa_cells(const SweepOptions& options);

void set_shard(SweepOptions& options, const std::string& place, const std::string& text);
OptionText get_shard(const SweepOptions& options);

/// Holds every option to what its own `set` takes. Throws UsageError.
void check_each_option(const SweepOptions& options);

}  // namespace descent::sweep
