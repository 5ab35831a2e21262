#pragma once

#include <string>
#include <string_view>

#include "descent/record/tables.hpp"

namespace descent::sweep {

/// The values of the landscape that `spec` asks for ("strict_saddle(sigma=0.01)") on a square grid that holds its start
/// and its critical points with room around them.
record::LandscapeGrid landscape_grid(std::string_view spec, std::string workload);

}  // namespace descent::sweep
