#pragma once

#include <string>

#include "app/ab/rounds.hpp"

namespace descent::app {

/// Seconds per step of each benchmark, from what bench_step writes with --benchmark_format=json. `place` names the
/// program. Throws InputError.
AbSeconds step_seconds(const std::string& output, const std::string& place);

}  // namespace descent::app
