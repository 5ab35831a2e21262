#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "descent/core/text.hpp"

namespace descent::report {

enum class Ink { plain, strong, faint, good, warning };

/// The text in that ink, where `color` says that the reader's terminal knows it.
std::string paint(std::string_view text, Ink ink, bool color);

/// Columns that a text takes in a terminal, UTF-8 in: code points, as long as no script with wide letters is in it.
std::size_t display_width(std::string_view text) noexcept;

/// Text in aligned columns, as wide as their widest cell.
class TextTable {
 public:
  enum class Align { left, right };
  struct Column {
    std::string title;  ///< lines after one another; the last ones stand on one level
    Align align = Align::left;
    std::string note = {};  ///< what the column holds, for people who ask
    int importance = 0;     ///< where the table is too wide, columns of 1 go first, then 2, …; 0 always stays
    bool joined = false;    ///< belongs to the column before: stands close to it, and goes where that goes
  };
  struct Cell {
    Cell(std::string_view text_in, Ink ink_in = Ink::plain) : text(core::printable(text_in)), ink(ink_in) {}
    Cell(const std::string& text_in) : Cell(std::string_view(text_in)) {}  // NOLINT: on purpose
    Cell(const char* text_in) : text(text_in) {}                           // NOLINT
    std::string text;
    Ink ink = Ink::plain;
  };

  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}
  /// One cell per column; missing ones are empty. A row whose first cell is a label may have a note.
  void add(std::vector<Cell> row, std::string note = {}) {
    if (!note.empty()) row_notes_.emplace_back(row.front().text, std::move(note));
    rows_.push_back(std::move(row));
  }
  bool empty() const noexcept { return rows_.empty(); }
  /// Columns of which all cells are empty are left out, and as many as needed for lines of at most `width`. Without
  /// titles there is no head line.
  void write(std::ostream& out, bool color, std::size_t indent = 0, std::size_t width = 120) const;
  /// As a Markdown table; a title's lines are joined.
  void write_markdown(std::ostream& out) const;
  /// (title, note) of each column that has a note and is written, then of such rows.
  std::vector<std::pair<std::string, std::string>> notes(std::size_t width = 120) const;

 private:
  static constexpr std::size_t kGap = 2, kJoinedGap = 1;
  std::size_t gap_before(std::size_t column) const { return columns_[column].joined ? kJoinedGap : kGap; }
  std::vector<std::size_t> widths() const;
  std::vector<std::size_t> fitted_widths(std::size_t width) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
  std::vector<std::pair<std::string, std::string>> row_notes_;
};

}  // namespace descent::report
