#pragma once

#include <functional>
#include <string>
#include <vector>

#include "descent/record/report.hpp"
#include "tally.hpp"

namespace descent::bench {

/// What is printed as soon as it is known.
using Print = std::function<void(const Tally&)>;

struct Settings {
  int trials = 1000;
  std::string only;                      ///< procedures whose name begins with this
  std::string report;                    ///< of real runs; "" for simulation
  std::vector<int> seeds{3, 5, 10, 20};  ///< drawn from the report's runs
  bool wants(const std::string& procedure) const { return procedure.starts_with(only); }
};

/// Every procedure on made-up reports whose truth is known.
void simulate(const Settings& settings, const Print& print);

/// Intervals of steps on runs drawn with replacement from those of a report; the truth is what all of them give.
void resample(const Settings& settings, const record::Report& report, const Print& print);

}  // namespace descent::bench
