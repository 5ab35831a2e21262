// Feeds arbitrary text, as "name(key=value)", to every registry: losses, optimizers, models, landscapes, engines. The
// first byte chooses the registry; text without a bracket is put behind a name that exists. New losses, optimizers and
// so on are found in their registry. Any result other than a registered object or a UsageError is a fault.
#include <string>

#include "descent/core/error.hpp"
#include "descent/data/source.hpp"
#include "descent/engine/engine.hpp"
#include "descent/loss/loss.hpp"
#include "descent/train/landscape.hpp"
#include "descent/train/model.hpp"
#include "descent/train/optimizer.hpp"
#include "descent/train/sampler.hpp"
#include "descent/train/schedule.hpp"

namespace {

template <class T>
void make(std::string_view kind, std::uint8_t which, std::string_view rest) {
  const auto& registry = descent::core::Registry<T>::instance();
  const auto& entries = registry.entries();
  const bool whole = rest.find('(') != std::string_view::npos;
  registry.make(kind, whole ? std::string(rest) : entries[which % entries.size()].name + "(" + std::string(rest) + ")");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(bytes) + 2, size - 2);
  try {
    switch (bytes[0] % 8) {
      case 0:
        make<descent::loss::Loss>("loss", bytes[1], rest);
        break;
      case 1:
        make<descent::train::Optimizer>("optimizer", bytes[1], rest);
        break;
      case 2:
        make<descent::train::Model>("model", bytes[1], rest);
        break;
      case 3:
        make<descent::train::Landscape>("landscape", bytes[1], rest);
        break;
      case 4:
        make<descent::engine::Engine>("engine", bytes[1], rest);
        break;
      case 5:
        descent::train::parse_sampling(rest);
        break;
      case 6:
        descent::train::parse_schedule(rest);
        break;
      default:
        descent::data::parse_preprocess(rest);
    }
  } catch (const descent::core::UsageError&) {
  }
  return 0;
}
