#include "descent/engine/engine.hpp"

#include <fmt/format.h>

#include <vector>

#include "descent/engine/linear_objective.hpp"

namespace descent::engine {

std::unique_ptr<Engine> make_engine(std::string_view name, const SharingSettings& sharing) {
  auto engine = EngineRegistry::instance().make("engine", name);
  engine->set_sharing(sharing);
  if (const std::string why = engine->unavailable(); !why.empty())
    throw core::UsageError(fmt::format("engine '{}' cannot run here: {}", name, why));
  return engine;
}

std::string Engine::refuses(const LinearProblem& problem) const {
  const std::string_view kind = problem.data.features.kind();
  if (kind == storage()) return {};
  return fmt::format("it reads rows as {}; these are stored as {}", data::describe_storage(storage()),
                     data::describe_storage(kind));
}

std::string storage_for(std::span<const std::string> engines) {
  std::string kind;
  for (const std::string& name : engines) {
    const auto engine = EngineRegistry::instance().make("engine", name);
    if (!kind.empty() && kind != engine->storage()) return std::string(data::kDenseStorage);
    kind = engine->storage();
  }
  return kind.empty() ? std::string(data::kDenseStorage) : kind;
}

void expect_accepts(const Engine& engine, const LinearProblem& problem) {
  if (const std::string why = engine.refuses(problem); !why.empty())
    throw core::UsageError(
        fmt::format("engine '{}' refuses {} on {}: {}", engine.name(), problem.loss.name(), problem.data.name, why));
}

void LinearKernel::advance(const UpdateRule& rule, const StepSequence& steps, std::span<float> w,
                           std::span<float> state) {
  std::vector<float> g(problem_.parameters());
  for (std::size_t step = 0; step < steps.rates.size(); ++step) {
    const auto rows = steps.rows.empty() ? steps.rows : steps.rows.subspan(step * steps.batch, steps.batch);
    const double value = gradient(w, rows, g);
    if (!steps.losses.empty()) steps.losses[step] = value - l2_term(problem_.l2, w);
    rule.update(w, g, state, steps.context(step));
  }
}

Cost LinearKernel::cost(std::size_t batch) const { return linear_cost(problem_, batch); }

}  // namespace descent::engine
