// LIBSVM text: "label index:value index:value …", one example a line, indices from 1 on (from 0 on as other programs
// write them, by an option) and ascending, '#' starts a comment. Source: Chang, Lin, LIBSVM: a library for support
// vector machines (2011), and the README of its distribution.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "data/file.hpp"
#include "data/number.hpp"
#include "descent/data/source.hpp"
#include "descent/data/sparse_rows.hpp"

namespace descent::data {
namespace {

constexpr std::size_t kLargestIndex = std::numeric_limits<std::int32_t>::max();

struct ParsedRows {
  std::vector<std::string> labels;
  std::vector<std::size_t> lines;
  SparseMatrix matrix;  // as wide as the largest index
  bool has_qid = false;
};

/// How a file differs from what LIBSVM writes.
struct Format {
  std::size_t base = 1;    // of the indices
  bool skips_qid = false;  // "qid:7", the query of a ranking, behind the label
};

/// Parses one file. `limit` is the largest index allowed, `limit_reason` says why. Throws InputError "file:line: …".
class SparseParser {
 public:
  SparseParser(const std::string& path, const Format& format, std::size_t limit, std::string_view limit_reason)
      : path_(path), format_(format), limit_(limit), limit_reason_(limit_reason) {}

  ParsedRows parse(std::string_view text) {
    while (!text.empty()) {
      ++line_;
      const std::size_t end = text.find('\n');
      parse_line(text.substr(0, end));
      if (end == std::string_view::npos) break;
      text.remove_prefix(end + 1);
    }
    if (rows_.labels.empty())
      throw core::InputError(fmt::format("{}: no examples; expected label index:value …", path_));
    return std::move(rows_);
  }

 private:
  template <class... Values>
  [[noreturn]] void fail(fmt::format_string<Values...> format, Values&&... values) const {
    throw core::InputError(
        fmt::format("{}:{}: {}", path_, line_, fmt::format(format, std::forward<Values>(values)...)));
  }

  static std::string_view next_token(std::string_view& line) noexcept {
    constexpr std::string_view blanks = " \t\r";
    const std::size_t first = line.find_first_not_of(blanks);
    if (first == std::string_view::npos) return line = {};
    line.remove_prefix(first);
    const std::string_view token = line.substr(0, line.find_first_of(blanks));
    line.remove_prefix(token.size());
    return token;
  }

  void parse_line(std::string_view line) {
    line = line.substr(0, line.find('#'));
    const std::string_view label = next_token(line);
    if (label.empty()) return;
    const std::optional<double> number = core::parse_real(label);
    if (!number || !std::isfinite(*number)) fail("label {}; expected a finite number", quoted(label));
    std::size_t last = 0;
    std::string_view token = next_token(line);
    if (token.starts_with("qid:")) {
      if (!format_.skips_qid)
        fail("found {}, the query of a ranking; expected index:value, or qid=skip in the URI to pass over it",
             quoted(token));
      rows_.has_qid = true;
      token = next_token(line);
    }
    for (; !token.empty(); token = next_token(line)) parse_pair(token, last);
    rows_.labels.emplace_back(label);
    rows_.lines.push_back(line_);
    rows_.matrix.ends.push_back(rows_.matrix.values.size());
    rows_.matrix.width = std::max(rows_.matrix.width, last);
  }

  void parse_pair(std::string_view token, std::size_t& last) {
    const std::size_t colon = token.find(':');
    if (colon == std::string_view::npos) fail("found {}; expected index:value", quoted(token));
    const std::string_view index_text = token.substr(0, colon);
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(index_text.data(), index_text.data() + colon, index);
    if (colon == 0 || end != index_text.data() + colon || error == std::errc::invalid_argument)
      fail("feature index {}; expected a whole number from {} on", quoted(index_text), format_.base);
    if (error == std::errc::result_out_of_range || index > kLargestIndex)
      fail("feature index {}; expected at most {}", quoted(index_text), kLargestIndex);
    if (index == 0 && format_.base == 1)
      fail("feature index 0; expected 1 or more, or base=0 in the URI for indices from 0 on");
    index += 1 - format_.base;
    const std::size_t shift = 1 - format_.base;  // messages name indices as the file has them
    if (index == last) fail("feature index {} twice; expected ascending indices", index - shift);
    if (index < last) fail("feature index {} after {}; expected ascending indices", index - shift, last - shift);
    if (index > limit_) fail("feature index {}; expected at most {}, {}", index - shift, limit_ - shift, limit_reason_);
    last = index;
    const std::string_view value_text = token.substr(colon + 1);
    const std::optional<float> value = parse_feature(value_text);
    if (!value) fail("feature {} is {}; expected a number", index - shift, quoted(value_text));
    if (!std::isfinite(*value))
      fail("feature {} is {}; expected a finite 32-bit number", index - shift, quoted(value_text));
    rows_.matrix.columns.push_back(static_cast<std::uint32_t>(index - 1));
    rows_.matrix.values.push_back(*value);
  }

  const std::string& path_;
  Format format_;
  std::size_t limit_;
  std::string_view limit_reason_;
  std::size_t line_ = 0;
  ParsedRows rows_;
};

RawPart make_part(const std::string& path, ParsedRows rows, std::size_t width) {
  RawPart part;
  part.file = path;
  rows.matrix.width = width;
  part.features = Features(std::make_unique<SparseRows>(std::move(rows.matrix)));
  part.labels = std::move(rows.labels);
  part.lines = std::move(rows.lines);
  return part;
}

std::string padded_note(const char* what, std::size_t found, std::size_t width) {
  return fmt::format("{} has {} features; padded to {}", what, core::with_thousands(found),
                     core::with_thousands(width));
}

class LibsvmReader : public Reader {
 public:
  std::string_view syntax() const noexcept override { return "libsvm:FILE[?test=FILE&features=N&base=0&qid=skip]"; }
  std::vector<std::string> files(const DataUri& uri) const override { return file_and_test(uri); }

  RawData read(const DataUri& uri) const override {
    uri.expect_only({"test", "features", "base", "qid"});
    const Format format = format_of(uri);
    const std::size_t features = uri.get_count("features", 0);
    if (uri.query.contains("features") && (features == 0 || features > kLargestIndex))
      throw core::UsageError(fmt::format("{}: features is {}; expected 1 to {}", uri.text, features, kLargestIndex));
    RawData data;
    data.name = name_of_path(uri.path);
    ParsedRows rows = parse(uri.path, format, features ? features : kLargestIndex, "as features= says");
    if (rows.matrix.width == 0)
      throw core::InputError(fmt::format("{}: no features in any row; expected index:value pairs", uri.path));
    const std::size_t width = features ? features : rows.matrix.width;
    if (rows.matrix.width < width) data.notes.push_back(padded_note("training part", rows.matrix.width, width));
    data.notes.push_back(
        fmt::format("{:.1f} of {} features per row given, the others are 0",
                    static_cast<double>(rows.matrix.values.size()) / static_cast<double>(rows.labels.size()),
                    core::with_thousands(width)));
    if (rows.has_qid) data.notes.emplace_back("queries (qid) passed over: rows are classified, not ranked");
    if (format.base == 0) data.notes.emplace_back("indices from 0 on");
    data.training = make_part(uri.path, std::move(rows), width);
    if (uri.query.contains("test")) {
      const std::string test = uri.get_file("test");
      ParsedRows test_rows = parse(test, format, width, "what the training part has");
      if (test_rows.matrix.width < width) data.notes.push_back(padded_note("test part", test_rows.matrix.width, width));
      data.test = make_part(test, std::move(test_rows), width);
    }
    return data;
  }

 private:
  static Format format_of(const DataUri& uri) {
    const std::string base = uri.get("base", "1"), qid = uri.get("qid", "refuse");
    if (base != "0" && base != "1")
      throw core::UsageError(fmt::format("{}: base is '{}'; expected 0 or 1", uri.text, base));
    if (qid != "skip" && qid != "refuse")
      throw core::UsageError(fmt::format("{}: qid is '{}'; expected skip or refuse", uri.text, qid));
    return {base == "0" ? std::size_t{0} : std::size_t{1}, qid == "skip"};
  }

  static ParsedRows parse(const std::string& path, const Format& format, std::size_t limit,
                          const std::string& limit_reason) {
    const std::string content = read_text_file(path);
    return SparseParser(path, format, limit, limit_reason).parse(content);
  }
};

const core::Registration<Reader> registration{
    "libsvm", [](const core::Arguments&) -> std::unique_ptr<Reader> { return std::make_unique<LibsvmReader>(); }};

}  // namespace
}  // namespace descent::data
