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

/// One cell in two reports, process by process. Both are weighted alike, by where the steps of `base`'s series up to a
/// target are taken, and with the stored weights that both were timed from alone: else a report whose runs take other
/// ways would look faster or slower though no step of it is. Empty where there are none. A cell that was timed under
/// two names counts once.
struct SecondsOfBoth {
  std::vector<ProcessSeconds> base, found;
};
SecondsOfBoth process_seconds(const record::Report& base, const record::Report& found, const record::Series& series,
                              const record::Cell& cell, const std::optional<record::Target>& target);

}  // namespace descent::analysis
