// fuzz_journal_seeds FOLDER: the first input for fuzz_journal, FOLDER/fuzz_journal/pieces, by the journal's own writer.
#include <filesystem>
#include <iostream>

#include "sweep/journal/encode.hpp"
#include "sweep/journal/journal.hpp"

int main(int count, char** arguments) {
  using namespace descent;  // NOLINT(google-build-using-namespace): a program of its own
  if (count != 2) {
    std::cerr << "fuzz_journal_seeds: found " << count - 1 << " arguments; expected one folder\n";
    return 2;
  }
  const std::filesystem::path folder = std::filesystem::path(arguments[1]) / "fuzz_journal";
  const std::string path = (folder / "pieces").string();
  std::filesystem::create_directories(folder);
  std::filesystem::remove(path);
  sweep::Journal journal(path, {{"build", {{"compiler", "x"}}}}, false);
  journal.append("optimum", "a", sweep::encode(sweep::SolvedPiece()), 1);
  journal.append("moments", "b", sweep::encode(sweep::MomentsPiece()), 0.5);
  journal.append("floor", "c", sweep::encode(sweep::FloorPiece()), 0.5);
  journal.append("trial", "d", sweep::encode(sweep::TrialPiece()), 0.5);
  journal.append("trained", "e", sweep::encode(sweep::TrainedPiece()), 0.5);
  journal.append("check", "f", sweep::encode(sweep::CheckPiece()), 0.5);
  journal.append("order", "g", sweep::encode(sweep::TimingOrder()), 0.5);
  journal.append("timings", "h", sweep::encode(sweep::TimingResult()), 0.5);
}
