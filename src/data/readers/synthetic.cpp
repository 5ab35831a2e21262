// Data sets that need no file: "blobs" (Gaussian classes) and "synthA" (a small fixed one whose optima are known).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "data/memory.hpp"
#include "descent/core/random.hpp"
#include "descent/data/source.hpp"

namespace descent::data {
namespace {

constexpr std::uint64_t kTestStreams = std::uint64_t{1} << 32, kMeanStreams = std::uint64_t{1} << 33;

struct Blobs {
  std::size_t features, classes;
  double separation, noise, condition;
  std::uint64_t seed;

  /// Feature j is shrunk by this: variances fall as a power law from 1 to 1 / condition, as those of images do, and
  /// gradient descent is slow along the small ones. IEEE operations only: the same bits on every machine.
  double scale(std::size_t j) const {
    if (features < 2) return 1;
    return 1 / (1 + (std::sqrt(condition) - 1) * static_cast<double>(j) / static_cast<double>(features - 1));
  }
};

/// (classes, features): directions uniform on the sphere, `separation` from the origin.
core::Matrix<float> blob_means(const Blobs& blobs) {
  core::Matrix<float> means = dense_features("synthetic:blobs", blobs.classes, blobs.features);
  for (std::size_t k = 0; k < blobs.classes; ++k) {
    core::CounterRandom random(blobs.seed, core::Purpose::data, kMeanStreams + k);
    std::vector<double> direction(blobs.features);
    double squares = 0;
    for (double& x : direction) {
      x = random.next_normal();
      squares += x * x;
    }
    for (std::size_t j = 0; j < blobs.features; ++j)
      means(k, j) = static_cast<float>(direction[j] * blobs.separation / std::sqrt(squares));
  }
  return means;
}

/// Rows in turn from each class, unit-variance normal around its mean. Row i has a stream of its own: a longer
/// data set starts with the rows of a shorter one.
RawPart draw_blobs(const Blobs& blobs, const core::Matrix<float>& means, std::size_t rows, std::uint64_t first_stream) {
  RawPart part;
  part.file = "synthetic:blobs";
  part.features = dense_features(part.file, rows, blobs.features);
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t k = i % blobs.classes;
    core::CounterRandom random(blobs.seed, core::Purpose::data, first_stream + i);
    for (std::size_t j = 0; j < blobs.features; ++j)
      part.features(i, j) = static_cast<float>((means(k, j) + random.next_normal()) * blobs.scale(j));
    core::CounterRandom label(blobs.seed, core::Purpose::label_noise, first_stream + i);
    const auto others = static_cast<std::uint32_t>(blobs.classes - 1);
    const std::size_t shift = label.next_unit() < blobs.noise ? 1 + label.next_below(others) : 0;
    part.labels.push_back(std::to_string((k + shift) % blobs.classes));
  }
  return part;
}

std::size_t count_between(const DataUri& uri, std::string_view key, std::size_t fallback, std::size_t least,
                          std::size_t most) {
  const std::size_t value = uri.get_count(key, fallback);
  if (value < least || value > most)
    throw core::UsageError(fmt::format("{}: {} is {}; expected {} to {}", uri.text, key, value, least, most));
  return value;
}

RawData make_blobs(const DataUri& uri) {
  uri.expect_only({"n", "d", "classes", "separation", "noise", "condition", "seed", "test"});
  constexpr std::size_t most = std::numeric_limits<std::int32_t>::max();
  const std::size_t n = count_between(uri, "n", 8192, 2, most);
  const Blobs blobs{count_between(uri, "d", 64, 1, most), count_between(uri, "classes", 10, 2, n),
                    uri.get_real("separation", 3),        uri.get_real("noise", 0.02),
                    uri.get_real("condition", 1),         uri.get_count("seed", 1)};
  const std::size_t test = count_between(uri, "test", n / 4, 0, most);
  if (!(blobs.noise >= 0 && blobs.noise <= 1))
    throw core::UsageError(fmt::format("{}: noise is {}; expected 0 to 1, a share of labels", uri.text, blobs.noise));
  if (!(std::abs(blobs.separation) <= 1e6))
    throw core::UsageError(fmt::format("{}: separation is {}; expected at most 1e6", uri.text, blobs.separation));
  if (!(blobs.condition >= 1 && blobs.condition <= 1e12))
    throw core::UsageError(fmt::format("{}: condition is {}; expected 1 to 1e12", uri.text, blobs.condition));
  expect_dense_features("synthetic:blobs", n, blobs.features);
  const core::Matrix<float> means = blob_means(blobs);
  RawData data;
  data.name = "blobs";
  data.training = draw_blobs(blobs, means, n, 0);
  if (test > 0) data.test = draw_blobs(blobs, means, test, kTestStreams);
  data.notes.push_back(
      fmt::format("{} Gaussian classes with means at distance {} from the origin, {} % of labels wrong", blobs.classes,
                  blobs.separation, core::shortest(100 * blobs.noise)));
  return data;
}

/// 200 x 5 uniform features, three classes by noisy linear scores; every draw from one SplitMix64 started at 42.
/// Its optima are known for several losses, so it tests solvers. No test part.
RawData make_synth_a(const DataUri& uri) {
  uri.expect_only({"task"});
  const std::string task = uri.get("task", "multiclass");
  if (task != "multiclass" && task != "binary")
    throw core::UsageError(fmt::format("{}: task is '{}'; expected multiclass or binary", uri.text, task));
  constexpr std::size_t n = 200, d = 5, classes = 3;
  core::SplitMix64 random(42);
  std::array<std::array<double, d>, n> x;
  for (auto& row : x)
    for (double& value : row) value = 2 * random.next_unit() - 1;
  RawData data;
  data.name = "synthA";
  data.training.file = "synthetic:synthA";
  data.training.features = dense_features(data.training.file, n, d);
  for (std::size_t i = 0; i < n; ++i) {
    std::array<double, classes> scores{};
    for (std::size_t c = 0; c < classes; ++c) {
      for (std::size_t j = 0; j < d; ++j) scores[c] += (static_cast<double>((5 * c + j) % 3) - 1) * x[i][j];
      scores[c] += 2 * random.next_unit() - 1;
    }
    const auto y = std::max_element(scores.begin(), scores.end()) - scores.begin();
    data.training.labels.push_back(task == "multiclass" ? std::to_string(y) : y == 0 ? "1" : "-1");
    for (std::size_t j = 0; j < d; ++j) data.training.features(i, j) = static_cast<float>(x[i][j]);
  }
  return data;
}

class SyntheticReader : public Reader {
 public:
  std::string_view syntax() const noexcept override {
    return "synthetic:blobs[?n=&d=&classes=&separation=&noise=&condition=&seed=&test=] or "
           "synthetic:synthA[?task=multiclass|binary]";
  }

  std::vector<std::string> files(const DataUri&) const override { return {}; }

  RawData read(const DataUri& uri) const override {
    if (uri.path == "blobs") return make_blobs(uri);
    if (uri.path == "synthA") return make_synth_a(uri);
    const std::vector<std::string> known{"blobs", "synthA"};
    throw core::UsageError(fmt::format("{}: {}", uri.text, core::unknown_name("synthetic data set", uri.path, known)));
  }
};

const core::Registration<Reader> registration{
    "synthetic", [](const core::Arguments&) -> std::unique_ptr<Reader> { return std::make_unique<SyntheticReader>(); }};

}  // namespace
}  // namespace descent::data
