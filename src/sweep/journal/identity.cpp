#include "sweep/journal/identity.hpp"

#include <fstream>
#include <span>
#include <vector>

#include "descent/core/hash.hpp"
#include "descent/core/simd.hpp"
#include "descent/engine/eigen_products.hpp"
#include "descent/engine/engine.hpp"
#include "descent/engine/plan.hpp"
#include "descent/engine/sgemm_probe.hpp"
#include "descent/join/merge.hpp"
#include "descent/machine/environment.hpp"

namespace descent::sweep {
namespace {

/// Hash of this program's file: it distinguishes builds of the same commit with local changes.
std::string executable_hash() {
  static const std::string digits = [] {
    std::ifstream file("/proc/self/exe", std::ios::binary);
    core::Sha256 hash;
    std::vector<char> buffer(1 << 20);
    while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || file.gcount() > 0)
      hash.update(std::as_bytes(std::span(buffer.data(), static_cast<std::size_t>(file.gcount()))));
    return hash.hex();
  }();
  return digits;
}

}  // namespace

record::Context make_context(const SweepOptions& options, const std::vector<std::string>& command) {
  record::Context context = machine::describe_environment();
  context.command = command;
  context.configuration = configuration_of(options);
  if (options.shard) context.shard = options.shard->first, context.shards = options.shard->second;
  context.shard_what = record::from_text<record::ShardWork>(options.shard_what).value();
  context.libraries["openblas"] = engine::openblas_version();
  context.libraries["openblas_core"] = engine::openblas_kernel();
  context.libraries["eigen"] = engine::eigen_products().version;
  context.libraries["eigen_instruction_set"] = engine::eigen_products().instruction_set;
  context.build["executable_hash"] = executable_hash();
  context.arithmetic = {{"engine", options.trajectory_engine},
                        {"plan_version", std::to_string(engine::kPlanVersion)},
                        {"lanes", std::to_string(engine::kPlanLanes)},
                        {"fma", core::simd_fused() ? "yes" : "no"},
                        {"float", std::string(engine::make_engine(options.trajectory_engine)->arithmetic())}};
  return context;
}

Identity journal_identity(const record::Context& context, const data::Split& data, const std::string& statistics) {
  std::map<std::string, std::string> machine{{"host", context.host_name}, {"cpus", std::to_string(context.num_cpus)}};
  if (const auto model = context.machine.find("model"); model != context.machine.end())
    machine["model"] = model->second;
  std::map<std::string, std::string> configuration;
  for (const auto& [name, value] : context.configuration)
    if (name != "budget" && name != "preset" && name != "data")  // data are compared by their content
      configuration[name] = join::sorted_list(value);
  return {{"machine", machine},
          {"build", context.build},
          {"libraries", context.libraries},
          {"arithmetic", context.arithmetic},
          {"data set",
           {{"name", data.training.name},
            {"training rows", data.training.content_hash},
            {"validation rows", data.validation.content_hash}}},
          {"configuration", configuration},
          {"report of statistics", {{"content", statistics}}}};
}

}  // namespace descent::sweep
