#pragma once

#include "settings.hpp"

namespace descent::bench {

// Each covers some of the procedures; what they are called in --only stands in the sources.
void simulate_times(const Settings& settings, const Print& print);
void simulate_steps(const Settings& settings, const Print& print);
void simulate_noise(const Settings& settings, const Print& print);

}  // namespace descent::bench
