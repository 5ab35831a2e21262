#include "report/html/data.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "descent/core/error.hpp"
#include "descent/report/glossary.hpp"
#include "report/accuracy_table.hpp"
#include "report/answer.hpp"
#include "report/format.hpp"
#include "report/html/facts.hpp"
#include "report/html/picture.hpp"
#include "report/html/view.hpp"
#include "report/phrases.hpp"
#include "report/title.hpp"
#include "report/warnings.hpp"

namespace descent::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kDataVersion = 1;

/// Values that stand once, however often they are used; users have their number.
class Pool {
 public:
  std::size_t number_of(Json value) {
    const auto [found, added] =
        numbers_.try_emplace(value.dump(-1, ' ', false, Json::error_handler_t::replace), values_.size());
    if (added) values_.push_back(std::move(value));
    return found->second;
  }
  Json values() && { return std::move(values_); }

 private:
  std::map<std::string, std::size_t> numbers_;
  Json values_ = Json::array();
};

const char* ink_text(Ink ink) {
  switch (ink) {
    case Ink::good:
      return "good";
    case Ink::warning:
      return "warning";
    case Ink::strong:
      return "strong";
    default:
      return "plain";
  }
}

/// The kinds of pictures in the order of the page, with their names.
std::vector<std::pair<std::string, std::unique_ptr<PictureKind>>> picture_kinds() {
  std::vector<std::pair<std::string, std::unique_ptr<PictureKind>>> kinds;
  for (const Pictures::Entry& entry : Pictures::instance().entries()) kinds.emplace_back(entry.name, entry.make({}));
  std::stable_sort(kinds.begin(), kinds.end(),
                   [](const auto& a, const auto& b) { return a.second->order() < b.second->order(); });
  return kinds;
}

Json picture_json(const std::string& name, const Picture& picture, Pool& tables) {
  Json json{{"name", name}, {"title", picture.title}, {"shows", picture.shows}};
  if (!picture.concludes.empty()) json["concludes"] = picture.concludes;
  if (!picture.missing.empty()) json["missing"] = picture.missing;
  for (const auto& [mark, value] : picture.marks) json["marks"][mark] = value;
  Json& list = json["tables"] = Json::array();
  for (const PageTable& table : picture.tables)
    if (!table.rows.empty()) list.push_back(tables.number_of(table.to_json()));
  return json;
}

/// The headline of a target first in the order of views; its own sentences alone, as others have views of their own.
Json sentences_of(const View& view) {
  Json sentences = Json::array();
  if (view.targets.empty() || view.workload->optimum_kind == record::OptimumKind::none) {
    for (const Sentence& sentence : answer_of(*view.report, *view.workload, view.targets, false))
      sentences.push_back({sentence.text, ink_text(sentence.ink)});
    return sentences;
  }
  for (const Sentence& sentence : answer_of(*view.report, *view.workload, {view.target}, true))
    sentences.push_back({sentence.text, ink_text(sentence.ink)});
  return sentences;
}

std::string target_choice(const View& view) {
  if (view.targets.empty()) return "none";
  return (view.target.kind == record::TargetKind::accuracy ? "within " : "") + target_text(view.target);
}

std::string loss_choice(const record::Report& report, const record::Workload& workload) {
  std::string name = loss_phrase(report, workload);
  if (report.datasets.size() > 1) name = workload.dataset + ": " + name;
  const auto same = std::count_if(report.workloads.begin(), report.workloads.end(), [&](const record::Workload& other) {
    return other.loss == workload.loss && other.dataset == workload.dataset && other.model == workload.model;
  });
  if (same > 1) name += fmt::format(", l2 {}", three_digits(workload.l2));
  const auto models = std::count_if(report.workloads.begin(), report.workloads.end(), [&](const auto& other) {
    return other.loss == workload.loss && other.dataset == workload.dataset;
  });
  return models > same ? name + ", " + workload.model : name;
}

std::string machine_name(const record::Report& report) {
  const auto found = report.context.machine.find("model");
  const std::string model = found == report.context.machine.end() ? "" : found->second;
  const auto cores = report.context.machine.find("cores");
  std::string name = model.empty() ? report.context.host_name : model;
  if (name.empty()) name = "a machine without a name";
  return cores == report.context.machine.end()
             ? name
             : fmt::format("{}, {} core{}", name, cores->second, cores->second == "1" ? "" : "s");
}

/// Every later report against the first.
std::vector<ComparedReport> compare_all(std::span<const record::Report> reports,
                                        const std::vector<std::string>& names) {
  std::vector<ComparedReport> compared;
  for (std::size_t i = 1; i < reports.size(); ++i) {
    compared.push_back({names[i], {}, ""});
    try {
      compared.back().comparison = join::compare({names[0], "", reports.data()}, {names[i], "", &reports[i]}, {});
    } catch (const core::InputError& error) {
      compared.back().reason = error.what();
    }
  }
  return compared;
}

Json report_json(const record::Report& report, const std::string& name) {
  Json json;
  json["name"] = name;
  json["status"] = to_text(report.status);
  json["date"] = report.context.date;
  Json& head = json["head"] = Json::array();
  for (const std::string& line : head_lines(report)) head.push_back(line);
  if (const std::string share = share_text(report); !share.empty()) head.push_back(share);
  Json& losses = json["losses"] = Json::array();
  for (const record::DatasetRecord& data : report.datasets)
    if (const std::vector<std::string> sentences = losses_text(report, data.id); !sentences.empty())
      losses.push_back(fmt::format("{}: {}", capital(accuracy_heading(report, data)), fmt::join(sentences, " ")));
  Json& warnings = json["warnings"] = Json::array();
  for (const Warning& warning : warnings_of(report)) warnings.push_back(warning.text);
  json["facts"] = run_facts(report);
  json["context"] = context_facts(report);
  json["command"] = command_text(report);
  return json;
}

}  // namespace

Json page_data(std::span<const record::Report> reports) {
  Json data{{"format", "descentbench-page"}, {"version", kDataVersion}};
  Pool tables, pictures;
  Json views = Json::array(), heads = Json::array();
  const auto kinds = picture_kinds();
  std::vector<std::string> names;
  for (const record::Report& report : reports)
    names.push_back(reports.size() > 1 ? fmt::format("{}. {}", names.size() + 1, machine_name(report))
                                       : machine_name(report));
  const std::vector<ComparedReport> compared = compare_all(reports, names);
  for (std::size_t i = 0; i < reports.size(); ++i) {
    heads.push_back(report_json(reports[i], names[i]));
    for (const record::Workload& workload : reports[i].workloads) {
      const record::Report part = only_workload(reports[i], workload);
      for (View& view : views_of(part)) {
        view.comparisons = &compared, view.all = reports, view.names = names;
        Json json{{"report", i},
                  {"loss", loss_choice(reports[i], workload)},
                  {"target", target_choice(view)},
                  {"engine", view.engine.empty() ? "none timed" : view.engine}};
        json["sentences"] = sentences_of(view);
        json["facts"] = view_facts(view);
        for (const auto& [name, kind] : kinds)
          if (kind->concerns(view))
            json["pictures"].push_back(pictures.number_of(picture_json(name, kind->draw(view), tables)));
        views.push_back(std::move(json));
      }
    }
  }
  data["reports"] = std::move(heads);
  data["views"] = std::move(views);
  data["pictures"] = std::move(pictures).values();
  data["tables"] = std::move(tables).values();
  Json& words = data["words"] = Json::array();
  for (const Word& word : glossary()) words.push_back({word.word, word.meaning});
  return data;
}

}  // namespace descent::report
