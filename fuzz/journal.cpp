// Feeds arbitrary lines to the journal that a resumed run reads, and each piece to its decoders. Any result other than
// pieces or an InputError is a fault.
#include "sweep/journal/journal.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "descent/core/error.hpp"
#include "json_mutator.hpp"
#include "sweep/journal/encode.hpp"

namespace {

using namespace descent;

/// A file that is deleted when the process ends.
const std::string& path() {
  static const std::string made = [] {
    std::string name = (std::filesystem::temp_directory_path() / "descent-journal-XXXXXX").string();
    const int file = mkstemp(name.data());
    if (file < 0) std::abort();
    close(file);
    return name;
  }();
  return made;
}

template <class T>
void decode(const std::string& text) {
  try {
    sweep::encode(sweep::decode<T>(text));
  } catch (const core::InputError&) {
  }
}

void decode_all(const std::string& text) {
  decode<sweep::SolvedPiece>(text);
  decode<sweep::MomentsPiece>(text);
  decode<sweep::FloorPiece>(text);
  decode<sweep::TrialPiece>(text);
  decode<sweep::TrainedPiece>(text);
  decode<sweep::CheckPiece>(text);
  decode<sweep::TimingOrder>(text);
  decode<sweep::TimingResult>(text);
  decode<record::DatasetRecord>(text);
  decode<record::Roof>(text);
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  path();
  std::atexit([] { std::filesystem::remove(path()); });
  return 0;
}

/// One line is changed, the others stay.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  if (lines.empty() || seed % 16 == 0) return LLVMFuzzerMutate(data, size, most);
  std::string& line = lines[seed / 16 % lines.size()];
  line.resize(line.size() + 4096);
  line.resize(
      fuzz::mutate_document(reinterpret_cast<std::uint8_t*>(line.data()), line.size() - 4096, line.size(), seed));
  std::string all;
  for (const std::string& each : lines) all += each + '\n';
  if (all.size() > most) return LLVMFuzzerMutate(data, size, most);
  std::copy(all.begin(), all.end(), data);
  return all.size();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  std::ofstream(path(), std::ios::binary | std::ios::trunc) << text;
  try {
    sweep::Journal(path(), {{"build", {{"compiler", "x"}}}}, true);
  } catch (const core::InputError&) {
  }
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    const nlohmann::json json = nlohmann::json::parse(line, nullptr, false);
    if (json.is_object() && json.contains("value"))
      decode_all(json["value"].dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  return 0;
}
