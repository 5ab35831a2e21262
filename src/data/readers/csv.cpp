// Comma-separated values (RFC 4180), one example a record: numbers, and one column with the label, a number or a text.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "data/csv_records.hpp"
#include "data/file.hpp"
#include "data/memory.hpp"
#include "data/number.hpp"
#include "descent/data/source.hpp"

namespace descent::data {
namespace {

struct Options {
  std::string label;           // a name, an index from 0 on, a negative one from the end; "" is the last column
  std::optional<bool> header;  // nothing: look whether the first record has a text in a feature column
};

struct Table {
  std::vector<std::string> names;  // of the feature columns; empty without a header
  std::vector<std::string> labels;
  std::vector<std::size_t> lines;
  std::vector<float> values;  // (rows, columns) of the features
  std::size_t columns = 0;
};

/// Which column the label is. `names` is the header, empty if there is none.
std::size_t label_column(const std::string& path, const std::string& label, const std::vector<std::string>& names,
                         std::size_t columns) {
  if (label.empty()) return columns - 1;
  const auto found = std::find(names.begin(), names.end(), label);
  if (found != names.end()) {
    if (std::count(names.begin(), names.end(), label) > 1)
      throw core::InputError(
          fmt::format("{}:1: found two columns '{}'; expected one, or the index of the label", path, label));
    return static_cast<std::size_t>(found - names.begin());
  }
  const std::optional<std::int64_t> index = core::parse_integer(label);
  const auto size = static_cast<std::int64_t>(columns);
  if (index && *index >= -size && *index < size) return static_cast<std::size_t>(*index < 0 ? *index + size : *index);
  if (index)
    throw core::InputError(fmt::format("{}: found label column {}; expected {} to {}, for {} columns", path, label,
                                       -size, size - 1, size));
  throw core::InputError(fmt::format("{}:1: {}", path, core::unknown_name("label column", label, names)));
}

bool looks_like_header(const std::string& path, const Options& options, const std::vector<std::string_view>& fields) {
  if (options.header) return *options.header;
  if (!options.label.empty() && !core::parse_integer(options.label)) return true;  // a name has to stand somewhere
  const std::size_t label = label_column(path, options.label, {}, fields.size());
  for (std::size_t j = 0; j < fields.size(); ++j)
    if (j != label && !fields[j].empty() && !parse_feature(fields[j])) return true;
  return false;
}

float feature_value(const std::string& path, std::size_t line, std::size_t column, std::string_view field) {
  const std::optional<float> value = parse_feature(core::trim(field));
  if (!value)
    throw core::InputError(
        fmt::format("{}:{}: column {} is {}; expected a number", path, line, column + 1, quoted(field)));
  if (!std::isfinite(*value))
    throw core::InputError(
        fmt::format("{}:{}: column {} is {}; expected a finite 32-bit number", path, line, column + 1, quoted(field)));
  return *value;
}

Table read_table(const std::string& path, const Options& options) {
  const std::string content = read_file(path);
  CsvRecords records(path, without_mark(content));
  if (!records.next()) throw core::InputError(path + ": only blank lines; expected comma-separated values");
  const std::size_t fields = records.fields().size();
  if (fields < 2)
    throw core::InputError(
        fmt::format("{}:{}: one column; expected features and a label, separated by commas", path, records.line()));
  Table table;
  table.columns = fields - 1;
  std::vector<std::string> names;
  const bool header = looks_like_header(path, options, records.fields());
  if (header) names.assign(records.fields().begin(), records.fields().end());
  const std::size_t label = label_column(path, options.label, names, fields);
  // A value takes two bytes of text at least, so that no first record makes a small file take much memory.
  const auto lines = static_cast<std::size_t>(std::count(content.begin(), content.end(), '\n')) + 1;
  const std::size_t values = std::min(lines * table.columns, content.size() / 2 + 1);
  expect_memory(path + ": its values", static_cast<double>(values * sizeof(float)));
  table.values.reserve(values);
  for (bool more = header ? records.next() : true; more; more = records.next()) {
    const std::vector<std::string_view>& record = records.fields();
    if (record.size() != fields)
      throw core::InputError(
          fmt::format("{}:{}: {} columns; expected {} as above", path, records.line(), record.size(), fields));
    for (std::size_t j = 0; j < fields; ++j)
      if (j != label) table.values.push_back(feature_value(path, records.line(), j, record[j]));
    if (record[label].empty())
      throw core::InputError(
          fmt::format("{}:{}: column {} is empty; expected a label", path, records.line(), label + 1));
    table.labels.emplace_back(record[label]);
    table.lines.push_back(records.line());
  }
  if (table.labels.empty()) throw core::InputError(path + ": a header and no rows; expected rows");
  if (header) names.erase(names.begin() + static_cast<std::ptrdiff_t>(label));
  table.names = std::move(names);
  return table;
}

RawPart make_dense(const std::string& path, Table table, std::size_t width) {
  RawPart part;
  part.file = path;
  core::Matrix<float> rows = dense_features(path, table.labels.size(), width);
  for (std::size_t i = 0; i < table.labels.size(); ++i)
    std::copy_n(table.values.data() + i * table.columns, table.columns, rows.row(i));
  part.features = std::move(rows);
  part.labels = std::move(table.labels);
  part.lines = std::move(table.lines);
  return part;
}

/// Columns are matched by their place: where both files name them, the names have to agree.
void expect_same_columns(const std::string& path, const Table& test, const Table& training) {
  if (test.columns > training.columns)
    throw core::InputError(fmt::format("{}:{}: {} features; expected at most the {} of the training part", path,
                                       test.lines[0], test.columns, training.columns));
  if (test.names.empty() || training.names.empty()) return;
  for (std::size_t j = 0; j < test.columns; ++j)
    if (test.names[j] != training.names[j])
      throw core::InputError(fmt::format("{}:1: feature {} is called {}; expected {} as in the training part", path,
                                         j + 1, quoted(test.names[j]), quoted(training.names[j])));
}

class CsvReader : public Reader {
 public:
  std::string_view syntax() const noexcept override { return "csv:FILE[?label=NAME|INDEX&header=yes|no&test=FILE]"; }

  RawData read(const DataUri& uri) const override {
    uri.expect_only({"label", "header", "test"});
    Options options{uri.get("label"), std::nullopt};
    const std::string header = uri.get("header", "auto");
    if (header != "auto" && header != "yes" && header != "no")
      throw core::UsageError(fmt::format("{}: header is '{}'; expected yes or no", uri.text, header));
    if (header != "auto") options.header = header == "yes";
    if (header == "no" && !options.label.empty() && !core::parse_integer(options.label))
      throw core::UsageError(
          fmt::format("{}: label '{}' is a name and header is no; expected an index", uri.text, options.label));
    RawData data;
    data.name = name_of_path(uri.path);
    Table training = read_table(uri.path, options);
    if (!options.header) data.notes.push_back(training.names.empty() ? "no header" : "the first row is a header");
    if (uri.query.contains("test")) {
      const std::string path = uri.get_file("test");
      Table test = read_table(path, options);
      expect_same_columns(path, test, training);
      if (test.columns < training.columns)
        data.notes.push_back(fmt::format("test part has {} features; padded to {}", test.columns, training.columns));
      data.test = make_dense(path, std::move(test), training.columns);
    }
    const std::size_t width = training.columns;
    data.training = make_dense(uri.path, std::move(training), width);
    return data;
  }
};

const core::Registration<Reader> registration{
    "csv", [](const core::Arguments&) -> std::unique_ptr<Reader> { return std::make_unique<CsvReader>(); }};

}  // namespace
}  // namespace descent::data
