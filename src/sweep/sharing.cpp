#include "sweep/sharing.hpp"

namespace descent::sweep {

engine::SharingSettings sharing_for(const std::string& sharing, std::span<const record::Roof> roofs,
                                    std::size_t l2_bytes, int threads) {
  engine::SharingSettings settings;
  settings.sharing = engine::parse_sharing(sharing);
  if (l2_bytes == 0) l2_bytes = settings.model.l2_bytes;
  const record::Roof *one = nullptr, *team = nullptr;
  for (const record::Roof& roof : roofs) {
    if (roof.threads == 1) one = &roof;
    if (roof.threads == threads) team = &roof;
  }
  if (one != nullptr && team != nullptr) settings.model = engine::fit_machine_model(*one, *team, l2_bytes);
  return settings;
}

std::size_t l2_bytes_of(const record::Context& context) {
  for (const record::Context::Cache& cache : context.caches)
    if (cache.level == 2) return static_cast<std::size_t>(cache.size);
  return 0;
}

}  // namespace descent::sweep
