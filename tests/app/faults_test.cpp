// The disk refuses the k-th write, sync or rename, or the machine loses power there, for every k. An earlier report may
// never be lost, and neither may anything that was measured.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <sstream>

#include "app/program.hpp"
#include "descent/record/report.hpp"
#include "sweep/deterministic.hpp"

namespace descent::app::test {
namespace {

constexpr int kPowerLoss = 0, kEnded = 77;
const std::string kTiny =
    "run --data 'synthetic:blobs?n=64&d=4&classes=2&seed=1' --loss logistic --batch-sizes 8 --optimizer sgd --seeds 2 "
    "--shard-what statistics --max-steps 60 --max-epochs 2 --target 0.3 --threads 1 --roof-seconds 0.01 --quiet "
    "--out report.json";

struct Fault {
  std::string call;
  int at, error;
};

/// Runs the program in `folder` with this fault. True if the program came to the call that fails.
bool run_with(const Fault& fault, const TempFolder& folder, const std::string& arguments, Outcome& outcome) {
  std::filesystem::remove(folder.path(".met"));
  // A program with a sanitizer has to be told that the preloaded library comes first.
  outcome = run_shell(
      fmt::format("cd {0} && ASAN_OPTIONS=verify_asan_link_order=0 FAULT_UNDER={0} FAULT_CALL={1} FAULT_AT={2} "
                  "FAULT_ERRNO={3} LD_PRELOAD={4} {5} {6} 2>.err; status=$?; cat .err; exit $status",
                  std::filesystem::canonical(folder.path()).string(), fault.call, fault.at, fault.error,
                  DESCENT_FAULT_SHIM, DESCENT_PROGRAM, arguments));
  return std::filesystem::exists(folder.path(".met"));
}

std::size_t files_in(const TempFolder& folder) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    count += entry.path().filename() != ".met" && entry.path().filename() != ".err";
  return count;
}

TEST(Faults, AnOutputIsTheOldOneOrTheNewOneWhateverFails) {
  const TempFolder folder;
  const std::string example = std::string(DESCENT_SOURCE_DIR) + "/results/example.json";
  folder.write("source.json", read_file(example));
  Outcome outcome;
  ASSERT_FALSE(run_with({"none", 1, 0}, folder, "report source.json --json out.json", outcome));
  ASSERT_EQ(outcome.status, 0) << outcome.out;
  const std::string written = read_file(folder.path("out.json"));
  ASSERT_FALSE(written.empty());
  for (const std::string call : {"write", "fsync", "rename"})
    for (const int error : {ENOSPC, EIO, kPowerLoss}) {
      int met = 0;
      for (int at = 1;; ++at) {
        folder.write("out.json", "old");
        const std::size_t before = files_in(folder);
        const Fault fault{call, at, error};
        if (!run_with(fault, folder, "report source.json --json out.json", outcome)) break;
        ++met;
        SCOPED_TRACE(fmt::format("{} number {}, error {}: {}", call, at, error, outcome.out));
        const std::string left = read_file(folder.path("out.json"));
        // The last sync is that of the folder, after the new file got its name.
        const bool renamed = call == "fsync" && at > 1;
        EXPECT_TRUE(left == "old" || (renamed && left == written));
        if (error == kPowerLoss) {
          EXPECT_EQ(outcome.status, kEnded);
          for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
            if (entry.path().filename().string().starts_with(".out.json")) std::filesystem::remove(entry.path());
        } else if (!renamed) {
          EXPECT_EQ(outcome.status, 2);
          EXPECT_EQ(lines_in(outcome.out), 1U);
          EXPECT_THAT(outcome.out, testing::HasSubstr("out.json"));
          EXPECT_EQ(files_in(folder), before);  // no temporary file is left behind
        }
      }
      // Otherwise the preloaded library did not see the program's calls.
      EXPECT_GE(met, 1) << call;
      EXPECT_EQ(outcome.status, 0);
      EXPECT_EQ(read_file(folder.path("out.json")), written);
    }
}

std::string tables_of(const std::string& path) {
  std::istringstream text(read_file(path));
  return sweep::deterministic_text(record::read_report(text, path));
}

/// Every call up to the fifth, and then every seventh, because the lines of the journal are all written in the same
/// way.
int next_place(int at) { return at < 5 ? at + 1 : at + 7; }

TEST(Faults, ARunGoesOnFromWhatItWroteWhateverFails) {
  const TempFolder whole;
  Outcome outcome;
  ASSERT_FALSE(run_with({"none", 1, 0}, whole, kTiny, outcome));
  ASSERT_EQ(outcome.status, 0) << outcome.out;
  const std::string expected = tables_of(whole.path("report.json"));
  for (const std::string call : {"write", "fsync", "rename"})
    for (const int error : {ENOSPC, kPowerLoss}) {
      int met = 0;
      for (int at = 1;; at = next_place(at)) {
        const TempFolder folder;
        if (!run_with({call, at, error}, folder, kTiny, outcome)) break;
        ++met;
        SCOPED_TRACE(fmt::format("{} number {}, error {}: {}", call, at, error, outcome.out));
        // If only the sync of a folder fails, nothing is lost.
        EXPECT_TRUE(outcome.status == (error == kPowerLoss ? kEnded : 2) || (call == "fsync" && outcome.status == 0));
        const Outcome resumed =
            run_shell(fmt::format("cd {} && {} {} --resume", folder.path(), DESCENT_PROGRAM, kTiny));
        ASSERT_EQ(resumed.status, 0) << resumed.out;
        EXPECT_EQ(tables_of(folder.path("report.json")), expected);
      }
      EXPECT_GE(met, 1) << call;
    }
}

}  // namespace
}  // namespace descent::app::test
