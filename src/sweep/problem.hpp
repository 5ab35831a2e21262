#pragma once

#include <string>

#include "descent/data/dataset.hpp"
#include "descent/train/model.hpp"

namespace descent::sweep {

/// What a model is given of a sweep's data, or of the landscape that stands for them. `training` are the rows to train
/// on, in the memory of whoever will read them.
train::Problem make_problem(const data::Dataset& training, const data::Dataset& validation, const loss::Loss* loss,
                            double l2);

}  // namespace descent::sweep
