#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "descent/record/report.hpp"
#include "join/compare.hpp"

namespace descent::join {

/// Puts reports together one after the other. Where two of them hold the same thing it has to be equal in all but the
/// seconds that it took: else MergeConflict.
class Merging {
 public:
  explicit Merging(const record::Report& first);
  void add(const record::Report& report);
  record::Report take();

 private:
  template <class T, class Key>
  void add(const T& record, std::vector<T>& known_records, const std::string& what, Key&& key);
  /// A part without an optimum in it knows no target of accuracy. Suboptimality stands first, the easiest before.
  void add(const record::Target& target);
  /// With its tunings: all of a search or none of it.
  void add(const record::Series& series, const record::Report& report);
  void add_tunings(const record::Series& series, const record::Report& report);
  void add(const record::Trajectory& trajectory);
  void add(const record::FloorRun& floor);
  void add_timings(const record::Report& report);
  /// Processes count on over the reports. One that is there already came from the same report given twice, or from two
  /// that were merged from it: it has to hold the same.
  void add(record::Invocation invocation, const record::Report& report);
  /// Keeps the worse of two verdicts on one subject; those on the timings are made anew from all timings.
  void add(const record::Check& check);
  void add(const record::Spent& spent);

  const record::Report& first_;
  record::Report merged_;
  std::map<std::string, std::size_t> trajectory_at_;
  std::map<std::string, Json> processes_;  // by name: what the process told
  std::optional<record::Context> timed_on_;
};

}  // namespace descent::join
