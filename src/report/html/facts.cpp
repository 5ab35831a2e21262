#include "report/html/facts.hpp"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "descent/record/json.hpp"
#include "report/details.hpp"
#include "report/notes.hpp"
#include "report/page.hpp"

namespace descent::report {
namespace {

using Json = nlohmann::ordered_json;

/// Keeps labelled lines alone: the page has its own headings, sentences and tables.
class Facts : public Page {
 public:
  void heading(const std::string& /*text*/) override {}
  void say(const std::string& /*text*/, Ink /*ink*/) override {}
  void item(int /*number*/, const std::string& /*text*/, Ink /*ink*/) override {}
  void fact(const std::string& label, const std::string& text, Ink /*ink*/) override {
    facts.push_back({label, text, std::string(note_of_line(label))});
  }
  void table(const TextTable& /*table*/) override {}

  Json facts = Json::array();
};

std::string quoted(const std::string& word) {
  const auto plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("-_=+./:,@%").find(c) != std::string::npos;
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), plain)) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

}  // namespace

Json view_facts(const View& view) {
  Facts page;
  workload_details(page, *view.report, *view.workload, {view.target});
  return page.facts;
}

Json run_facts(const record::Report& report) {
  Facts page;
  run_details(page, report);
  return page.facts;
}

Json context_facts(const record::Report& report) {
  Json sections = Json::array();
  const nlohmann::json context = record::to_json(report.context);
  Json plain = Json::array();
  for (const auto& [key, value] : context.items())
    if (value.is_string() && !value.get_ref<const std::string&>().empty()) plain.push_back({key, value});
  sections.push_back({"run", plain});
  for (const auto& [key, value] : context.items()) {
    if (!value.is_object() || value.empty()) continue;
    Json lines = Json::array();
    for (const auto& [name, text] : value.items()) lines.push_back({name, text});
    sections.push_back({key, lines});
  }
  return sections;
}

std::string command_text(const record::Report& report) {
  std::string text;
  for (const std::string& word : report.context.command) text += (text.empty() ? "" : " ") + quoted(word);
  return text;
}

}  // namespace descent::report
