#include "descent/loss/explain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace descent::loss {
namespace {

void check(const Loss& loss, std::span<const double> scores, std::int32_t label) {
  for (const double score : scores)
    if (!std::isfinite(score))
      throw core::UsageError(fmt::format("{}: score {}; expected finite scores", loss.name(), score));
  const int classes = scores.size() == 1 ? 2 : static_cast<int>(scores.size());
  if (scores.empty() || loss.outputs(classes) != scores.size())
    throw core::UsageError(
        fmt::format("{}: {} score{}; expected {}", loss.name(), scores.size(), scores.size() == 1 ? "" : "s",
                    loss.outputs(2) == 1 ? "one score for two classes, or one per class for three or more"
                                         : "one score per class, two or more"));
  if (label < 0 || label >= classes)
    throw core::UsageError(fmt::format("{}: label {}; expected 0 to {}", loss.name(), label, classes - 1));
}

}  // namespace

Explanation explain(const Loss& loss, std::span<const double> scores, std::int32_t label) {
  check(loss, scores, label);
  const std::size_t outputs = scores.size();
  Explanation result{.loss = std::string(loss.name()),
                     .formula = std::string(loss.formula()),
                     .source = std::string(loss.source()),
                     .label = label,
                     .scores = {scores.begin(), scores.end()},
                     .terms = std::vector<double>(outputs),
                     .terms_sum_to_value = loss.terms_are_summands(),
                     .value = loss.value(scores, label),
                     .gradient = std::vector<double>(outputs),
                     .probabilities = std::vector<double>(std::max<std::size_t>(outputs, 2)),
                     .predicted = 0,
                     .zero_one = 0};
  loss.terms(scores, label, result.terms);
  loss.gradient(scores, label, result.gradient);
  if (outputs == 1) {
    result.predicted = scores[0] > 0 ? 1 : 0;
  } else {
    result.predicted = static_cast<std::int32_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
  }
  if (!loss.probabilities(scores, result.probabilities)) result.probabilities.clear();
  result.zero_one = result.predicted == label ? 0 : 1;
  return result;
}

}  // namespace descent::loss
