#pragma once

#include <cstdint>
#include <vector>

#include "descent/core/random.hpp"
#include "join/comparing.hpp"

namespace descent::bench {

/// The noise of one machine, from recorded runs of one build. All values are logarithms of seconds per step.
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
  bool alternating = false;  ///< processes took turns, so that both reports ran in the same hours and have no shift
};

/// Compares two made-up reports of one build. The processes of each report are drawn from the recorded ones, with all
/// cells of a process together. If more cells are asked for than were recorded, each further set of cells draws
/// processes of its own. The shift of a recorded run is added to each report, with a random sign, so that the two
/// differ as two runs do.
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
