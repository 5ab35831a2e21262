#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "descent/report/exporters.hpp"
#include "report/notes.hpp"
#include "report/page.hpp"

namespace descent::report {
namespace {

constexpr std::size_t kWidth = 120, kLabel = 10, kNoteLabel = 24;

class TerminalPage : public Page {
 public:
  TerminalPage(std::ostream& out, const TableOptions& options) : out_(out), options_(options) {}

  void heading(const std::string& text) override {
    out_ << '\n';
    if (!text.empty()) out_ << paint(core::printable(text), Ink::strong, options_.color) << '\n';
  }

  void fact(const std::string& label, const std::string& text, Ink ink) override {
    folded(label, kLabel, core::printable(text), ink);
    if (const std::string_view note = note_of_line(label); !note.empty()) add_note({label, std::string(note)});
  }

  void table(const TextTable& table) override {
    table.write(out_, options_.color, 0, kWidth);
    for (auto& note : table.notes(kWidth)) add_note(std::move(note));
  }

  void finish() {
    if (!options_.report_path.empty()) fact("report", options_.report_path, Ink::plain);
    if (!options_.explain || notes_.empty()) return;
    out_ << '\n';
    for (const auto& [title, note] : notes_) folded(title, kNoteLabel, note, Ink::plain);
  }

 private:
  using Note = std::pair<std::string, std::string>;

  void add_note(Note note) {
    if (std::find(notes_.begin(), notes_.end(), note) == notes_.end()) notes_.push_back(std::move(note));
  }

  /// Folded at spaces to the width of the page, beside a label.
  void folded(const std::string& label, std::size_t label_width, const std::string& text, Ink ink) {
    std::string rest = text, head = fmt::format("{:<{}}", label, label_width - 1) + " ";
    for (bool first = true; first || !rest.empty(); first = false) {
      const std::string line = take_line(rest, kWidth - label_width);
      out_ << paint(head, Ink::faint, options_.color) << paint(line, ink, options_.color) << '\n';
      head.assign(label_width, ' ');
    }
  }

  static std::string take_line(std::string& rest, std::size_t width) {
    std::size_t columns = 0, cut = rest.size(), space = std::string::npos;
    for (std::size_t i = 0; i < rest.size(); ++i) {
      if ((static_cast<unsigned char>(rest[i]) & 0xC0) == 0x80) continue;
      if (++columns > width) {
        cut = space == std::string::npos ? i : space;
        break;
      }
      if (rest[i] == ' ') space = i;
    }
    std::string line = rest.substr(0, cut);
    rest.erase(0, cut == rest.size() ? cut : cut + (rest[cut] == ' ' ? 1 : 0));
    return line;
  }

  std::ostream& out_;
  const TableOptions& options_;
  std::vector<Note> notes_;  // of all tables and lines, each once
};

class MarkdownPage : public Page {
 public:
  explicit MarkdownPage(std::ostream& out) : out_(out) {}

  void heading(const std::string& text) override {
    out_ << '\n';
    if (!text.empty()) out_ << "### " << core::printable(text) << "\n\n";
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

void write_table(std::ostream& out, const record::Report& report, const TableOptions& options) {
  TerminalPage page(out, options);
  write_page(page, report);
  page.finish();
}

void write_markdown(std::ostream& out, const record::Report& report) {
  MarkdownPage page(out);
  write_page(page, report);
}

}  // namespace descent::report
