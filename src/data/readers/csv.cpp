// Comma-separated values (RFC 4180), or separated otherwise by an option, one example a record: numbers, and one column
// with the label, a number or a text.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "data/csv_header.hpp"
#include "data/csv_records.hpp"
#include "data/file.hpp"
#include "data/memory.hpp"
#include "data/number.hpp"
#include "descent/data/source.hpp"

namespace descent::data {
namespace {

struct Options {
  std::string label;           // a name, an index from 0 on, a negative one from the end; "" is the last column
  std::optional<bool> header;  // nothing: look at the first record
  std::optional<Separator> asked_separator;
  Separator separator() const { return asked_separator.value_or(Separator::comma); }
};

struct Table {
  std::vector<std::string> names;  // of the feature columns; empty without a header
  std::vector<std::string> labels;
  std::vector<std::size_t> lines;
  std::vector<float> values;  // (rows, columns) of the features
  std::size_t columns = 0;
  bool header = false;
  bool alone_in_quotes = false;    // the features of the first row, and of no other
  std::string label;               // which column it is, for people
  std::vector<std::string> notes;  // on it
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

[[noreturn]] void refuse_one_column(const std::string& path, const Options& options, const CsvRecords& records) {
  std::string hint;
  for (const Separator other : {Separator::tab, Separator::semicolon, Separator::comma, Separator::blank})
    if (hint.empty() && other != options.separator() &&
        records.fields()[0].find(static_cast<char>(other)) != std::string_view::npos)
      hint = fmt::format(", or separator={} in the URI", name_of(other));
  throw core::InputError(fmt::format("{}:{}: one column; expected features and a label, separated by {}s{}", path,
                                     records.line(), name_of(options.separator()), hint));
}

[[noreturn]] void ask_for_header(const std::string& path, std::size_t line, const std::string& why) {
  throw core::InputError(fmt::format(
      "{}:{}: found a first row that may name the columns or be data ({}); expected header=yes or header=no in the URI",
      path, line, why));
}

/// As far as the first record itself tells.
bool starts_with_header(const std::string& path, const Options& options, const CsvRecords& records) {
  if (options.header) return *options.header;
  if (!options.label.empty() && !core::parse_integer(options.label)) return true;  // a name has to stand somewhere
  const std::size_t label = label_column(path, options.label, {}, records.fields().size());
  std::string why;
  const FirstRecord first = judge_first_record(records.fields(), label, why);
  if (first == FirstRecord::unclear) ask_for_header(path, records.line(), why);
  return first == FirstRecord::header;
}

/// Takes the first row off where it turns out to be a header of numbers. Asks where it may be one.
bool take_header_off(const std::string& path, const Options& options, const std::vector<std::string>& first,
                     std::size_t label, Table& table) {
  if (options.header) return false;
  std::string why;
  FirstRecord judged = judge_numbers(first, label, table.labels, why);
  if (judged == FirstRecord::data && table.alone_in_quotes) {
    judged = FirstRecord::unclear;
    why = "it alone is in quotes";
  }
  if (judged == FirstRecord::unclear) ask_for_header(path, table.lines[0], why);
  if (judged == FirstRecord::data) return false;
  table.values.erase(table.values.begin(), table.values.begin() + static_cast<std::ptrdiff_t>(table.columns));
  table.labels.erase(table.labels.begin());
  table.lines.erase(table.lines.begin());
  return true;
}

/// Where every label has another separator in it, commas may be those of decimals, as in "1,5;0".
void expect_no_other_separator(const std::string& path, const Options& options, const Table& table) {
  if (options.asked_separator) return;
  for (const Separator other : {Separator::semicolon, Separator::tab})
    if (std::all_of(table.labels.begin(), table.labels.end(), [other](const std::string& label) {
          return label.find(static_cast<char>(other)) != std::string::npos;
        }))
      throw core::InputError(
          fmt::format("{}:{}: label {} has a {}, as all have; expected separator={} or separator=comma in the URI",
                      path, table.lines[0], quoted(table.labels[0]), name_of(other), name_of(other)));
  // "New York" has a blank as well, but no digits before it.
  const auto is_decimals = [](const std::string& label) {
    const std::size_t end = label.find_first_not_of("0123456789");
    return end > 0 && end != std::string::npos && (label[end] == ' ' || label[end] == '|');
  };
  if (table.columns == 1 && std::all_of(table.labels.begin(), table.labels.end(), is_decimals)) {
    const bool blank = table.labels[0].find('|') == std::string::npos;
    throw core::InputError(
        fmt::format("{}:{}: label {} has digits and a {}, as all have; expected separator=comma{} in the URI{}", path,
                    table.lines[0], quoted(table.labels[0]), blank ? "blank" : "'|'",
                    blank ? " or separator=blank" : "", blank ? "" : ", or another separator in the file"));
  }
}

/// Excel writes "sep=;" into a line of its own before the table: it is no row, whatever the separator.
void take_off_excels_line(std::string& content, std::vector<std::string>& notes) {
  const std::size_t end = std::min(content.find('\n'), content.size());
  std::string_view line = std::string_view(content).substr(0, end);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.size() > 1 && line.starts_with('"') && line.ends_with('"')) line = line.substr(1, line.size() - 2);
  constexpr std::size_t kSize = 5;
  if (line.size() != kSize || !line.starts_with("sep=")) return;
  notes.push_back(fmt::format("the first line, {}, is passed over", quoted(line)));
  content.replace(0, end, "");  // a blank line, so that the others keep their numbers
}

/// A column without a gap from 0 or 1 on is the number of the row, as pandas and R write it, and no measurement.
void note_row_numbers(const std::vector<std::string>& names, std::size_t label, Table& table) {
  constexpr std::size_t kFewestRows = 10;  // in fewer a measurement may count, too
  const std::size_t rows = table.labels.size();
  for (std::size_t j = 0; rows >= kFewestRows && j < table.columns; ++j) {
    const float first = table.values[j];
    if (first != 0 && first != 1) continue;
    std::size_t i = 1;
    while (i < rows && table.values[i * table.columns + j] == first + static_cast<float>(i)) ++i;
    if (i < rows) continue;
    const std::size_t column = j < label ? j : j + 1;
    table.notes.push_back(fmt::format("column {}{} counts the rows from {} on: it is taken as a feature", column + 1,
                                      names.empty() ? "" : ", " + quoted(names[column]) + ",", first));
  }
}

/// "'kind', column 3 of 3", and what else may have been meant.
void describe_label(const Options& options, const std::vector<std::string>& names, std::size_t label, Table& table) {
  const std::size_t fields = table.columns + 1;
  table.label = names.empty() ? fmt::format("column {} of {}", label + 1, fields)
                              : fmt::format("{}, column {} of {}", quoted(names[label]), label + 1, fields);
  if (!options.label.empty()) return;
  for (std::size_t j = 0; j < names.size(); ++j)
    if (j != label && is_label_name(names[j]) && !is_label_name(names[label]))
      table.notes.push_back(
          fmt::format("the label is {}, the last one; another column is called {}: label={} would take it", table.label,
                      quoted(names[j]), names[j]));
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
  std::string content = read_text_file(path);
  Table table;
  take_off_excels_line(content, table.notes);
  CsvRecords records(path, content, options.separator());
  if (!records.next()) throw core::InputError(path + ": only blank lines; expected comma-separated values");
  const std::size_t fields = records.fields().size();
  if (fields < 2) refuse_one_column(path, options, records);
  table.columns = fields - 1;
  std::vector<std::string> first(records.fields().begin(), records.fields().end());
  table.header = starts_with_header(path, options, records);
  std::vector<std::string> names;
  if (table.header) names = first;
  const std::size_t label = label_column(path, options.label, names, fields);
  // A value takes two bytes of text at least, so that no first record makes a small file take much memory.
  const auto lines = static_cast<std::size_t>(std::count(content.begin(), content.end(), '\n')) + 1;
  const std::size_t values = std::min(lines * table.columns, content.size() / 2 + 1);
  core::expect_memory(path + ": its values", static_cast<double>(values * sizeof(float)));
  table.values.reserve(values);
  table.alone_in_quotes = records.all_in_quotes_but(label);
  for (bool more = table.header ? records.next() : true; more; more = records.next()) {
    const std::vector<std::string_view>& record = records.fields();
    if (record.size() != fields)
      throw core::InputError(
          fmt::format("{}:{}: {} columns; expected {} as above", path, records.line(), record.size(), fields));
    if (!table.labels.empty() && records.any_in_quotes_but(label)) table.alone_in_quotes = false;
    for (std::size_t j = 0; j < fields; ++j)
      if (j != label) table.values.push_back(feature_value(path, records.line(), j, record[j]));
    if (record[label].empty())
      throw core::InputError(
          fmt::format("{}:{}: column {} is empty; expected a label", path, records.line(), label + 1));
    table.labels.emplace_back(record[label]);
    table.lines.push_back(records.line());
  }
  if (table.labels.empty()) throw core::InputError(path + ": a header and no rows; expected rows");
  expect_no_other_separator(path, options, table);
  if (!table.header && take_header_off(path, options, first, label, table)) table.header = true, names = first;
  describe_label(options, names, label, table);
  note_row_numbers(names, label, table);
  if (!names.empty()) names.erase(names.begin() + static_cast<std::ptrdiff_t>(label));
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

std::optional<Separator> separator_of(const DataUri& uri) {
  if (!uri.query.contains("separator")) return std::nullopt;
  const std::string name = uri.get("separator");
  for (const Separator known : {Separator::comma, Separator::semicolon, Separator::tab, Separator::blank})
    if (name == name_of(known)) return known;
  throw core::UsageError(fmt::format("{}: separator is '{}'; expected comma, semicolon, tab or blank", uri.text, name));
}

class CsvReader : public Reader {
 public:
  std::string_view syntax() const noexcept override {
    return "csv:FILE[?label=NAME|INDEX&header=yes|no&separator=tab|blank|semicolon&test=FILE]";
  }
  std::vector<std::string> files(const DataUri& uri) const override { return file_and_test(uri); }

  RawData read(const DataUri& uri) const override {
    uri.expect_only({"label", "header", "separator", "test"});
    Options options{uri.get("label"), std::nullopt, separator_of(uri)};
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
    if (!options.header) data.notes.push_back(training.header ? "the first row is a header" : "no header");
    data.label_column = training.label;
    data.notes.insert(data.notes.end(), training.notes.begin(), training.notes.end());
    if (uri.query.contains("test")) {
      const std::string path = uri.get_file("test");
      Table test = read_table(path, options);
      expect_same_columns(path, test, training);
      if (!options.header && test.header != training.header)
        data.notes.push_back(test.header ? "the first row of the test part is a header" : "no header in the test part");
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
