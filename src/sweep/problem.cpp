#include "sweep/problem.hpp"

#include <span>

#include "descent/core/hash.hpp"
#include "descent/data/source.hpp"
#include "descent/sweep/sweep.hpp"
#include "descent/train/landscape.hpp"

namespace descent::sweep {

std::vector<std::string> input_files(const std::string& uri) {
  return train::landscape_of(uri).empty() ? data::files_of(uri) : std::vector<std::string>();
}

data::Split load_inputs(const std::string& uri, const data::LoadOptions& load) {
  const std::string landscape = train::landscape_of(uri);
  if (landscape.empty()) return data::load(uri, load);
  data::Split none;
  none.training.name = landscape;
  none.training.source = uri;
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
