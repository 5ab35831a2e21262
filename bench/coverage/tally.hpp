#pragma once

#include <string>
#include <vector>

#include "descent/record/report.hpp"

namespace descent::bench {

/// The results of one procedure at one setting, over all trials.
class Tally {
 public:
  /// nominal: the share of trials in which it should be right; 0 where nothing is promised.
  Tally(std::string procedure, std::string setting, double nominal = 0.95);
  /// One interval of a positive figure. A missing end is open; where both are missing, nothing was said.
  void interval(const record::Real& low, const record::Real& high, double truth);
  /// One statement that is true or false, such as "the tied set has all equally fast cells".
  void statement(bool holds);
  void withheld() { ++withheld_; }
  /// A line of a table in Markdown.
  std::string line() const;
  static std::string heading();

 private:
  std::string procedure_, setting_;
  double nominal_;
  std::size_t told_ = 0, held_ = 0, withheld_ = 0;
  std::vector<double> widths_;  ///< high over low; infinite where one of them is open
};

}  // namespace descent::bench
