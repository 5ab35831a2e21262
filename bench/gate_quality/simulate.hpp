#pragma once

#include <cstdint>
#include <vector>

#include "descent/core/random.hpp"
#include "join/comparing.hpp"

namespace descent::bench {

/// What recorded runs of one build on one machine tell of its noise. Logarithms of seconds per step throughout.
struct Recorded {
  /// [run][process][cell]: how far a process lies from its run's median of that cell.
  std::vector<std::vector<std::vector<double>>> away;
  /// [run][cell]: how far the run's median lies from the mean over runs.
  std::vector<std::vector<double>> shift;
  std::size_t cells = 0;
};
/// Cells that every process of every run timed. Throws InputError where there are fewer than two runs or no cell.
Recorded recorded_noise(const std::vector<record::Report>& reports);

struct Design {
  std::size_t cells = 44, processes = 8;
  double slow_down = 0;      ///< of one cell of NEW, relative
  bool alternating = false;  ///< processes took turns: both reports have the same hours, and no shift
};

/// Two made-up reports of one build, compared. Each report's processes are drawn from the recorded ones, all cells of a
/// process together; where more cells are asked for than were recorded, each further set of them draws processes of its
/// own. To each report a recorded run's shift is added, with a random sign, so that the two differ as two runs do.
class Simulation {
 public:
  Simulation(Recorded noise, Design design);
  /// The verdicts of one pair; the planted cell is the first.
  join::Comparison draw(core::CounterRandom& random, const join::CompareOptions& options);

 private:
  std::vector<std::vector<double>> side(core::CounterRandom& random, double slow_down) const;

  Recorded noise_;
  Design design_;
  record::Report frame_;  // one series and cell for each simulated cell
};

}  // namespace descent::bench
