// The HTML page as a file: what it contains, and that texts of a report stay texts. tests/browser opens it in a
// browser.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "descent/report/exporters.hpp"
#include "report/html/picture.hpp"
#include "report/page_reports.hpp"

namespace descent::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::page_report;
using testing::Shape;

std::string html_of(const std::vector<record::Report>& reports) {
  std::ostringstream out;
  write_html(out, reports);
  return out.str();
}

std::string data_text(const std::vector<record::Report>& reports) {
  std::ostringstream out;
  write_page_data(out, reports);
  return out.str();
}

/// All texts between `open` and the next `close`.
std::vector<std::string> between(const std::string& text, const std::string& open, const std::string& close) {
  std::vector<std::string> found;
  for (std::size_t at = text.find(open); at != std::string::npos; at = text.find(open, at)) {
    at += open.size();
    const std::size_t end = text.find(close, at);
    found.push_back(text.substr(at, end - at));
  }
  return found;
}

/// SHA-256 in base 64, computed by OpenSSL and not by core/hash.hpp.
std::string sha256_base64(const std::string& text) {
  unsigned char hash[32];
  EVP_Digest(text.data(), text.size(), hash, nullptr, EVP_sha256(), nullptr);
  unsigned char coded[64];
  const int length = EVP_EncodeBlock(coded, hash, sizeof hash);
  return {reinterpret_cast<const char*>(coded), static_cast<std::size_t>(length)};
}

Shape small() {
  Shape shape;
  shape.losses = {"logistic"}, shape.batches = {32, 64}, shape.threads = {1, 2}, shape.seeds = 2;
  return shape;
}

TEST(Html, IsAPureFunctionOfTheReport) { EXPECT_EQ(html_of({page_report(small())}), html_of({page_report(small())})); }

// If sentences, tables or figures change on purpose, DESCENT_UPDATE_GOLDEN=1 writes the file anew.
TEST(Html, DataPartIsTheOneWrittenDown) {
  const std::string path = DESCENT_SOURCE_DIR "/tests/report/golden/page.json";
  const std::string found = data_text({page_report(small())});
  if (std::getenv("DESCENT_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << found;
  std::stringstream expected;
  expected << std::ifstream(path).rdbuf();
  EXPECT_EQ(found, expected.str());
}

TEST(Html, PolicyLetsInTheScriptsAndStylesOfThePageAndNothingElse) {
  const std::string html = html_of({page_report(small())});
  const std::vector<std::string> policies = between(html, "Content-Security-Policy\" content=\"", "\"");
  ASSERT_EQ(policies.size(), 1U);
  EXPECT_THAT(policies[0], HasSubstr("default-src 'none'"));
  EXPECT_THAT(policies[0], Not(HasSubstr("unsafe")));
  std::size_t hashes = 0;
  for (const char* tag : {"script", "style"})
    for (const std::string& text : between(html, std::string("<") + tag + ">", std::string("</") + tag + ">")) {
      ++hashes;
      EXPECT_THAT(policies[0], HasSubstr("'sha256-" + sha256_base64(text) + "'")) << text.substr(0, 80);
    }
  EXPECT_GT(hashes, 8U);
  EXPECT_EQ(between(policies[0], "'sha256-", "'").size(), hashes);
}

TEST(Html, AsksForNothingFromANetwork) {
  std::string html = html_of({page_report(small())});
  for (const std::string& script : between(html, "<script>", "</script>")) html.erase(html.find(script), script.size());
  static const std::regex outside(R"((src|href|action|poster)\s*=\s*"?(https?:|//|[a-z]+/))");
  EXPECT_FALSE(std::regex_search(html.substr(0, html.find("id=\"data\"")), outside));
  EXPECT_THAT(html, Not(HasSubstr("@import")));
}

TEST(Html, TextOfAReportIsNeverMarkup) {
  const std::string hostile = "</script><img src=x onerror=gotcha()><!--\"'&amp;\u2028";
  Shape shape = small();
  shape.name = hostile, shape.model = hostile, shape.losses = {hostile};
  record::Report report = page_report(shape);
  report.context.command = {"descent", hostile};
  report.datasets[0].notes = {hostile};
  report.datasets[0].label_column = hostile;
  report.context.machine["x" + hostile] = hostile;
  const std::string html = html_of({report});
  const std::vector<std::string> data = between(html, "id=\"data\">", "</script>");
  ASSERT_EQ(data.size(), 1U);
  EXPECT_THAT(data[0], Not(HasSubstr("<")));
  EXPECT_THAT(nlohmann::json::parse(data[0]).dump(), HasSubstr("</script><img src=x"));
  std::string rest = html;
  rest.erase(rest.find(data[0]), data[0].size());
  EXPECT_EQ(rest.find("gotcha"), std::string::npos);
}

TEST(Html, EveryPictureHasItsScriptAndEveryScriptItsPicture) {
  std::set<std::string> registered, files, scripts;
  for (const Pictures::Entry& entry : Pictures::instance().entries()) registered.insert(entry.name);
  for (const auto& entry : std::filesystem::directory_iterator(DESCENT_SOURCE_DIR "/src/report/html/pictures"))
    files.insert(entry.path().stem().string());
  for (const auto& entry : std::filesystem::directory_iterator(DESCENT_SOURCE_DIR "/src/report/html/web/pictures"))
    scripts.insert(entry.path().stem().string());
  EXPECT_GE(registered.size(), 6U);
  EXPECT_EQ(registered, files);
  EXPECT_EQ(registered, scripts);
}

/// The names of the pictures of a page that are drawn.
std::set<std::string> drawn(const nlohmann::json& data) {
  std::set<std::string> names;
  for (const nlohmann::json& picture : data["pictures"])
    if (!picture.contains("missing")) names.insert(picture["name"].get<std::string>());
  return names;
}

TEST(Html, PicturesSayWhyTheyAreMissing) {
  record::Report nothing = page_report(small());
  nothing.trajectories.clear(), nothing.timings.clear(), nothing.moments.clear(), nothing.tunings.clear();
  nothing.loss_shapes.clear();
  nothing.status = record::ReportStatus::partial;
  nothing = analysis::analyse(std::move(nothing));
  const nlohmann::json data = nlohmann::json::parse(data_text({nothing}));
  for (const nlohmann::json& picture : data["pictures"]) {
    ASSERT_TRUE(picture.contains("missing")) << picture["name"];
    EXPECT_GT(picture["missing"].get<std::string>().size(), 20U) << picture["name"];
  }
  EXPECT_FALSE(data["views"].empty());
  EXPECT_GE(drawn(nlohmann::json::parse(data_text({page_report(small())}))).size(), 6U);
}

TEST(Html, OfNoReportIsStillAPage) { EXPECT_THAT(html_of({record::Report()}), HasSubstr("</html>")); }

TEST(Html, NamesAViewForEveryLossTargetAndEngine) {
  Shape shape = small();
  shape.losses = {"logistic", "hinge"}, shape.engines = {"fused", "eigen"};
  const nlohmann::json data = nlohmann::json::parse(data_text({page_report(shape), page_report(small())}));
  std::set<std::string> names;
  for (const nlohmann::json& view : data["views"])
    names.insert(view["report"].dump() + view["loss"].get<std::string>() + view["target"].get<std::string>() +
                 view["engine"].get<std::string>());
  EXPECT_EQ(names.size(), data["views"].size());
  EXPECT_EQ(names.size(), 2U * 2 * 2 + 2);
}

}  // namespace
}  // namespace descent::report
