#pragma once

#include <nlohmann/json.hpp>

#include "descent/data/dataset.hpp"
#include "descent/record/tables.hpp"
#include "descent/sweep/options.hpp"

namespace descent {

/// The environment, with what the sweep knows: command, configuration, arithmetic fingerprint.
Context make_context(const SweepOptions& options, const std::vector<std::string>& command);

/// What two runs must share for one to continue the other: machine, build, data set, configuration. Order within lists
/// of the configuration does not count, nor does where to stop for lack of time.
nlohmann::json journal_identity(const Context& context, const Split& data);

}  // namespace descent
