#include "descent/report/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "descent/core/text.hpp"

namespace descent::report {
namespace {

const char* code_of(Ink ink) {
  switch (ink) {
    case Ink::strong:
      return "1";
    case Ink::faint:
      return "2";
    case Ink::good:
      return "1;32";
    case Ink::warning:
      return "33";
    default:
      return "";
  }
}

std::string joined(const std::string& title) {
  std::string line = title;
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

/// A cell of a Markdown table: a bar would end it.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '|') result += '\\';
    result += c == '\n' ? ' ' : c;
  }
  return result;
}

}  // namespace

std::string paint(std::string_view text, Ink ink, bool color) {
  if (!color || ink == Ink::plain || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code_of(ink), text);
}

std::size_t display_width(std::string_view text) noexcept {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::vector<std::size_t> TextTable::widths() const {
  std::vector<std::size_t> width(columns_.size(), 0);
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size() && i < width.size(); ++i)
      width[i] = std::max(width[i], display_width(row[i].text));
  for (std::size_t i = 0; i < width.size(); ++i)
    if (width[i] > 0)
      for (const std::string_view line : core::split(columns_[i].title, '\n'))
        width[i] = std::max(width[i], display_width(line));
  return width;
}

std::vector<std::size_t> TextTable::fitted_widths(std::size_t max_width) const {
  std::vector<std::size_t> width = widths();
  const auto total = [&] {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < width.size(); ++i)
      if (width[i] > 0) sum += width[i] + (sum > 0 ? gap_before(i) : 0);
    return sum;
  };
  const auto leave = [&](std::size_t i) {
    width[i] = 0;
    for (; i + 1 < width.size() && columns_[i + 1].joined; ++i) width[i + 1] = 0;
  };
  for (std::size_t i = 0; i < width.size(); ++i)
    if (width[i] == 0 && !columns_[i].joined) leave(i);
  for (int least = 1; total() > max_width && least < 20; ++least)
    for (std::size_t i = width.size(); i-- > 0 && total() > max_width;)
      if (columns_[i].importance == least && width[i] > 0) leave(i);
  return width;
}

void TextTable::write(std::ostream& out, bool color, std::size_t indent, std::size_t max_width) const {
  const std::vector<std::size_t> width = fitted_widths(max_width - std::min(max_width, indent));
  const auto write_row = [&](auto&& cell_of) {
    std::string line(indent, ' ');
    for (std::size_t i = 0; i < width.size(); ++i) {
      if (width[i] == 0) continue;
      if (line.size() > indent) line += std::string(gap_before(i), ' ');
      const Cell cell = cell_of(i);
      const std::string fill(width[i] - display_width(cell.text), ' ');
      const std::string text = paint(cell.text, cell.ink, color);
      line += columns_[i].align == Align::right ? fill + text : text + fill;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  };
  std::size_t levels = 0;
  const auto lines_of = [&](std::size_t i) { return core::split(columns_[i].title, '\n'); };
  for (std::size_t i = 0; i < width.size(); ++i)
    if (width[i] > 0 && !columns_[i].title.empty()) levels = std::max(levels, lines_of(i).size());
  for (std::size_t level = levels; level-- > 0;)
    write_row([&](std::size_t i) {
      const auto lines = lines_of(i);
      return Cell(level < lines.size() ? std::string(lines[lines.size() - 1 - level]) : "", Ink::faint);
    });
  for (const auto& row : rows_) write_row([&](std::size_t i) { return i < row.size() ? row[i] : Cell(""); });
}

void TextTable::write_markdown(std::ostream& out) const {
  const std::vector<std::size_t> width = widths();
  std::string head = "|", rule = "|";
  for (std::size_t i = 0; i < width.size(); ++i) {
    if (width[i] == 0) continue;
    head += fmt::format(" {} |", escaped(joined(columns_[i].title)));
    rule += columns_[i].align == Align::right ? " ---: |" : " --- |";
  }
  out << head << '\n' << rule << '\n';
  for (const auto& row : rows_) {
    out << '|';
    for (std::size_t i = 0; i < width.size(); ++i)
      if (width[i] > 0) out << ' ' << (i < row.size() ? escaped(row[i].text) : "") << " |";
    out << '\n';
  }
}

std::vector<std::pair<std::string, std::string>> TextTable::notes(std::size_t max_width) const {
  std::vector<std::pair<std::string, std::string>> notes;
  const std::vector<std::size_t> width = fitted_widths(max_width);
  for (std::size_t i = 0; i < width.size(); ++i)
    if (width[i] > 0 && !columns_[i].note.empty()) notes.emplace_back(joined(columns_[i].title), columns_[i].note);
  notes.insert(notes.end(), row_notes_.begin(), row_notes_.end());
  return notes;
}

}  // namespace descent::report
