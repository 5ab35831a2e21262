#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "descent/loss/loss.hpp"

namespace descent::loss {

/// The parts of one example's loss, for people: what `descent explain` prints.
struct Explanation {
  std::string loss, formula, source;
  std::int32_t label;
  std::vector<double> scores;  ///< as given, one per output
  std::vector<double> terms;   ///< Loss::terms
  bool terms_sum_to_value;     ///< false where the loss is a log of the terms (softmax cross-entropy)
  double value;
  std::vector<double> gradient;       ///< d value / d score
  std::vector<double> probabilities;  ///< Loss::probabilities; empty where the loss has none
  std::int32_t predicted;             ///< the largest score, the first where tied; for one output 1 if positive
  double zero_one;                    ///< 1 if predicted differs from label, else 0
};

/// The parts of `loss` for one example. `scores` (outputs,), finite: at least two, or exactly one for a margin or
/// distance loss on two classes. Throws UsageError when they are not, or when `label` is not a class.
Explanation explain(const Loss& loss, std::span<const double> scores, std::int32_t label);

}  // namespace descent::loss
