#ifndef MESHGW_CONFIG_VALUE_H_
#define MESHGW_CONFIG_VALUE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace meshgw::internal {

// Position is a place in a file; lines and columns (in bytes) count from 1.
struct Position {
  int line = 1;
  int column = 1;
};

struct Member;

// Value is one value of a configuration file, HCL or JSON, with its place.
struct Value {
  enum class Kind { kNull, kBool, kInteger, kFloat, kString, kList, kObject };

  Kind kind = Kind::kNull;
  Position where;
  bool boolean = false;
  std::int64_t integer = 0;
  double number = 0;            // kFloat; kInteger's value as well.
  std::string string;           // kString.
  std::vector<Value> list;      // kList.
  std::vector<Member> members;  // kObject, keys unique, in order.

  const Member* Find(std::string_view key) const;
  Member* Find(std::string_view key);
};

struct Member {
  std::string key;
  Position where;  // Of the key.
  Value value;
};

// MemberIndex finds the members of the one object that a parser is filling: a
// few by looking at each of them, many by their hash.
class MemberIndex {
 public:
  Member* Find(Value* object, const std::string& key);

 private:
  std::unordered_map<std::string, std::size_t> by_key_;
  std::size_t indexed_ = 0;  // Members in by_key_, from the first on.
};

// KindName names a kind for people: "a string", "an object", ...
std::string_view KindName(Value::Kind kind);

// Decoders look for keys one after the other; more than so many in one object
// are an error.
inline constexpr std::size_t kMaxMembers = 4096;

// ParseLimits bounds one parse; `values_left` is counted down over all files.
struct ParseLimits {
  std::size_t max_depth = 64;
  std::size_t* values_left = nullptr;
};

// ParseError is the mistake at which a parser stopped.
struct ParseError {
  Position where;
  std::string what;
  std::string expected;
};

// BeginsWithByteOrderMark says in `*error` that a text does, which neither of
// Consul's parsers takes.
bool BeginsWithByteOrderMark(std::string_view text, ParseError* error);

// ParseHcl reads HCL1 as hashicorp/hcl v1 does into a generic map: each key
// whose value is an object holds a list of objects, repeated ones are appended;
// of a repeated scalar the last one counts. False: `*error` says why.
bool ParseHcl(std::string_view text, const ParseLimits& limits, Value* out,
              ParseError* error);

// ParseJson reads one JSON value (RFC 8259); of a repeated key the last one
// counts, as in Go's encoding/json.
bool ParseJson(std::string_view text, const ParseLimits& limits, Value* out,
               ParseError* error);

}  // namespace meshgw::internal

#endif  // MESHGW_CONFIG_VALUE_H_
