#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace descent::sweep {

/// How much of a sweep is left, in seconds. A stage goes on as fast as its fresh pieces went; what comes from a journal
/// is done, but says nothing about the speed. Work is counted in units of the stage's own (in training, one row through
/// value and gradient is one). Before a stage's first fresh piece, and for later stages, the plan's
/// estimate counts, times what the stages so far took beside theirs.
class RemainingTime {
 public:
  /// Seconds by stage, in order; a stage that is entered takes those since the one before it with it ("search" goes
  /// with "train").
  void plan(std::vector<std::pair<std::string, double>> estimates) { estimates_ = std::move(estimates); }
  void enter(const std::string& stage, double units, double now);
  void finished(double units, bool from_journal);

  double share_of_stage() const;
  double seconds(double now) const;

 private:
  void close(double now);

  std::vector<std::pair<std::string, double>> estimates_;
  std::size_t next_ = 0;  // of the estimates: the first later stage
  std::string stage_;
  double begin_ = 0, planned_ = 0, done_ = 0, fresh_ = 0;
  double stage_seconds_ = 0, later_seconds_ = 0;  // as estimated
  double measured_ = 0, expected_ = 0;            // of stages that are over, where they had fresh pieces
};

/// Work of an expected size, done in pieces of which there may be more than expected, or fewer. Each piece counts for
/// its part until a tenth of the work is left; that tenth counts when the work is over. So the progress report never
/// says that all is done before it is.
class Instalments {
 public:
  Instalments(double whole, double pieces) : whole_(whole), piece_(whole / pieces) {}
  double next();                                     ///< what one more piece counts for
  double rest() const { return whole_ - counted_; }  ///< at the end

 private:
  double whole_, piece_, counted_ = 0;
};

}  // namespace descent::sweep
