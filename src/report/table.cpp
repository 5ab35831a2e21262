#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "descent/report/exporters.hpp"
#include "report/folded.hpp"
#include "report/notes.hpp"
#include "report/page.hpp"

namespace descent::report {
namespace {

constexpr std::size_t kLabel = 10, kNoteLabel = 24, kHang = 2;

class TerminalPage : public Page {
 public:
  TerminalPage(std::ostream& out, const TableOptions& options) : out_(out), options_(options) {}

  void heading(const std::string& text) override {
    out_ << '\n';
    for (const std::string& line : folded(core::printable(text), options_.width))
      if (!line.empty()) out_ << paint(line, Ink::strong, options_.color) << '\n';
  }

  void say(const std::string& text, Ink ink) override {
    std::string indent;
    for (const std::string& line : folded(core::printable(text), options_.width - kHang)) {
      out_ << indent << paint(line, ink, options_.color) << '\n';
      indent.assign(kHang, ' ');
    }
  }

  void item(int number, const std::string& text, Ink ink) override {
    write_labelled(out_, fmt::format("{}.", number), 3, core::printable(text), options_.width, Ink::faint, ink,
                   options_.color);
  }

  void fact(const std::string& label, const std::string& text, Ink ink) override {
    write_labelled(out_, label, kLabel, core::printable(text), options_.width, Ink::faint, ink, options_.color);
    if (const std::string_view note = note_of_line(label); !note.empty()) add_note({label, std::string(note)});
  }

  void table(const TextTable& table) override {
    table.write(out_, options_.color, 0, options_.width);
    for (auto& note : table.notes(options_.width)) add_note(std::move(note));
  }

  void finish() {
    if (!options_.report_path.empty()) {
      say(fmt::format("Report: {}{}{}", options_.report_path,
                      options_.page_path.empty() ? "" : fmt::format(". Page: {}", options_.page_path),
                      options_.details ? "" : ". More: descent report --details. Words: descent explain words."),
          Ink::faint);
    }
    if (!options_.explain || notes_.empty()) return;
    out_ << '\n';
    for (const auto& [title, note] : notes_)
      write_labelled(out_, title, kNoteLabel, note, options_.width, Ink::faint, Ink::plain, options_.color);
  }

 private:
  using Note = std::pair<std::string, std::string>;

  void add_note(Note note) {
    const bool known = std::any_of(notes_.begin(), notes_.end(), [&](const Note& n) { return n.first == note.first; });
    if (!known) notes_.push_back(std::move(note));
  }

  std::ostream& out_;
  const TableOptions options_;
  std::vector<Note> notes_;  // of all tables and lines, each label once
};

class MarkdownPage : public Page {
 public:
  explicit MarkdownPage(std::ostream& out) : out_(out) {}

  void heading(const std::string& text) override {
    out_ << '\n';
    if (!text.empty()) out_ << "### " << core::printable(text) << "\n\n";
  }
  void say(const std::string& text, Ink) override { out_ << core::printable(text) << "\n\n"; }
  void item(int number, const std::string& text, Ink) override {
    out_ << fmt::format("{}. {}\n", number, core::printable(text));
  }
  void fact(const std::string& label, const std::string& text, Ink) override {
    out_ << fmt::format("- **{}**: {}\n", label, core::printable(text));
  }
  void table(const TextTable& table) override {
    out_ << '\n';
    table.write_markdown(out_);
    out_ << '\n';
  }
  bool roomy() const override { return true; }

 private:
  std::ostream& out_;
};

}  // namespace

std::unique_ptr<Page> terminal_page(std::ostream& out, bool color, std::size_t width) {
  TableOptions options;
  options.color = color, options.width = width;
  return std::make_unique<TerminalPage>(out, options);
}

std::unique_ptr<Page> markdown_page(std::ostream& out) { return std::make_unique<MarkdownPage>(out); }

void write_table(std::ostream& out, const record::Report& report, const TableOptions& options) {
  TerminalPage page(out, options);
  write_page(page, report, options.details);
  page.finish();
}

void write_markdown(std::ostream& out, const record::Report& report) {
  MarkdownPage page(out);
  write_page(page, report, true);
}

}  // namespace descent::report
