#pragma once

#include <iosfwd>
#include <memory>
#include <string>

#include "descent/record/report.hpp"
#include "descent/report/text_table.hpp"

namespace descent::report {

/// Where a report is printed: a terminal or a Markdown document.
class Page {
 public:
  virtual ~Page() = default;
  virtual void heading(const std::string& text) = 0;
  /// Whole sentences of one thought.
  virtual void say(const std::string& text, Ink ink = Ink::plain) = 0;
  /// One of a numbered list.
  virtual void item(int number, const std::string& text, Ink ink = Ink::plain) = 0;
  /// A labelled line. Lines after one another belong together.
  virtual void fact(const std::string& label, const std::string& text, Ink ink = Ink::plain) = 0;
  virtual void table(const TextTable& table) = 0;
  /// Has it room for tables that a terminal has not?
  virtual bool roomy() const { return false; }
};

std::unique_ptr<Page> terminal_page(std::ostream& out, bool color, std::size_t width);
std::unique_ptr<Page> markdown_page(std::ostream& out);

/// Writes the report: for each workload the answer in sentences and one table, then how losses compare and at most
/// three warnings. `details`: all warnings, and everything else that the report has to say.
void write_page(Page& page, const record::Report& report, bool details);

}  // namespace descent::report
