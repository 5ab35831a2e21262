#pragma once

#include <vector>

#include "descent/record/tables.hpp"

namespace descent::sweep {

/// Every registered loss from -3 to 3 in steps of 0.1, by its oracle; those with a parameter also at half and twice its
/// default.
std::vector<record::LossShape> loss_shapes();

}  // namespace descent::sweep
