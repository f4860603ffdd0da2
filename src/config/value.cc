#include "config/value.h"

namespace meshgw::internal {

const Member* Value::Find(std::string_view key) const {
  for (const Member& member : members) {
    if (member.key == key) return &member;
  }
  return nullptr;
}

Member* Value::Find(std::string_view key) {
  for (Member& member : members) {
    if (member.key == key) return &member;
  }
  return nullptr;
}

Member* MemberIndex::Find(Value* object, const std::string& key) {
  constexpr std::size_t kFew = 16;
  if (object->members.size() <= kFew) return object->Find(key);
  for (; indexed_ < object->members.size(); ++indexed_) {
    by_key_.emplace(object->members[indexed_].key, indexed_);
  }
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : &object->members[found->second];
}

bool BeginsWithByteOrderMark(std::string_view text, ParseError* error) {
  if (!text.starts_with("\xef\xbb\xbf")) return false;
  *error = {{}, "a byte order mark (BOM)", "UTF-8 without one"};
  return true;
}

std::string_view KindName(Value::Kind kind) {
  switch (kind) {
    case Value::Kind::kNull:
      return "null";
    case Value::Kind::kBool:
      return "a boolean";
    case Value::Kind::kInteger:
      return "an integer";
    case Value::Kind::kFloat:
      return "a number";
    case Value::Kind::kString:
      return "a string";
    case Value::Kind::kList:
      return "a list";
    case Value::Kind::kObject:
      return "an object";
  }
  return "a value";
}

}  // namespace meshgw::internal
