#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace descent::data {

/// Takes comma-separated text apart, record by record (RFC 4180): fields in double quotes may hold commas, line ends
/// and doubled quotes; lines end in LF or CRLF. Blank lines are passed over; blanks around an unquoted field are no
/// part of it.
class CsvRecords {
 public:
  /// `path` is for messages. `text` has to outlive the fields.
  CsvRecords(std::string path, std::string_view text) : path_(std::move(path)), rest_(text) {}

  /// Reads the next record; false at the end of the text. Throws InputError "file:line: …" for a quote out of place.
  bool next();
  /// The fields of the record, valid until the next one is read.
  const std::vector<std::string_view>& fields() const noexcept { return fields_; }
  std::size_t line() const noexcept { return line_; }  ///< where the record starts, from 1 on

 private:
  bool take_field();
  std::string_view take_quoted();
  [[noreturn]] void fail(std::size_t line, std::string_view what) const;

  std::string path_;
  std::string_view rest_;
  std::vector<std::string_view> fields_;
  std::vector<std::unique_ptr<std::string>> unescaped_;  // what fields with doubled quotes point to
  std::size_t line_ = 0, next_line_ = 1;
};

}  // namespace descent::data
