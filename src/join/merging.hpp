#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "descent/record/report.hpp"
#include "join/compare.hpp"

namespace descent::join {

/// Merges reports one after the other. What two of them have in common must be equal except for the seconds that it
/// took; else throws MergeConflict.
class Merging {
 public:
  explicit Merging(const record::Report& first);
  void add(const record::Report& report);
  record::Report take();

 private:
  template <class T, class Key>
  void add(const T& record, std::vector<T>& known_records, const std::string& what, Key&& key);
  /// Inserts a target: suboptimality comes first, the easiest before the harder ones. A part without an optimum has no
  /// accuracy target.
  void add(const record::Target& target);
  /// Adds a series with its tunings: all of a search, or none of it.
  void add(const record::Series& series, const record::Report& report);
  void add_tunings(const record::Series& series, const record::Report& report);
  void add(const record::Trajectory& trajectory);
  void add(const record::FloorRun& floor);
  void add_timings(const record::Report& report);
  /// Adds a process; processes are numbered through all reports. If the process is there already, because a report was
  /// given twice or is contained in two merged reports, both must be equal.
  void add(record::Invocation invocation, const record::Report& report);
  /// Keeps the worse of two verdicts on the same subject. Checks of the timings are computed again from all timings.
  void add(const record::Check& check);
  void add(const record::Spent& spent);

  const record::Report& first_;
  record::Report merged_;
  std::map<std::string, std::size_t> trajectory_at_;
  std::map<std::string, Json> processes_;  // by name: the contents of the process
  std::optional<record::Context> timed_on_;
};

}  // namespace descent::join
