#pragma once

#include <string>

#include "descent/record/report.hpp"
#include "descent/report/text_table.hpp"

namespace descent::report {

/// Where a report is printed: a terminal or a Markdown document.
class Page {
 public:
  virtual ~Page() = default;
  virtual void heading(const std::string& text) = 0;
  /// A labelled line. Lines after one another belong together.
  virtual void fact(const std::string& label, const std::string& text, Ink ink = Ink::plain) = 0;
  virtual void table(const TextTable& table) = 0;
  /// Has it room for tables that a terminal has not?
  virtual bool roomy() const { return false; }
};

/// Writes the whole report.
void write_page(Page& page, const record::Report& report);

}  // namespace descent::report
