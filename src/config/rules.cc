#include "config/rules.h"

#include <algorithm>

namespace meshgw::internal {

void ReportFirst(const ObjectReader& reader, std::span<const Rule> rules,
                 const std::string& prefix) {
  const auto rule = std::ranges::find_if(rules, &Rule::broken);
  if (rule == rules.end()) return;
  reader.context().Error(reader.WhereOf(rule->at), prefix + rule->what);
}

}  // namespace meshgw::internal
