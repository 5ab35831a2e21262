#pragma once

#include <vector>

#include "descent/record/tables.hpp"

namespace descent::sweep {

/// The shape of every registered loss from -3 to 3 in steps of 0.1, by its oracle; a loss with a parameter also at half
/// and at twice the default.
std::vector<record::LossShape> loss_shapes();

}  // namespace descent::sweep
