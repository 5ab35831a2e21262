#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace descent::sweep {

/// How much time a sweep still needs, in seconds. The rest of a stage is assumed to go as fast as its fresh pieces did;
/// pieces from a journal are done, but say nothing about speed. Each stage has its own unit of work (in training, one
/// row through value and gradient). Before a stage's first fresh piece, and for later stages, the plan's estimate is
/// used, times the ratio of measured to estimated time of the stages so far.
class RemainingTime {
 public:
  /// Estimated seconds by stage, in order. Entering a stage includes the estimates listed before it since the last
  /// stage ("search" goes with "train").
  void plan(std::vector<std::pair<std::string, double>> estimates) { estimates_ = std::move(estimates); }
  void enter(const std::string& stage, double units, double now);
  void finished(double units, bool from_journal);

  double share_of_stage() const;
  double seconds(double now) const;

 private:
  void close(double now);

  std::vector<std::pair<std::string, double>> estimates_;
  std::size_t next_ = 0;  // index in estimates_ of the first later stage
  std::string stage_;
  double begin_ = 0, planned_ = 0, done_ = 0, fresh_ = 0;
  double stage_seconds_ = 0, later_seconds_ = 0;  // estimated seconds
  double measured_ = 0, expected_ = 0;            // seconds of finished stages that had fresh pieces
};

/// Work of an expected size that is done in pieces, of which there may be more or fewer than expected. Each piece
/// counts for its part until a tenth of the work is left; that tenth counts only when the work is over. So the progress
/// report never says too early that everything is done.
class Instalments {
 public:
  Instalments(double whole, double pieces) : whole_(whole), piece_(whole / pieces) {}
  double next();                                     ///< the units that one more piece counts for
  double rest() const { return whole_ - counted_; }  ///< the units that are counted at the end

 private:
  double whole_, piece_, counted_ = 0;
};

}  // namespace descent::sweep
