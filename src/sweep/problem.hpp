#pragma once

#include <string>

#include "descent/data/dataset.hpp"
#include "descent/train/model.hpp"

namespace descent::sweep {

/// The problem that a model gets: a sweep's data, or the landscape in their place. `training` are the rows to train on,
/// placed in the memory of the workers that will read them.
train::Problem make_problem(const data::Dataset& training, const data::Dataset& validation, const loss::Loss* loss,
                            double l2);

}  // namespace descent::sweep
