#include "catalog/instance_fields.h"

namespace meshgw::internal {
namespace {

using Path = std::span<const std::string>;

using Kind = FilterField::Kind;

FilterField Unknown() { return {Kind::kUnknown, {}}; }

FilterField One(std::string value) { return {Kind::kText, {std::move(value)}}; }

FilterField Number(std::uint64_t value) {
  return {Kind::kNumber, {std::to_string(value)}};
}

FilterField List(std::vector<std::string> values) {
  return {Kind::kCollection, std::move(values)};
}

// A map by itself, or the value at the key that the rest of the path is: keys
// may have dots in them.
template <typename Map, typename Text>
FilterField MapField(const Map& map, Path rest, Text text) {
  if (rest.empty()) {
    std::vector<std::string> keys;
    keys.reserve(map.size());
    for (const auto& [key, value] : map) keys.push_back(key);
    return List(std::move(keys));
  }
  std::string key = rest[0];
  for (const std::string& part : rest.subspan(1)) key += "." + part;
  const auto found = map.find(key);
  if (found == map.end()) return {};
  return One(text(found->second));
}

FilterField Meta(const std::map<std::string, std::string>& map, Path rest) {
  return MapField(map, rest, [](const std::string& value) { return value; });
}

std::string_view CheckStatusName(CheckStatus status) {
  switch (status) {
    case CheckStatus::kPassing:
      return "passing";
    case CheckStatus::kWarning:
      return "warning";
    case CheckStatus::kCritical:
      return "critical";
  }
  return "";
}

}  // namespace

FilterField InstanceFields::Get(Path path) const {
  const std::string& head = path[0];
  if (head == "Service") return Service(path.subspan(1));
  if (head == "Node") return Node(path.subspan(1));
  if (head == "Checks") return Checks(path.subspan(1));
  return Unknown();
}

FilterField InstanceFields::Service(Path path) const {
  if (path.empty()) return Unknown();
  const std::string& name = path[0];
  const Path rest = path.subspan(1);
  if (name == "Meta") return Meta(instance_.meta, rest);
  if (name == "TaggedAddresses" && !rest.empty()) {
    const auto found = instance_.tagged_addresses.find(rest[0]);
    if (found == instance_.tagged_addresses.end()) return {};
    if (rest.size() == 2 && rest[1] == "Address") {
      return One(found->second.address);
    }
    if (rest.size() == 2 && rest[1] == "Port") {
      return Number(found->second.port);
    }
    return Unknown();
  }
  if (name == "Weights" && rest.size() == 1) {
    if (rest[0] == "Passing") {
      return Number(instance_.weights.passing);
    }
    if (rest[0] == "Warning") {
      return Number(instance_.weights.warning);
    }
    return Unknown();
  }
  if (!rest.empty()) return Unknown();
  if (name == "ID") return One(instance_.id);
  if (name == "Service") return One(instance_.service);
  if (name == "Kind") return One(std::string(ServiceKindName(instance_.kind)));
  if (name == "Address") return One(instance_.address);
  if (name == "Port") return Number(instance_.port);
  if (name == "Tags") return List(instance_.tags);
  return Unknown();
}

FilterField InstanceFields::Node(Path path) const {
  if (path.size() == 1 && path[0] == "Node") return One(instance_.node_name);
  if (path.size() == 1 && path[0] == "Address") {
    return One(instance_.node_address);
  }
  // Files give a node neither.
  if (!path.empty() && path[0] == "Meta") return Meta({}, path.subspan(1));
  return Unknown();
}

FilterField InstanceFields::Checks(Path path) const {
  if (path.size() != 1) return Unknown();
  FilterField field;
  field.kind = Kind::kEachElement;
  for (const CheckDefinition& check : instance_.checks) {
    if (path[0] == "Status") {
      field.values.emplace_back(CheckStatusName(check.status));
    } else if (path[0] == "CheckID") {
      field.values.push_back(check.id);
    } else if (path[0] == "Name") {
      field.values.push_back(check.name);
    } else {
      return Unknown();
    }
  }
  return field;
}

}  // namespace meshgw::internal
