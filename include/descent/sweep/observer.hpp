#pragma once

#include <cstddef>
#include <string>

namespace descent::sweep {

/// Receives what a sweep reports while it runs. Calls come from one thread at a time.
class SweepObserver {
 public:
  virtual ~SweepObserver() = default;
  /// A stage begins: calibrate, optimum, train, moments, time, check, …; `pieces`: how many pieces of work it has,
  /// without the trials of searches.
  virtual void stage(const std::string& /*name*/, std::size_t /*pieces*/) {}
  virtual void piece(const std::string& /*what*/, double /*seconds*/, bool /*from_journal*/) {
  }  ///< one finished piece of work
  virtual void progress(double /*done_share*/, double /*remaining_seconds*/, const std::string& /*best*/) {}
  virtual void warn(const std::string& /*text*/) {}
};

}  // namespace descent::sweep
