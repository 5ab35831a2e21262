#include "report/title.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "report/format.hpp"
#include "report/phrases.hpp"

namespace descent::report {
namespace {

std::string machine_text(const record::Report& report) {
  const auto value = [&](const char* key) {
    const auto found = report.context.machine.find(key);
    return found == report.context.machine.end() ? std::string() : found->second;
  };
  const std::string cores = value("cores");
  std::string text = value("model").empty() ? report.context.host_name : value("model");
  if (!cores.empty()) text += fmt::format(", {} core{}", cores, cores == "1" ? "" : "s");
  return text.empty() ? "" : fmt::format("Machine: {}.", text);
}

std::string data_text(const record::DatasetRecord& data) {
  if (data.n == 0) return fmt::format("Data: {}, a function of its weights alone, without rows.", data.id);
  std::string text = fmt::format("Data: {}, {} rows × {} features, {}", data.id, count_text(data.n),
                                 count_text(data.d - (data.bias ? 1 : 0)), counted(data.classes, "class"));
  if (!data.label_column.empty()) text += fmt::format("; label {}", data.label_column);
  for (const std::string& note : data.notes) text += "; " + note;
  return text + ".";
}

/// Where the steps come from, if this machine did not train them.
std::string origin_text(const std::map<std::string, std::string>& origin) {
  const auto value = [&](const char* key) {
    const auto found = origin.find(key);
    return found == origin.end() ? std::string() : found->second;
  };
  const std::string model = value("model").empty() ? value("host") : value("model"), cores = value("cores");
  std::string text =
      "Only times are of this machine: steps come from a report of " + (model.empty() ? "another" : model);
  if (!cores.empty()) text += fmt::format(", {} core{}", cores, cores == "1" ? "" : "s");
  return text + fmt::format(", {}, and the weights are the same here.", value("date").substr(0, 10));
}

}  // namespace

std::vector<std::string> head_lines(const record::Report& report) {
  std::vector<std::string> lines;
  for (const record::DatasetRecord& data : report.datasets)
    lines.push_back(fmt::format("{}{}{}", data_text(data), &data == &report.datasets.back() ? " " : "",
                                &data == &report.datasets.back() ? machine_text(report) : ""));
  if (!report.context.statistics_from.empty()) lines.push_back(origin_text(report.context.statistics_from));
  return lines;
}

std::string accuracy_heading(const record::Report& report, const record::DatasetRecord& data) {
  const auto row = std::find_if(report.losses_at_accuracy.begin(), report.losses_at_accuracy.end(),
                                [&](const record::LossAtAccuracy& found) { return found.dataset == data.id; });
  if (row == report.losses_at_accuracy.end()) return "";
  const std::string error = row->target_accuracy_error
                                ? fmt::format(" (standard error {:.2f} points)", 100 * *row->target_accuracy_error)
                                : "";
  return fmt::format("{}losses compared by the time to {:.2f} % validation accuracy{}",
                     report.datasets.size() > 1 ? data.id + ": " : "", 100 * row->target_accuracy, error);
}

std::string share_text(const record::Report& report) {
  if (report.context.shards <= 1) return "";
  return fmt::format(
      "This is share {} of {} of a sweep's {}: what follows holds of this share alone. `descent merge` "
      "joins the shares' reports.",
      report.context.shard, report.context.shards,
      report.context.shard_what == record::ShardWork::all ? "work" : to_text(report.context.shard_what));
}

}  // namespace descent::report
