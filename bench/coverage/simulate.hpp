#pragma once

#include "settings.hpp"

namespace descent::bench {

// Each function covers some of the procedures. Their names for --only are in the source files.
void simulate_times(const Settings& settings, const Print& print);
void simulate_steps(const Settings& settings, const Print& print);
void simulate_noise(const Settings& settings, const Print& print);

}  // namespace descent::bench
