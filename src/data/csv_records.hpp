#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace descent::data {

/// What stands between two fields: a character, or a run of blanks and tabs.
enum class Separator : char { comma = ',', semicolon = ';', tab = '\t', blank = ' ' };

std::string_view name_of(Separator separator);  ///< "comma"

/// Takes comma-separated text apart, record by record (RFC 4180): fields in double quotes may hold commas, line ends
/// and doubled quotes; lines end in LF or CRLF. Blank lines are passed over; blanks around an unquoted field are no
/// part of it.
class CsvRecords {
 public:
  /// `path` is for messages. `text` has to outlive the fields.
  CsvRecords(std::string path, std::string_view text, Separator separator = Separator::comma)
      : path_(std::move(path)), rest_(text), separator_(separator) {}

  /// Reads the next record; false at the end of the text. Throws InputError "file:line: …" for a quote out of place.
  bool next();
  /// The fields of the record, valid until the next one is read.
  const std::vector<std::string_view>& fields() const noexcept { return fields_; }
  /// Does any field of the record but this one stand in quotes; do all?
  bool any_in_quotes_but(std::size_t field) const noexcept { return quotes_but(field) > 0; }
  bool all_in_quotes_but(std::size_t field) const noexcept { return quotes_but(field) + 1 >= fields_.size(); }
  std::size_t line() const noexcept { return line_; }  ///< where the record starts, from 1 on

 private:
  bool take_field();
  bool take_field_between_blanks();
  bool is_separator(char c) const noexcept;
  std::string_view take_quoted();
  std::size_t quotes_but(std::size_t field) const noexcept {
    return in_quotes_.size() - static_cast<std::size_t>(std::count(in_quotes_.begin(), in_quotes_.end(), field));
  }
  [[noreturn]] void fail(std::size_t line, std::string_view what) const;

  std::string path_;
  std::string_view rest_;
  Separator separator_;
  std::vector<std::string_view> fields_;
  std::vector<std::size_t> in_quotes_;                   // which of them
  std::vector<std::unique_ptr<std::string>> unescaped_;  // what fields with doubled quotes point to
  std::size_t line_ = 0, next_line_ = 1;
};

}  // namespace descent::data
