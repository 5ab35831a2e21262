#include "descent/record/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "descent/core/error.hpp"
#include "descent/record/json.hpp"
#include "record/sample.hpp"

namespace descent::record {
namespace {

std::string written(const Report& report) {
  std::ostringstream out;
  write_report(out, report);
  return out.str();
}

Report read(const std::string& text) {
  std::istringstream in(text);
  return read_report(in, "r.json");
}

/// The message, one line, of the error that reading `text` throws.
std::string failure(const std::string& text) {
  try {
    read(text);
  } catch (const core::InputError& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return error.what();
  }
  return "no error";
}

/// A report, as text, in which the value at `pointer` is replaced.
std::string changed(const char* pointer, const nlohmann::json& value) {
  auto json = nlohmann::json::parse(written(sample_report()));
  json[nlohmann::json::json_pointer(pointer)] = value;
  return json.dump();
}

TEST(Report, ReadsBackWhatItWroteInEveryColumn) {
  for (const bool null : {false, true}) {
    const std::string text = written(sample_report(null));
    EXPECT_EQ(written(read(text)), text);
  }
}

TEST(Report, WritesEveryColumnUnderItsOwnName) {
  // In the sample each value is one more than the one before, in the order of the columns. So a value that is written
  // in the wrong place is noticed.
  const auto json = nlohmann::json::parse(written(sample_report()));
  const Report report = sample_report();
  EXPECT_EQ(json["timings"][1]["workers"], report.timings[1].workers);
  EXPECT_EQ(json["workloads"][0]["optimum_passage"][1]["seconds"], report.workloads[0].optimum_passage[1].seconds);
  EXPECT_EQ(json["summary"][1]["gain_8192_16384"], *report.summary[1].gain_8192_16384);
  EXPECT_EQ(json["context"]["caches"][1]["num_sharing"], report.context.caches[1].num_sharing);
}

TEST(Report, BeginsWithSchemaVersionAndStatus) {
  EXPECT_THAT(written(Report{}),
              testing::StartsWith("{\n  \"schema\": \"descentbench-report\",\n  \"schema_version\": 2,"
                                  "\n  \"status\": \"partial\",\n  \"context\": {"));
}

TEST(Report, NumbersReadBackExactly) {
  Report report;
  for (const double value : {0.1, 1.0 / 3, 5e-324, 1.7976931348623157e308, -0.0, 9007199254740993.0})
    report.spent.push_back({"x", value});
  report.tunings.push_back({});
  report.tunings[0].seed = std::numeric_limits<std::uint64_t>::max();
  const Report back = read(written(report));
  for (std::size_t i = 0; i < report.spent.size(); ++i) {
    EXPECT_EQ(back.spent[i].seconds, report.spent[i].seconds);
    EXPECT_EQ(std::signbit(back.spent[i].seconds), std::signbit(report.spent[i].seconds));
  }
  EXPECT_EQ(back.tunings[0].seed, report.tunings[0].seed);
}

TEST(Report, NeverWritesNanOrInfinity) {
  Report report;
  report.checks.resize(1);
  report.checks[0].value = std::numeric_limits<double>::quiet_NaN();
  report.checks[0].high = std::numeric_limits<double>::infinity();
  EXPECT_THAT(written(report), testing::HasSubstr("\"value\":null,\"low\":null,\"high\":null"));
  report.spent.push_back({"x", std::numeric_limits<double>::quiet_NaN()});
#ifdef NDEBUG
  EXPECT_THAT(written(report), testing::HasSubstr("\"seconds\":null"));
#else
  EXPECT_DEATH(written(report), "isfinite");
#endif
}

TEST(Report, ErrorsNameFilePathFoundAndExpected) {
  EXPECT_EQ(failure(changed("/cells/1/threads", "two")),
            "r.json: /cells/1/threads: found text 'two', expected a whole number");
  EXPECT_EQ(failure(changed("/cells/1/threads", 3000000000)),
            "r.json: /cells/1/threads: found 3000000000, expected a whole number below 2^31");
  EXPECT_EQ(failure(changed("/cells/0/threads", 1.5)), "r.json: /cells/0/threads: found 1.5, expected a whole number");
  EXPECT_EQ(failure(changed("/roofs/0/join_us", nullptr)), "r.json: /roofs/0/join_us: found null, expected a number");
  EXPECT_EQ(failure(changed("/trajectories/0/curve/loss/1", true)),
            "r.json: /trajectories/0/curve/loss/1: found true, expected a number or null");
  EXPECT_EQ(failure(changed("/timings/0/counters", 7)),
            "r.json: /timings/0/counters: found 7, expected an object or null");
  EXPECT_EQ(failure(changed("/timings/0/counters/cycles", nullptr)),
            "r.json: /timings/0/counters/cycles: found null, expected an array");
  EXPECT_EQ(failure(changed("/series", nlohmann::json::object())),
            "r.json: /series: found an object, expected an array");
  EXPECT_EQ(failure(changed("/tunings/0/seed", -1)),
            "r.json: /tunings/0/seed: found -1, expected a whole number from 0 to 2^64 - 1");
  EXPECT_EQ(failure(changed("/status", "done")),
            "r.json: /status: found text 'done', expected one of partial, complete");
  EXPECT_EQ(failure(changed("/checks/1/verdict", "fine")),
            "r.json: /checks/1/verdict: found text 'fine', expected one of ok, suspect, failed, not_measured");
  EXPECT_EQ(failure(changed("/schema", "other")),
            "r.json: /schema: found text 'other', expected 'descentbench-report'");
  EXPECT_EQ(failure(changed("/schema_version", 1)), "r.json: /schema_version: found 1, expected 2");
  EXPECT_EQ(failure("{}"), "r.json: /schema: found nothing, expected 'descentbench-report'");
  EXPECT_EQ(failure("[]"), "r.json: /: found an array, expected an object, a report of descent run");
}

TEST(Report, TruncatedTextIsAnError) {
  const std::string text = written(sample_report());
  for (std::size_t length = 0; length < text.size() - 2; length += 97)
    EXPECT_THAT(failure(text.substr(0, length)), testing::StartsWith("r.json: found no JSON: parse error at line "));
  EXPECT_THAT(failure("garbage"), testing::StartsWith("r.json: found no JSON: "));
}

TEST(Report, ReadsReportsWithUnknownColumnsAndWithoutOptionalOnes) {
  auto json = nlohmann::json::parse(written(sample_report()));
  json["timings"][0]["colour"] = "blue";
  json["roofs"][0].erase("sgemm_gflop_per_s");
  json["timings"][0].erase("counters");
  const Report report = read(json.dump());
  EXPECT_FALSE(report.timings[0].counters.has_value());
  EXPECT_FALSE(report.roofs[0].sgemm_gflop_per_s.has_value());
  json["roofs"][0].erase("threads");
  EXPECT_EQ(failure(json.dump()), "r.json: /roofs/0/threads: found nothing, expected a whole number");
}

TEST(Json, SingleRecordsReadBack) {
  const Trajectory trajectory = sample_report().trajectories[1];
  const auto json = to_json(trajectory);
  EXPECT_EQ(to_json(from_json<Trajectory>(nlohmann::json::parse(json.dump()), "line 3")), json);
  EXPECT_THROW(from_json<Trajectory>(nlohmann::json::object(), "line 3"), core::InputError);
}

TEST(Report, TextsThatAreNotUtf8AreWrittenWithReplacements) {
  Report report;
  report.spent.push_back({"caf\xe9", 1});
  EXPECT_EQ(read(written(report)).spent[0].what, "caf\xef\xbf\xbd");
}

}  // namespace
}  // namespace descent::record
