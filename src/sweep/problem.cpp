#include "sweep/problem.hpp"

#include <span>

#include "descent/core/hash.hpp"
#include "descent/data/source.hpp"
#include "descent/sweep/sweep.hpp"
#include "descent/train/landscape.hpp"

namespace descent::sweep {

data::Split load_inputs(const SweepOptions& options) {
  const std::string landscape = train::landscape_of(options.data);
  if (landscape.empty())
    return data::load(options.data, {options.preprocess, options.bias, options.validation_fraction});
  data::Split none;
  none.training.name = landscape;
  none.training.source = options.data;
  core::Sha256 hash;
  hash.update_values(std::span(landscape.data(), landscape.size()));
  none.training.content_hash = hash.hex();
  return none;
}

train::Problem make_problem(const data::Dataset& training, const data::Dataset& validation, const loss::Loss* loss,
                            double l2) {
  train::Problem problem;
  problem.landscape = train::landscape_of(training.source);
  if (!problem.landscape.empty()) return problem;
  problem.training = &training;
  problem.validation = &validation;
  problem.loss = loss;
  problem.l2 = l2;
  return problem;
}

}  // namespace descent::sweep
