#include "sweep/plain_rule.hpp"

namespace descent {

std::unique_ptr<UpdateRule> make_plain_rule() {
  for (const auto& entry : UpdateRuleRegistry::instance().entries()) {
    auto rule = entry.make(Arguments{entry.name, entry.name, {}});
    if (rule->is_plain()) return rule;
  }
  throw UsageError("update rules: found none that is plain; expected one in this build");
}

}  // namespace descent
