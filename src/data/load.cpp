#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numeric>

#include "data/dense_storage.hpp"
#include "data/labels.hpp"
#include "data/memory.hpp"
#include "data/preprocess.hpp"
#include "descent/core/hash.hpp"
#include "descent/core/random.hpp"
#include "descent/data/byte_rows.hpp"
#include "descent/data/dense_rows.hpp"
#include "descent/data/source.hpp"

namespace descent::data {
namespace {

void expect_shape(const std::string& uri, const char* what, const RawPart& part, std::size_t columns) {
  const auto [rows, cols] = std::pair(part.features.rows(), part.features.cols());
  if (part.labels.size() != rows)
    throw core::InputError(
        fmt::format("{}: {} has {} rows and {} labels; expected as many", uri, what, rows, part.labels.size()));
  if (cols != columns)
    throw core::InputError(
        fmt::format("{}: {} has {} features; expected the {} of training", uri, what, cols, columns));
}

void expect_finite(const std::string& uri, const char* what, const Features& part) {
  std::vector<float> row(part.cols());
  for (std::size_t i = 0; i < part.rows(); ++i) {
    part.storage().read(i, row.data());
    for (std::size_t j = 0; j < row.size(); ++j)
      if (!std::isfinite(row[j]))
        throw core::InputError(fmt::format("{}: row {} of {} has {} in feature {}; expected a finite number", uri,
                                           i + 1, what, row[j], j + 1));
  }
}

void take_rows(Dataset& to, const Dataset& from, std::span<const std::uint32_t> rows) {
  core::expect_memory(
      fmt::format("{}: {} of its rows, apart from the others,", from.source, core::with_thousands(rows.size())),
      static_cast<double>(from.features.storage().bytes()) * static_cast<double>(rows.size()) /
          static_cast<double>(from.rows()));
  to.features = Features(from.features.storage().gather(rows));
  to.labels.clear();
  for (const std::uint32_t row : rows) to.labels.push_back(from.labels[row]);
}

/// Moves a random share of the training rows to validation; both keep the order of the file.
void split_off_validation(Split& split, double fraction) {
  const std::size_t n = split.training.rows();
  const auto count = static_cast<std::size_t>(std::llround(fraction * static_cast<double>(n)));
  if (count == 0 || count >= n)
    throw core::InputError(
        fmt::format("{}: validation fraction {} of {} rows leaves one part empty; expected rows in both",
                    split.training.source, fraction, n));
  std::vector<std::uint32_t> rows(n);
  std::iota(rows.begin(), rows.end(), 0U);
  core::shuffle(rows, core::CounterRandom(0, core::Purpose::validation));
  const auto middle = rows.begin() + static_cast<std::ptrdiff_t>(count);
  std::sort(rows.begin(), middle);
  std::sort(middle, rows.end());
  const Dataset whole = std::move(split.training);
  split.training.name = whole.name;
  split.training.source = whole.source;
  take_rows(split.validation, whole, std::span(rows).first(count));
  take_rows(split.training, whole, std::span(rows).subspan(count));
  split.notes.push_back(
      fmt::format("{} of {} rows kept for validation", core::with_thousands(count), core::with_thousands(n)));
}

/// The last step: the readers leave room in dense rows, so that this copies none unless the rows get narrower.
void finish_rows(const std::string& uri, Dataset& data, bool bias) {
  data.has_bias = bias;
  if (bias)
    data.features.storage().append_ones();
  else if (auto* const dense = dynamic_cast<DenseStorage*>(&data.features.storage()))
    dense->fit(dense->width(), uri + ": rows without their bias");
}

std::string content_hash(const Dataset& data) {
  core::Sha256 hash;
  const std::array<std::uint64_t, 3> shape{data.rows(), data.width(), static_cast<std::uint64_t>(data.classes)};
  hash.update_values(std::span<const std::uint64_t>(shape));
  std::vector<float> row(data.width());
  for (std::size_t i = 0; i < data.rows(); ++i) {
    data.features.storage().read(i, row.data());
    hash.update_values(std::span<const float>(row));
  }
  hash.update_values(std::span<const std::int32_t>(data.labels));
  return hash.hex();
}

void preprocess_rows(const std::string& uri, Split& split, const std::vector<std::string>& steps) {
  const core::MatrixView<float> none,
      training = DenseRows::matrix(split.training.features).view(),
      validation = split.validation.rows() > 0 ? DenseRows::matrix(split.validation.features).view() : none;
  for (const std::string& step : steps) preprocess(step, training, validation);
  expect_finite(uri, "training after preprocessing", split.training.features);
  expect_finite(uri, "the test part after preprocessing", split.validation.features);
}

/// Preprocesses, which takes dense rows, and stores both parts as is asked for: one part after the other, so that no
/// more than one is there twice.
void store(const std::string& uri, Split& split, const std::vector<std::string>& steps, const LoadOptions& options) {
  const std::string_view kind = options.storage;
  const std::string place = options.stored_for.empty() ? uri : fmt::format("{}, for {}", uri, options.stored_for);
  const auto store_as = [&](std::string_view as) {
    for (Dataset* part : {&split.training, &split.validation})
      part->features = stored_as(as, std::move(part->features), place);
  };
  const bool was_sparse = split.training.features.kind() == "sparse";
  store_as(steps.empty() ? kind : kDenseStorage);
  if (was_sparse && split.training.features.kind() == kDenseStorage)
    split.notes.emplace_back("sparse rows, stored densely");
  expect_finite(uri, "training", split.training.features);
  expect_finite(uri, "the test part", split.validation.features);
  if (steps.empty()) return;
  preprocess_rows(uri, split, steps);
  store_as(kind);
}

}  // namespace

Split load(std::string_view uri_text, const LoadOptions& options) {
  const DataUri uri = parse_data_uri(uri_text);
  const std::vector<std::string> steps = parse_preprocess(options.preprocess);
  if (!(options.validation_fraction >= 0 && options.validation_fraction < 1))
    throw core::UsageError(
        fmt::format("validation fraction {}; expected at least 0 and less than 1", options.validation_fraction));
  RawData raw = ReaderRegistry::instance().make("data scheme", uri.scheme)->read(uri);
  const std::size_t d = raw.training.features.cols();
  const bool has_test = !raw.test.labels.empty();
  if (raw.training.labels.empty()) throw core::InputError(uri.text + ": no rows; expected training rows");
  if (d == 0) throw core::InputError(uri.text + ": no features; expected at least one");
  expect_shape(uri.text, "training", raw.training, d);
  if (has_test) expect_shape(uri.text, "the test part", raw.test, d);
  const LabelMap labels(raw.training);
  if (labels.names().size() < 2)
    throw core::InputError(fmt::format("{}: only one class, '{}'; expected at least two", uri.text, labels.names()[0]));

  Split split;
  split.label_column = std::move(raw.label_column);
  split.notes = std::move(raw.notes);
  split.training.name = raw.name;
  split.training.source = uri.text;
  split.training.labels = labels.apply(raw.training);
  split.training.features = std::move(raw.training.features);
  if (has_test) {
    split.validation.labels = labels.apply(raw.test);
    split.validation.features = std::move(raw.test.features);
  }
  if (2 * labels.names().size() > split.training.rows())
    split.notes.push_back(fmt::format("{} classes in {} rows: is the label column the right one?",
                                      labels.names().size(), split.training.rows()));
  for (const std::string& hint : labels.hints(split.training.rows())) split.notes.push_back(hint);
  if (options.validation_fraction > 0) {
    if (has_test)
      split.notes.emplace_back("the source has a test part: no validation rows taken from training");
    else
      split_off_validation(split, options.validation_fraction);
  }

  if (raw.image_bytes && options.preprocess.empty()) {
    for (Dataset* part : {&split.training, &split.validation})
      if (part->rows() > 0) dynamic_cast<ByteRows&>(part->features.storage()).set_scale(1.0 / 255);
    split.notes.emplace_back("image bytes divided by 255");
  }
  store(uri.text, split, steps, options);

  split.validation.name = split.training.name;
  split.validation.source = split.training.source;
  for (Dataset* part : {&split.training, &split.validation}) {
    part->label_names = labels.names();
    part->classes = static_cast<int>(labels.names().size());
    if (part->labels.empty()) continue;
    finish_rows(uri.text, *part, options.bias);
    part->content_hash = content_hash(*part);
  }
  if (split.validation.content_hash == split.training.content_hash)
    split.notes.emplace_back("the test part has the same rows as the training part: it validates nothing");
  return split;
}

}  // namespace descent::data
