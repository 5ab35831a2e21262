// Opens HTML pages in a headless Chromium: writes pages of made-up reports, and has page_checks.py check them.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "descent/core/gzip.hpp"
#include "descent/report/exporters.hpp"
#include "report/landscape_report.hpp"
#include "report/page_reports.hpp"

namespace descent::report {
namespace {

namespace fs = std::filesystem;
using testing::page_report;
using testing::Shape;

const char* const kHostile = "</script><img src=x onerror=gotcha()>\"'&amp;<b>";

Shape whole() {
  Shape shape;
  shape.engines = {"fused", "eigen"};
  return shape;
}

record::Report partial() {
  record::Report report = page_report(whole());
  report.status = record::ReportStatus::partial;
  report.timings.clear();
  for (record::Trajectory& run : report.trajectories)
    if (run.batch > 64) run.status = record::RunStatus::not_run, run.curve = {}, run.f0.reset();
  return analysis::analyse(std::move(report));
}

Shape one_cell() {
  Shape shape;
  shape.losses = {"logistic"}, shape.batches = {64}, shape.threads = {1}, shape.seeds = 1, shape.invocations = 1;
  shape.full_batch = shape.validation = shape.trials = shape.moments = false;
  return shape;
}

Shape one_thread_count() {
  Shape shape;
  shape.threads = {2};
  return shape;
}

Shape without_validation() {
  Shape shape;
  shape.validation = false;
  return shape;
}

Shape diverged() {
  Shape shape;
  shape.batches = {16, 32, 64, 128, 256}, shape.diverges_from = 256, shape.censored_from = 128;
  return shape;
}

/// 2,000 cells and those of full batches. One loss is analysed; nine more are copies that differ only in their names.
record::Report many() {
  Shape shape;
  shape.losses = {"huber(delta=1)"}, shape.batches = {4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048};
  shape.threads = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32}, shape.engines = {"fused", "eigen"};
  shape.invocations = 1, shape.seeds = 2;
  std::ostringstream out;
  record::write_report(out, page_report(shape));
  nlohmann::json all = nlohmann::json::parse(out.str());
  const std::string one = out.str();
  for (int i = 2; i <= 10; ++i) {
    static const std::regex name("delta=1");
    const nlohmann::json next = nlohmann::json::parse(std::regex_replace(one, name, fmt::format("delta={}", i)));
    for (const char* table :
         {"workloads", "series", "tunings", "trajectories", "cells", "timings", "moments", "convergence", "noise",
          "curve_noise", "returns", "doublings", "batch_noise", "time_to_target", "throughput", "scaling", "summary"})
      for (const nlohmann::json& record : next.at(table)) all[table].push_back(record);
  }
  std::istringstream in(all.dump());
  return record::read_report(in, "many");
}

Shape machine(const std::string& model, double speed) {
  Shape shape = one_thread_count();
  shape.model = model, shape.speed = speed;
  return shape;
}

Shape hostile() {
  Shape shape;
  shape.losses = {kHostile, "logistic"}, shape.name = kHostile, shape.model = kHostile;
  return shape;
}

void write(const fs::path& folder, const std::string& name, const std::vector<record::Report>& reports) {
  std::ofstream page(folder / (name + ".html"));
  write_html(page, reports);
  if (name != "whole" && name != "landscape") return;  // page_checks.py compares these two with their reports
  std::ofstream raw(folder / (name + ".json"));
  record::write_report(raw, reports.front());
}

TEST(Page, OfTheStandardPresetHasLessThanTwoMegabytes) {
  // The batch sizes, seeds and processes of the preset, on a machine with many threads.
  Shape shape;
  shape.batches = {32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384};
  shape.threads = {1, 2, 4, 8, 16}, shape.seeds = 10, shape.invocations = 5;
  std::vector<record::Report> reports{page_report(shape)};
  // Each run has as many dots as a report may contain.
  for (record::Trajectory& run : reports.front().trajectories)
    if (!run.batch_losses.empty())
      for (std::size_t i = run.batch_losses.size(); i < record::kMostBatchLosses; ++i)
        run.batch_losses.emplace_back(testing::scatter(static_cast<std::int64_t>(i)));
  std::ostringstream page;
  write_html(page, reports);
  RecordProperty("bytes", static_cast<int>(page.str().size()));
  EXPECT_LT(page.str().size(), 2'000'000U);
}

TEST(Page, OfARealStandardSweepHasLessThanTwoMegabytes) {
  // The steps of `standard` on MNIST, without times. A twentieth of the limit is left for these.
  std::ifstream file(fs::path(DESCENT_SOURCE_DIR) / "results/reference/mnist.json.gz", std::ios::binary);
  const std::string compressed{std::istreambuf_iterator<char>(file), {}};
  std::istringstream text(core::gunzip("mnist.json.gz", compressed));
  std::ostringstream page;
  write_html(page, std::vector{record::read_report(text, "mnist.json.gz")});
  RecordProperty("bytes", static_cast<int>(page.str().size()));
  EXPECT_LT(page.str().size(), 1'900'000U);
}

TEST(Page, HoldsInABrowser) {
  if (std::system("command -v chromium chromedriver python3 >/dev/null") != 0)
    GTEST_SKIP() << "SKIPPED: chromium, chromedriver or python3 is missing; no page was opened";
  // DESCENT_PAGES names a folder in which the pages are kept, for a look at them or for draw_time.py.
  const char* const kept = std::getenv("DESCENT_PAGES");
  const fs::path folder =
      kept != nullptr ? fs::path(kept) : fs::temp_directory_path() / fmt::format("descent-pages-{}", ::getpid());
  fs::create_directories(folder);
  write(folder, "whole", {page_report(whole())});
  write(folder, "partial", {partial()});
  write(folder, "one_cell", {page_report(one_cell())});
  write(folder, "one_thread_count", {page_report(one_thread_count())});
  write(folder, "without_validation", {page_report(without_validation())});
  write(folder, "diverged", {page_report(diverged())});
  write(folder, "many", {many()});
  write(folder, "machines",
        {page_report(machine("First", 1)), page_report(machine("Second", 1.5)), page_report(machine("Third", 3))});
  write(folder, "landscape", {testing::landscape_report()});
  write(folder, "hostile", {page_report(hostile())});
  write(folder, "nothing", {record::Report()});
  EXPECT_LT(fs::file_size(folder / "whole.html"), 2'000'000U);
  EXPECT_LT(fs::file_size(folder / "many.html"), 6'000'000U);
  const std::string command =
      fmt::format("python3 -B {}/tests/browser/page_checks.py {}", DESCENT_SOURCE_DIR, folder.string());
  EXPECT_EQ(std::system(command.c_str()), 0) << "page_checks.py says above what is wrong; the pages are in " << folder;
  if (!HasFailure() && kept == nullptr) fs::remove_all(folder);
}

}  // namespace
}  // namespace descent::report
