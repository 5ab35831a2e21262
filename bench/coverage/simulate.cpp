#include "simulate.hpp"

namespace descent::bench {

void simulate(const Settings& settings, const Print& print) {
  simulate_times(settings, print);
  simulate_steps(settings, print);
  simulate_noise(settings, print);
}

}  // namespace descent::bench
