#include "sweep/plain_rule.hpp"

namespace descent::sweep {

std::unique_ptr<engine::UpdateRule> make_plain_rule() {
  for (const auto& entry : engine::UpdateRuleRegistry::instance().entries()) {
    auto rule = entry.make(core::Arguments{entry.name, entry.name, {}});
    if (rule->is_plain()) return rule;
  }
  throw core::UsageError("update rules: found none that is plain; expected one in this build");
}

}  // namespace descent::sweep
