#include "app/page_file.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "app/report_file.hpp"
#include "descent/core/error.hpp"
#include "descent/core/input_file.hpp"
#include "descent/report/exporters.hpp"

namespace descent::app {

bool wants_page(const std::string& text) {
  if (text != "on" && text != "off")
    throw core::UsageError(fmt::format("--page: found '{}'; expected on or off", text));
  return text == "on";
}

std::string page_beside(const std::string& report) {
  std::error_code ignored;
  const bool exists = std::filesystem::exists(report, ignored);
  if (report.empty() || report == "-" || (exists && !std::filesystem::is_regular_file(report, ignored))) return "";
  // Names of open files: /dev/stdout is a file where the shell sends it to one, and has no place beside it.
  const std::string folder =
      std::filesystem::weakly_canonical(std::filesystem::path(report).parent_path(), ignored).string();
  if (folder == "/dev" || folder.starts_with("/proc/")) return "";
  std::string name = report;
  for (const char* ending : {".gz", ".json"})
    if (name.ends_with(ending)) name.resize(name.size() - std::string(ending).size());
  return name + ".html";
}

std::string existing_page(const std::string& report) {
  std::error_code ignored;
  std::string page = page_beside(report);
  return std::filesystem::is_regular_file(page, ignored) ? page : "";
}

void add_page(core::FileRoles& roles, const std::string& option, const std::string& page) {
  constexpr std::string_view kMark = "<meta name=\"generator\" content=\"descentbench\">";
  constexpr std::size_t kHead = 4096;  // bytes; the policy before the mark has a hash for each script
  std::error_code ignored;
  if (page.empty()) return;
  roles.writes(option, page);
  if (!std::filesystem::exists(page, ignored)) return;
  const bool file = std::filesystem::is_regular_file(page, ignored);
  if (file &&
      (std::filesystem::is_empty(page, ignored) || core::first_bytes(page, kHead).find(kMark) != std::string::npos))
    return;
  throw core::UsageError(fmt::format("{} {}: found {}; expected a page of descent or nothing, or --page off", option,
                                     page, file ? "another file" : "something other than a file"));
}

void write_page(const std::string& path, std::span<const record::Report> reports) {
  if (!path.empty()) replace_file(path, [&](std::ostream& out) { report::write_html(out, reports); });
}

}  // namespace descent::app
