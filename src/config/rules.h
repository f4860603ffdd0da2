#ifndef MESHGW_CONFIG_RULES_H_
#define MESHGW_CONFIG_RULES_H_

#include <span>
#include <string>

#include "config/object_reader.h"

namespace meshgw::internal {

// Rule is one thing that Consul refuses of an object, in its words.
struct Rule {
  bool broken;
  // The key whose value is concerned; of no name: the object as a whole.
  const ObjectReader::Names& at;
  std::string what;
};

// ReportFirst reports the first of `rules` that is broken, if any: often it
// breaks those behind it as well. `prefix` stands in front of the message.
void ReportFirst(const ObjectReader& reader, std::span<const Rule> rules,
                 const std::string& prefix = {});

}  // namespace meshgw::internal

#endif  // MESHGW_CONFIG_RULES_H_
