#pragma once

#include <optional>
#include <vector>

#include "descent/record/report.hpp"

namespace descent::analysis {

/// Seconds per step of one cell in one process.
struct ProcessSeconds {
  int invocation = 0;
  double seconds = 0;
};

/// One cell in two reports, process by process. Both use the same weighting: the steps of `base`'s series up to a
/// target, and only the origins (stored weights) from which both were timed. Otherwise a report whose runs take another
/// path would look faster or slower although its steps are not. Empty if there are no processes. A cell that was timed
/// under two names counts once.
struct SecondsOfBoth {
  std::vector<ProcessSeconds> base, found;
};
SecondsOfBoth process_seconds(const record::Report& base, const record::Report& found, const record::Series& series,
                              const record::Cell& cell, const std::optional<record::Target>& target);

}  // namespace descent::analysis
