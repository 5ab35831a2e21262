#pragma once

#include <functional>
#include <iosfwd>
#include <string>

#include "descent/sweep/sweep.hpp"

namespace descent::app {

/// "45 s", "3 min 20 s", "2 h 05 min".
std::string duration_text(double seconds);

/// Tells a person how far the sweep is: on a terminal one line that is drawn again and again, otherwise a plain line at
/// most every ten seconds.
class Progress : public sweep::SweepObserver {
 public:
  struct Look {
    bool terminal = false;
    std::size_t width = 80;
  };
  /// seconds: a clock. Both must outlive this.
  Progress(std::ostream& out, const Look& look, std::function<double()> seconds);

  void stage(const std::string& name, std::size_t pieces) override;
  void piece(const std::string& what, double seconds, bool from_journal) override;
  void progress(double done_share, double remaining_seconds, const std::string& best) override;
  void warn(const std::string& text) override;
  /// Takes the line away.
  void finish();

 private:
  void draw(bool now);
  std::string line() const;

  std::ostream& out_;
  Look look_;
  std::function<double()> seconds_;
  double begin_, drawn_ = -1e300;
  std::string stage_, best_;
  std::size_t pieces_ = 0, done_ = 0, trials_ = 0, resumed_ = 0;
  double remaining_ = -1;  // seconds; negative until something is known
};

}  // namespace descent::app
