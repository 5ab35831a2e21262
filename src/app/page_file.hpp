#pragma once

#include <span>
#include <string>

#include "descent/core/file_roles.hpp"
#include "descent/record/report.hpp"

namespace descent::app {

/// Does `text`, of --page, ask for a page? Throws UsageError unless it is on or off.
bool wants_page(const std::string& text);

/// The page beside a report: "results/mnist.html" of results/mnist.json or results/mnist.json.gz. "" where `report` is
/// no file of its own, as "-", a pipe or a device.
std::string page_beside(const std::string& report);

/// That page where there is one, else "".
std::string existing_page(const std::string& report);

/// The page beside a report as an output, where "" is none. Nobody named it: where something else than an earlier page
/// has its name, that is kept. Throws UsageError.
void add_page(core::FileRoles& roles, const std::string& option, const std::string& page);

/// Writes the page of `reports` there; "" is none. All of it is there afterwards, or the old file still is. Throws
/// InputError.
void write_page(const std::string& path, std::span<const record::Report> reports);

}  // namespace descent::app
