#pragma once

#include <hwy/targets.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "descent/core/aligned.hpp"
#include "descent/core/random.hpp"
#include "descent/core/simd.hpp"
#include "descent/loss/loss.hpp"

namespace descent::loss {

/// Scores (outputs, examples) and labels of a tile. Behind the examples there are finite numbers without meaning.
class Tile {
 public:
  Tile(std::size_t outputs, std::size_t examples)
      : outputs_(outputs),
        examples_(examples),
        stride_((examples + 15) / 16 * 16 + 16),
        scores_(outputs * stride_),
        labels(examples) {
    for (float& score : scores_.span()) score = 7.25f;
  }
  ScoreTile view() { return {scores_.data(), outputs_, examples_, stride_}; }
  float& operator()(std::size_t k, std::size_t i) { return scores_[k * stride_ + i]; }
  std::size_t padded() const { return (examples_ + 15) / 16 * 16; }
  std::size_t outputs() const { return outputs_; }
  std::size_t examples() const { return examples_; }

  /// The scores of one example, as the oracle takes them.
  std::vector<double> example(std::size_t i) const {
    std::vector<double> result(outputs_);
    for (std::size_t k = 0; k < outputs_; ++k) result[k] = static_cast<double>(scores_[k * stride_ + i]);
    return result;
  }

 private:
  std::size_t outputs_, examples_, stride_;
  core::AlignedBuffer<float> scores_;

 public:
  std::vector<std::int32_t> labels;
};

/// Scores of both signs, and labels of every class. The magnitudes of the scores are spread over the decades from 1e-3
/// to `largest`; all scores of an example have the same magnitude.
inline Tile random_tile(std::size_t outputs, std::size_t examples, double largest, std::uint64_t seed) {
  Tile tile(outputs, examples);
  core::CounterRandom random(seed, core::Purpose::data, outputs * 1000 + examples);
  for (std::size_t i = 0; i < examples; ++i) {
    tile.labels[i] =
        static_cast<std::int32_t>(random.next_below(static_cast<std::uint32_t>(outputs == 1 ? 2 : outputs)));
    const double magnitude = 1e-3 * std::pow(largest / 1e-3, random.next_unit());
    for (std::size_t k = 0; k < outputs; ++k) tile(k, i) = static_cast<float>(magnitude * (2 * random.next_unit() - 1));
  }
  return tile;
}

inline Tile copy_of(const Tile& from) {
  Tile result(from.outputs(), from.examples());
  for (std::size_t i = 0; i < from.examples(); ++i) {
    const std::vector<double> scores = from.example(i);
    for (std::size_t k = 0; k < scores.size(); ++k) result(k, i) = static_cast<float>(scores[k]);
  }
  result.labels = from.labels;
  return result;
}

/// A tile that holds only example i of `from`.
inline Tile one_example(const Tile& from, std::size_t i) {
  Tile result(from.outputs(), 1);
  const std::vector<double> scores = from.example(i);
  for (std::size_t k = 0; k < scores.size(); ++k) result(k, 0) = static_cast<float>(scores[k]);
  result.labels[0] = from.labels[i];
  return result;
}

/// Runs `body` under every instruction set that this machine has, then restores the choice.
template <class Body>
void on_every_target(const Body& body) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    body();
  }
  hwy::SetSupportedTargetsForTest(0);
}

/// The numbers of outputs that tests try with a loss. One is among them only where the loss has a form for one output.
inline std::vector<std::size_t> outputs_to_try(const Loss& loss) {
  if (loss.outputs(2) == 1) return {1, 2, 3, 10, 26};
  return {2, 3, 10, 26};
}

}  // namespace descent::loss
