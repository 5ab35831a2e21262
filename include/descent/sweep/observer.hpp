#pragma once

#include <cstddef>
#include <string>

namespace descent::sweep {

/// What a sweep tells while it runs. Calls come from one thread at a time.
class SweepObserver {
 public:
  virtual ~SweepObserver() = default;
  /// calibrate, optimum, train, moments, time, check; pieces: how many, trials of a search not among them.
  virtual void stage(const std::string& /*name*/, std::size_t /*pieces*/) {}
  virtual void piece(const std::string& /*what*/, double /*seconds*/, bool /*from_journal*/) {
  }  ///< one finished piece of work
  virtual void progress(double /*done_share*/, double /*remaining_seconds*/, const std::string& /*best*/) {}
  virtual void warn(const std::string& /*text*/) {}
};

}  // namespace descent::sweep
