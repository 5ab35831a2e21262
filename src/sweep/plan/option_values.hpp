#pragma once

#include <optional>
#include <string>
#include <vector>

#include "descent/sweep/options.hpp"

namespace descent::sweep {

// The options whose texts are more than one name or number: how each is read, and written so that it reads back as the
// same. See RunOption.

using OptionText = std::optional<std::string>;

void set_batch_sizes(SweepOptions& options, const std::string& place, const std::string& text);
OptionText get_batch_sizes(const SweepOptions& options);

/// 1 and the powers of two up to `all`, then `all`.
std::vector<int> powers_of_two_up_to(int all);
void set_threads(SweepOptions& options, const std::string& place, const std::string& text);
OptionText get_threads(const SweepOptions& options);

/// "accuracy" among the targets sets the accuracy target, which is written back as an option of its own.
/// Sets the default targets of a landscape: to leave its saddle, if it has one, and shares of the starting gap, if it
/// has a minimum. If it has a saddle and the data URI does not give sigma, adds sigma.
void set_landscape_targets(SweepOptions& options);
void set_targets(SweepOptions& options, const std::string& place, const std::string& text);
OptionText get_targets(const SweepOptions& options);

void set_learning_rates(SweepOptions& options, const std::string& place, const std::string& text);
OptionText get_learning_rates(const SweepOptions& options);

/// Reads "90s", "20m", "1h30m"; a number alone is seconds.
void set_budget(SweepOptions& options, const std::string& place, const std::string& text);
OptionText get_budget(const SweepOptions& options);

/// Reads "2%" or "0.02".
void set_precision(SweepOptions& options, const std::string& place, const std::string& text);

void set_aa_cells(SweepOptions& options, const std::string& place, const std::string& text);
OptionText get_aa_cells(const SweepOptions& options);

void set_shard(SweepOptions& options, const std::string& place, const std::string& text);
OptionText get_shard(const SweepOptions& options);

/// Checks every option by writing it as text and reading it with its own `set`. Throws UsageError.
void check_each_option(const SweepOptions& options);

}  // namespace descent::sweep
